"""What is listed decides from the commit of its entry on, whichever replica takes the payment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.lists.entries import ListedEntry
from app.database.policies import matured
from app.database.server.session import transaction
from app.review.access.people import Role
from app.review.lists.entry import EntityKind, NewEntry
from app.scoring.arrays import Floats
from app.scoring.uncertainty import Scores
from app.triage.labels import Listed
from app.triage.policies.choices import ListsInForce
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    PatientScorer,
    SilentScorer,
    driver,
    in_shadow,
    put_scorer,
    rows,
    scored_by,
    value,
    with_policy,
)
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

DEVICE = {"device": "d-93ab41c7"}


async def listed(
    service: Service,
    effect: Listed = Listed.BLOCK,
    *,
    kind: EntityKind = EntityKind.DEVICE,
    value: str = DEVICE["device"],
    lasts: timedelta | None = timedelta(days=1),
) -> ListedEntry:
    """List something by the database alone: the copy in this process hears nothing of it, as another's."""
    lists = service.services.cases.entity_lists
    new = NewEntry(
        kind=kind,
        value=value,
        effect=effect,
        reason="seen in three frauds",
        expires_at=None if lasts is None else lists.clock() + lasts,
    )
    return await lists.add(await service.person(Role.MANAGER), new)


async def heard(service: Service, **attributes: str) -> tuple[str, str]:
    answer = (await service.post(service.body(attributes=attributes))).json()
    return answer["label"], answer["reason"]


class CountingScorer(PatientScorer):
    """One that can be held, and counts how often it is asked."""

    calls = 0

    def score(self, vectors: Floats) -> Scores:
        CountingScorer.calls += 1
        return super().score(vectors)


@asynccontextmanager
async def under_way(service: Service) -> AsyncIterator[asyncio.Task[tuple[str, str]]]:
    """Let a payment be scored while something else is done, and be written after that."""
    PatientScorer.asked.clear()
    PatientScorer.let.clear()
    put_scorer(service, CountingScorer)
    payment = asyncio.create_task(heard(service, **DEVICE))
    await asyncio.to_thread(PatientScorer.asked.wait, PATIENCE_SECONDS)
    yield payment
    PatientScorer.let.set()


async def test_after_the_answer_to_an_entry_no_payment_slips_through(service: Service) -> None:
    """Red without the version in the commit's statement: this process has not heard of the entry."""
    await with_policy(service, **ALL_LEGIT)
    for number in range(5):
        device = f"d-{number}"
        assert await heard(service, device=device) == ("legit", "evidence_legit")
        await listed(service, value=device)
        assert await heard(service, device=device) == ("fraud", "blocked")


async def test_a_payment_that_was_scored_before_an_entry_and_is_written_after_it_is_stopped(
    service: Service,
) -> None:
    await with_policy(service, **ALL_LEGIT)
    async with under_way(service) as payment:
        await listed(service)
    assert await payment == ("fraud", "blocked")


async def test_an_entry_that_is_not_committed_holds_up_no_payment(
    service: Service, database_url: str
) -> None:
    await with_policy(service, **ALL_LEGIT)
    other = await driver(database_url)
    change = other.transaction()
    await change.start()
    await other.execute("UPDATE list_version SET version = version + 1")
    assert await heard(service, **DEVICE) == ("legit", "evidence_legit")
    await change.rollback()
    await other.close()


async def test_what_is_listed_is_kept_with_the_decision(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_declined=0.0)
    entry = (await listed(service)).entry
    await heard(service, **DEVICE)
    ((kept),) = await rows(
        engine, "SELECT listed, list_entry_id, unlisted_reason, margin IS NOT NULL FROM payments"
    )
    assert tuple(kept) == ("block", entry.id, "evidence_legit", True)


async def test_an_entry_ends_by_the_clock_of_decisions(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_policy(service, **ALL_LEGIT)
    intake = service.services.payments.intake
    entry = (await listed(service)).entry
    ends = entry.expires_at
    assert ends is not None
    for now, reason in ((ends - timedelta(microseconds=1), "blocked"), (ends, "evidence_legit")):
        monkeypatch.setattr(intake, "_clock", _at(now))
        assert (await heard(service, **DEVICE))[1] == reason


def _at(now: datetime) -> Callable[[], datetime]:
    return lambda: now


async def test_a_block_speaks_before_an_allow_of_the_same_payment(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    await listed(service, Listed.ALLOW, kind=EntityKind.CUSTOMER, value="c-7")
    assert await heard(service, **DEVICE, customer="c-7") == ("legit", "allowed")
    await listed(service)
    assert await heard(service, **DEVICE, customer="c-7") == ("fraud", "blocked")


async def test_a_policy_may_leave_the_lists_alone_and_its_shadow_may_not(
    service: Service, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_LEGIT, lists=ListsInForce.NONE)
    await in_shadow(service, **ALL_LEGIT, lists=ListsInForce.BOTH)
    await listed(service)
    assert await heard(service, **DEVICE) == ("legit", "evidence_legit")
    assert await value(engine, "SELECT listed FROM payments") == "block"
    assert await rows(engine, "SELECT label, reason FROM shadow_decisions") == [("fraud", "blocked")]


async def test_an_entry_that_ended_decides_nothing_more(service: Service) -> None:
    await with_policy(service, **ALL_LEGIT)
    entry = (await listed(service)).entry
    assert await heard(service, **DEVICE) == ("fraud", "blocked")
    await service.services.cases.entity_lists.end(await service.person(Role.SENIOR), entry.id, "returned")
    assert await heard(service, **DEVICE) == ("legit", "evidence_legit")


async def test_a_decision_by_a_list_is_made_again_the_same(service: Service) -> None:
    await with_policy(service, **ALL_LEGIT)
    await listed(service)
    decision = (await service.post(service.body(attributes=DEVICE))).json()["decision_id"]
    again: dict[str, Any] = (
        await service.client.post(f"/v1/decisions/{decision}/replay", headers=service.headers)
    ).json()
    assert (again["equal"], again["label"], again["reason"]) == (True, "fraud", "blocked")


async def test_changes_of_other_values_make_nothing_be_decided_twice(service: Service) -> None:
    """Somebody lists one value after the other: red where every change counted while the lists are busy."""
    await with_policy(service, **ALL_LEGIT)
    await listed(service, value="first")
    assert await heard(service, **DEVICE) == ("legit", "evidence_legit")
    CountingScorer.calls = 0
    async with under_way(service) as payment:
        await listed(service, value="second")
    assert await payment == ("legit", "evidence_legit")
    assert CountingScorer.calls == 1
    async with under_way(service) as payment:
        await listed(service)
    assert await payment == ("fraud", "blocked")


async def test_a_block_needs_no_model_and_an_allow_speaks_when_it_is_back(
    service: Service, engine: AsyncEngine
) -> None:
    await service.services.pulse.stop()
    policy_id = await with_policy(service, **ALL_UNKNOWN, audit_share_approved=0.0, audit_share_declined=0.0)
    await listed(service)
    async with scored_by(service, SilentScorer):
        assert await heard(service, customer="c-7") == ("unknown", "model_unavailable")
        assert await heard(service, **DEVICE) == ("fraud", "blocked")
    await listed(service, Listed.ALLOW, kind=EntityKind.CUSTOMER, value="c-7")
    await service.services.pulse._recovery.tick()
    kept = "SELECT label, reason, is_scored FROM decisions ORDER BY id"
    assert await rows(engine, kept) == [
        ("unknown", "model_unavailable", False),
        ("fraud", "blocked", False),
        ("legit", "allowed", True),
    ]
    told = "SELECT listed, unlisted_reason FROM listed_decisions ORDER BY id"
    assert await rows(engine, told) == [("block", "model_unavailable"), ("allow", "between_bounds")]
    async with transaction(engine) as connection:
        beside = await matured.by_lists(connection, policy_id)
    assert (beside.blocked, beside.allowed) == (1, 1), "no promise counts either, so both are told beside it"
