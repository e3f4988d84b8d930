"""Managers change what the machine decides: seen before, signed by two, and taken back at will."""

import asyncio
from dataclasses import asdict

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import policies
from app.database.policies import OwnPolicyApproved, PolicyMoveRefused, PolicyNotFound
from app.database.session import transaction
from app.review.case import Judgement
from app.review.people import Role
from app.triage.policy_state import PolicyState
from app.triage.refusal import PolicyImpossible
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    FOREIGN,
    a_transaction,
    changed,
    rows,
    run,
    until,
    value,
    with_policy,
)
from tests.service import Service

ACTIVE = "SELECT policy_id FROM active_policy"


async def with_history(service: Service, count: int = 300) -> None:
    """Let the machine decide payments of all kinds, some in a currency it does not know."""
    draws = np.random.default_rng(3)
    names = service.everything.serving.pair.model.schema.names
    batch = [
        a_transaction(
            service,
            features=dict(
                zip(names, draws.normal(scale=4.0, size=len(names)).round(3).tolist(), strict=True)
            ),
            currency=FOREIGN if number % 10 == 0 else "EUR",
        )
        for number in range(count)
    ]
    await service.everything.intake.receive_many(batch)


async def test_a_simulation_says_what_the_change_then_does(service: Service, engine: AsyncEngine) -> None:
    """The same payments, once simulated under the change and once really decided by it."""
    await with_history(service)
    pair = service.everything.serving.pair
    middle = await value(
        engine, "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY evidence_fraud) FROM scores"
    )
    changes = changed(pair.policy, approve_at_most=middle, decline_at_least=middle + 1, novelty_at_most=None)
    simulated = await service.everything.tuning.simulate(changes)
    before = simulated.replayed.before
    assert [tuple(row) for row in await rows(engine, LABELS)] == counts(asdict(before))
    await with_policy(service, **asdict(changes))
    await with_history(service)
    decided = await rows(
        engine, f"{LABELS_OF} WHERE policy_id = (SELECT policy_id FROM active_policy) {GROUPED}"
    )
    assert [tuple(row) for row in decided] == counts(asdict(simulated.replayed.after))
    assert simulated.decisions == 300


LABELS_OF = "SELECT label, count(*) FROM decisions"
GROUPED = "GROUP BY label ORDER BY label"
LABELS = f"{LABELS_OF} {GROUPED}"


def counts(of_labels: dict[str, int]) -> list[tuple[str, int]]:
    return [(label, count) for label, count in sorted(of_labels.items()) if count]


async def test_a_simulation_stores_nothing(service: Service, engine: AsyncEngine) -> None:
    await with_history(service, 20)
    pair = service.everything.serving.pair
    await service.everything.tuning.simulate(changed(pair.policy, **ALL_UNKNOWN))
    assert await value(engine, "SELECT count(*) FROM policies") == 1
    assert await value(engine, ACTIVE) == pair.policy_id


async def test_with_no_history_a_simulation_counts_nothing(service: Service) -> None:
    pair = service.everything.serving.pair
    simulated = await service.everything.tuning.simulate(changed(pair.policy, **ALL_UNKNOWN))
    assert (simulated.decisions, simulated.replayed.after.total) == (0, 0)
    overview = await service.everything.tuning.overview()
    assert (overview.histogram, overview.last_day.total) == ((), 0)


async def test_impossible_bounds_are_refused(service: Service, engine: AsyncEngine) -> None:
    pair = service.everything.serving.pair
    manager = await service.person(Role.MANAGER)
    for values in ({"approve_at_most": 5.0, "decline_at_least": 4.0}, {"audit_share_approved": 2.0}):
        with pytest.raises(PolicyImpossible):
            await service.everything.tuning.draft(manager, changed(pair.policy, **values), "No.")
    assert await value(engine, "SELECT count(*) FROM policies") == 1


async def test_a_draft_waits_for_a_second_person(service: Service, engine: AsyncEngine) -> None:
    await with_history(service, 30)
    pair = service.everything.serving.pair
    tuning = service.everything.tuning
    author, approver = await service.person(Role.MANAGER), await service.person(Role.MANAGER)
    policy_id = await tuning.draft(author, changed(pair.policy, **ALL_UNKNOWN), "Careful days.")
    (version,) = [each for each in (await tuning.overview()).versions if each.id == policy_id]
    assert (version.state, version.parent_id, version.reason) == (
        PolicyState.SIMULATED,
        pair.policy_id,
        "Careful days.",
    )
    assert version.simulation is not None
    assert version.simulation["after"] == {"fraud": 0, "legit": 0, "unknown": 30}
    with pytest.raises(OwnPolicyApproved):
        await tuning.activate(author, policy_id)
    assert await value(engine, ACTIVE) == pair.policy_id
    assert service.everything.serving.pair.policy_id == pair.policy_id
    await tuning.activate(approver, policy_id)
    assert await value(engine, ACTIVE) == policy_id
    events = await rows(engine, f"SELECT state FROM policy_events WHERE policy_id = {policy_id} ORDER BY id")
    assert [event.state for event in events] == ["draft", "simulated", "approved", "active"]
    assert (await service.post(service.body())).json()["label"] == "unknown"


async def test_an_old_version_is_activated_again_to_roll_back(service: Service, engine: AsyncEngine) -> None:
    first = service.everything.serving.pair.policy_id
    second = await with_policy(service, **ALL_UNKNOWN)
    manager = await service.person(Role.MANAGER)
    await service.everything.tuning.activate(manager, first)
    assert (await service.post(service.body())).json()["policy_version"] == first
    states = dict(tuple(row) for row in await rows(engine, "SELECT id, state FROM policies"))
    assert states == {first: "active", second: "retired"}


async def test_what_decides_already_is_not_activated_again(service: Service, engine: AsyncEngine) -> None:
    """A second press of the button is no second event in the record."""
    policy_id = await with_policy(service, **ALL_UNKNOWN)
    before = await value(engine, "SELECT count(*) FROM policy_events")
    with pytest.raises(PolicyMoveRefused):
        await service.everything.tuning.activate(await service.person(Role.MANAGER), policy_id)
    assert await value(engine, "SELECT count(*) FROM policy_events") == before
    assert await value(engine, ACTIVE) == policy_id


async def test_managers_who_activate_at_once_leave_one_active_policy(
    service: Service, engine: AsyncEngine
) -> None:
    pair = service.everything.serving.pair
    tuning = service.everything.tuning
    author = await service.person(Role.MANAGER)
    drafts = [
        await tuning.draft(author, changed(pair.policy, approve_at_most=-6.0 - number), "One of many.")
        for number in range(6)
    ]
    managers = [await service.person(Role.MANAGER) for _ in drafts]
    pairs = zip(managers, drafts, strict=True)
    await asyncio.gather(
        *(tuning.activate(manager, draft) for manager, draft in pairs), return_exceptions=True
    )
    active = await rows(engine, "SELECT id FROM policies WHERE state = 'active'")
    assert [row.id for row in active] == [await value(engine, ACTIVE)]
    await service.everything.serving.refresh()
    assert service.everything.serving.pair.policy_id == active[0].id


async def test_a_withdrawn_draft_never_decides(service: Service, engine: AsyncEngine) -> None:
    pair = service.everything.serving.pair
    tuning = service.everything.tuning
    author, other = await service.person(Role.MANAGER), await service.person(Role.MANAGER)
    draft = await tuning.draft(author, changed(pair.policy, **ALL_LEGIT), "Rash.")
    await tuning.retire(author, draft)
    with pytest.raises(PolicyMoveRefused):
        await tuning.activate(other, draft)
    with pytest.raises(PolicyMoveRefused):
        await tuning.retire(other, pair.policy_id)
    with pytest.raises(PolicyNotFound):
        await tuning.activate(other, 10_000)
    assert await value(engine, ACTIVE) == pair.policy_id


async def test_a_looser_approve_bound_loses_the_promise(service: Service) -> None:
    pair = service.everything.serving.pair
    tuning = service.everything.tuning
    author = await service.person(Role.MANAGER)
    bound = pair.policy.approve_at_most
    kept = await tuning.draft(author, changed(pair.policy, approve_at_most=bound - 1), "Tighter.")
    lost = await tuning.draft(author, changed(pair.policy, approve_at_most=bound + 1), "Looser.")
    certificates = {each.id: each.certificate for each in (await tuning.overview()).versions}
    assert certificates[kept] == certificates[pair.policy_id] is not None
    assert certificates[lost] is None


async def test_known_frauds_are_those_people_found(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    await service.post(service.body())
    analyst = await service.person(Role.ANALYST)
    file = await service.everything.casework.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    await service.everything.casework.judge(
        analyst, file.case.id, file.case.lease.token, Judgement.FRAUD, None
    )
    pair = service.everything.serving.pair
    replayed = (await service.everything.tuning.simulate(changed(pair.policy, **ALL_LEGIT))).replayed
    assert (
        replayed.known_frauds,
        replayed.known_frauds_approved_before,
        replayed.known_frauds_approved_after,
    ) == (
        1,
        0,
        1,
    )


@pytest.mark.parametrize("told", [True, False], ids=["told", "never told"])
async def test_a_policy_another_process_activates_is_followed(
    service: Service, engine: AsyncEngine, told: bool
) -> None:
    """By its notification at once; where that is lost, soon."""
    if not told:
        await run(engine, "ALTER TABLE active_policy DISABLE TRIGGER told")
    pair = service.everything.serving.pair
    author, approver = await service.person(Role.MANAGER), await service.person(Role.MANAGER)
    policy_id = await service.everything.tuning.draft(
        author, changed(pair.policy, **ALL_UNKNOWN), "Elsewhere."
    )
    async with transaction(engine) as connection:
        now = service.everything.clock()
        await policies.move(connection, policy_id, PolicyState.APPROVED, account_id=approver.id, now=now)
        await policies.activate(connection, policy_id, account_id=approver.id, now=now)
        assert await connection.scalar(text(ACTIVE)) == policy_id

    async def is_followed() -> bool:
        return service.everything.serving.pair.policy_id == policy_id

    await until(is_followed, seconds=4)
