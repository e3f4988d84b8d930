"""Two replicas over one database: a policy takes over on both at its commit, and no decision mixes two."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.transactions import SCORE_COLUMNS
from app.database.policies import lifecycle, policies
from app.database.server.session import transaction
from app.review.access.people import Role
from app.triage.policies.choices import WrongFeed
from app.workflows.background import TICK_SECONDS
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    FOREIGN,
    approved,
    in_shadow,
    rows,
    run,
    simulated,
    until,
    value,
    with_policy,
)
from tests.conftest import a_service
from tests.service import Service
from tests.stored import decided_anew, policy_of

POSTERS = 4
#: What is posted here is one payment again and again, which no feed looks like: it is decided all the same.
ALIKE: dict[str, Any] = {"wrong_feed": WrongFeed.DECIDE}
#: Policies under which the same payment is labelled differently.
BOUNDS: Sequence[dict[str, Any]] = (
    {**ALL_UNKNOWN, **ALIKE},
    {**ALL_LEGIT, **ALIKE},
    {"approve_at_most": -1000.0, "decline_at_least": -1000.0, "novelty_at_most": None} | ALIKE,
)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer, and when (seconds, monotonic) its post began and ended."""

    began: float
    ended: float
    replica: int
    policy: int
    label: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A version that decides from a moment between two (seconds, monotonic) on."""

    earliest: float
    latest: float
    policy: int


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[Service]]:
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(a_service(database_url)) for _ in range(2)]
        # The second start gave the test client a new key.
        yield [replace(service, key=services[-1].key) for service in services]


async def test_what_is_posted_after_the_commit_is_decided_by_the_new_version_on_every_replica(
    replicas: list[Service], engine: AsyncEngine
) -> None:
    heard: list[Heard] = []
    first = replicas[0].services.models.serving.pair.policy_id
    commits = [Commit(earliest=0.0, latest=0.0, policy=first)]
    is_over = asyncio.Event()
    posting = [
        asyncio.create_task(_post_on(service, number, heard, is_over, seed=poster))
        for poster in range(POSTERS)
        for number, service in enumerate(replicas)
    ]
    for bounds in (*BOUNDS, *BOUNDS):
        await _until_both_heard_more(heard, posting)
        policy_id = await _approved(replicas[0], **bounds)
        earliest = _now()
        await _activate(engine, replicas[0], policy_id)
        commits.append(Commit(earliest=earliest, latest=_now(), policy=policy_id))
    await _until_both_heard_more(heard, posting)
    is_over.set()
    await asyncio.gather(*posting)
    assert [each for each in heard if each.policy not in _that_decided(commits, each.began, each.ended)] == []
    for number in range(2):
        after = {each.policy for each in heard if each.replica == number and each.began >= commits[-1].latest}
        assert after == {commits[-1].policy}


async def test_every_stored_decision_is_what_the_policy_it_names_says(
    replicas: list[Service], engine: AsyncEngine
) -> None:
    """Label and reason, decided anew from the stored score; and no transaction was decided twice."""
    first = await with_policy(replicas[0], **ALIKE)
    await until(lambda: _all_follow(replicas, first))
    heard: list[Heard] = []
    is_over = asyncio.Event()
    posting = [
        asyncio.create_task(_post_on(service, number, heard, is_over, seed=poster))
        for poster in range(POSTERS)
        for number, service in enumerate(replicas)
    ]
    await in_shadow(replicas[0], approve_at_most=-2.0, decline_at_least=0.0, novelty_at_most=None)
    for bounds in BOUNDS:
        await _until_both_heard_more(heard, posting)
        await _activate(engine, replicas[0], await _approved(replicas[0], **bounds))
    await _until_both_heard_more(heard, posting)
    is_over.set()
    await asyncio.gather(*posting)
    found = await rows(engine, DECISIONS)
    known = {row.policy_id: await policy_of(engine, row.policy_id) for row in found}
    # The shadow's words are among them, and it alone never decided.
    assert len(known) == len(BOUNDS) + 2
    assert [(row.label, row.reason) for row in found] == [
        decided_anew(row, known[row.policy_id]) for row in found
    ]
    assert await value(engine, "SELECT count(*) FROM decisions") == len(heard)
    told = await rows(engine, "SELECT policy_id, label, count(*) FROM decisions GROUP BY 1, 2 ORDER BY 1, 2")
    answers = sorted((each.policy, each.label) for each in heard)
    counted = [(*told_of, len(list(group))) for told_of, group in itertools.groupby(answers)]
    assert told == counted


@pytest.mark.parametrize("told", [True, False], ids=["told", "never told"])
async def test_every_replica_follows_within_a_second(
    replicas: list[Service], engine: AsyncEngine, told: bool
) -> None:
    """By its notification; where that is lost, because each looks twice a second, unasked by any payment."""
    assert TICK_SECONDS <= 0.5
    notified = [notifications(service) for service in replicas]
    if not told:
        await run(engine, "ALTER TABLE active_policy DISABLE TRIGGER told")
    policy_id = await _approved(replicas[0], **ALL_UNKNOWN)
    await _activate(engine, replicas[0], policy_id)

    async def both_follow() -> bool:
        return await _all_follow(replicas, policy_id) and (not told or all(notified))

    await until(both_follow)


def notifications(service: Service) -> list[bool]:
    """Return a list that fills with what this replica is told of policies from now on."""
    told: list[bool] = []
    changed = service.services.pulse._policy_changed
    real = changed.set

    def is_told() -> None:
        told.append(True)
        real()

    changed.set = is_told  # type: ignore[method-assign]
    return told


DECISIONS = f"""
SELECT said.policy_id, said.label, said.reason, t.amount, {", ".join(f"d.{name}" for name in SCORE_COLUMNS)}
FROM (
    SELECT transaction_id, policy_id, label, reason FROM decisions
    UNION ALL
    SELECT transaction_id, policy_id, label, reason FROM shadow_decisions
) said
JOIN transactions t ON t.id = said.transaction_id
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
"""


def _now() -> float:
    return asyncio.get_running_loop().time()


def _that_decided(commits: Sequence[Commit], began: float, ended: float) -> set[int]:
    """Return the versions that decided at some moment of a post."""
    ends = [commit.latest for commit in commits[1:]] + [float("inf")]
    return {
        commit.policy
        for commit, end in zip(commits, ends, strict=True)
        if commit.earliest <= ended and end > began
    }


async def _post_on(
    service: Service, number: int, heard: list[Heard], is_over: asyncio.Event, *, seed: int
) -> None:
    """Post one payment after the other, of all kinds, until it is over."""
    draws = np.random.default_rng([seed, number])
    names = service.services.models.serving.pair.model.schema.names
    while not is_over.is_set():
        features = dict(zip(names, draws.normal(scale=4.0, size=len(names)).round(3).tolist(), strict=True))
        currency = FOREIGN if draws.random() < 0.1 else "EUR"
        began = _now()
        answer = await service.post(service.body(features=features, currency=currency))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        heard.append(
            Heard(
                began=began,
                ended=_now(),
                replica=number,
                policy=told["policy_version"],
                label=told["label"],
            )
        )


async def _all_follow(replicas: Sequence[Service], policy_id: int) -> bool:
    return all(each.services.models.serving.pair.policy_id == policy_id for each in replicas)


async def _until_both_heard_more(heard: list[Heard], posting: Sequence["asyncio.Task[None]"]) -> None:
    """Let time pass until each replica has answered some more payments."""
    before = len(heard)

    async def have() -> bool:
        for task in posting:
            if task.done():
                task.result()
        counts = [sum(each.replica == number for each in heard[before:]) for number in range(2)]
        return min(counts) >= 2 * POSTERS

    await until(have)


async def _approved(service: Service, **changes: Any) -> int:
    policy_id = await simulated(service, **changes)
    await approved(service, policy_id)
    return policy_id


async def _activate(engine: AsyncEngine, service: Service, policy_id: int) -> None:
    """Let a version decide, as a process that serves nobody does it."""
    manager = await service.person(Role.MANAGER)
    async with transaction(engine) as connection:
        now = service.services.clock()
        await lifecycle.activate(connection, policy_id, account_id=manager.id, now=now)
        assert await policies.active_id(connection) == policy_id
