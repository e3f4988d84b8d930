"""Assignments and waits against claims, verdicts and each other, on two real connections.

Each is shown to need its lock: the same scenario without it ends wrongly.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases as stored_cases
from app.database.cases.keeping import claim_statements
from app.database.server.session import SharedTransaction
from app.database.tables.cases import CaseRow
from app.review.access.people import Account, Role
from app.review.case import Case, CaseAlreadyJudged, CaseKept, ColleagueUnknown, Judgement, LeaseLost
from app.review.keeping.assignment import AssignmentChanged
from tests.builders import (
    ALL_LEGIT,
    SilentScorer,
    driver,
    rows,
    scored_by,
    until_somebody_waits_for_a_lock,
    value,
    with_policy,
)
from tests.service import Service
from tests.workflows.cases.keeping.kept_cases import ASSIGNMENTS, FREE, WAITS, Office, an_office, some_cases

RUNNING = "SELECT count(*) FROM case_assignments WHERE ended_at IS NULL"
CLOSE = """
UPDATE cases SET state = 'closed', closed_at = now(), waits_until = NULL, offered_to = NULL,
    offered_until = NULL
WHERE id = $1
"""
LOCK = "FOR UPDATE SKIP LOCKED"


@pytest.fixture
def office(service: Service) -> Office:
    return an_office(service)


@pytest.fixture(params=[True, False], ids=["with the lock", "without the lock"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a case is locked before it is changed."""
    if not request.param:
        monkeypatch.setattr(stored_cases, "locked", _unlocked)
    return bool(request.param)


async def _unlocked(connection: AsyncConnection, case_id: int) -> Case:
    wanted = select(CaseRow.__table__).where(CaseRow.id == case_id)
    row = (await connection.execute(wanted)).mappings().one()
    return stored_cases._case(row, row["transaction_id"])


@asynccontextmanager
async def held_up(url: str, case_id: int) -> AsyncIterator[None]:
    """Hold a case's row so that whoever changes it waits."""
    between = await driver(url)
    try:
        async with between.transaction():
            await between.execute("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", case_id)
            yield
    finally:
        await between.close()


async def one_after_the_other(
    engine: AsyncEngine, url: str, case_id: int, acts: Sequence[Callable[[], Awaitable[Any]]]
) -> list[Any]:
    """Let these acts wait for one case in this order, let them go on, and return what became of each."""
    tasks = []
    async with held_up(url, case_id):
        for place, act in enumerate(acts, start=1):
            tasks.append(asyncio.ensure_future(act()))
            await until_somebody_waits_for_a_lock(engine, backends=place)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def people(service: Service) -> tuple[Account, Account, Account]:
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    return lin, noor, await service.person(Role.SENIOR)


@pytest.mark.parametrize("first", ["assignment", "verdict"])
async def test_an_assignment_and_a_verdict_that_comes_late_are_never_both(
    service: Service, office: Office, engine: AsyncEngine, database_url: str, *, locks: bool, first: str
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    file = await office.desk.claimed(lin)
    office.clock.passes(hours=1)

    def assign() -> Awaitable[None]:
        return office.assigning.assign(senior, case_id, to=noor.name, reason="you know this shop")

    def judge() -> Awaitable[None]:
        return office.desk.judged(lin, file, Judgement.FRAUD)

    acts = [assign, judge] if first == "assignment" else [judge, assign]
    heard = await one_after_the_other(engine, database_url, case_id, acts)
    running, verdicts = await value(engine, RUNNING), await value(engine, "SELECT count(*) FROM verdicts")
    lost = LeaseLost if first == "assignment" else CaseAlreadyJudged
    assert (heard[0], type(heard[1]) is lost) == (None, locks)
    if locks:
        assert (running, verdicts) == ((1, 0) if first == "assignment" else (0, 1))
    elif first == "assignment":
        assert (running, verdicts) == (1, 1)


async def test_of_two_assignments_at_once_the_second_is_told_that_it_looked_at_another_case(
    service: Service, office: Office, engine: AsyncEngine, database_url: str, *, locks: bool
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    manager = await service.person(Role.MANAGER)
    acts = [
        lambda: office.assigning.assign(senior, case_id, to=lin.name, reason="yours"),
        lambda: office.assigning.assign(manager, case_id, to=noor.name, reason="no, yours"),
    ]
    heard = await one_after_the_other(engine, database_url, case_id, acts)
    assert (heard[0], isinstance(heard[1], AssignmentChanged)) == (None, locks)
    # Without the lock the second undoes the first, which nobody is told.
    assert [row.how for row in await rows(engine, ASSIGNMENTS)] == ([None] if locks else ["reassigned", None])
    assert await office.next_for(lin if locks else noor) == case_id


async def test_a_claim_passes_over_what_is_just_being_assigned_and_a_taker_is_told(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, second = await some_cases(service, engine)
    lin, noor, senior = await people(service)
    mateo = await service.person(Role.ANALYST)
    written, may_end = asyncio.Event(), asyncio.Event()

    async def assign() -> None:
        async with SharedTransaction(engine):
            await office.assigning.assign(senior, first, to=lin.name, reason="yours")
            written.set()
            await may_end.wait()

    assigning = asyncio.create_task(assign())
    await written.wait()
    assert await office.next_for(noor) == second
    with pytest.raises(CaseKept):
        await office.desk.claims.take(mateo, first)
    may_end.set()
    await assigning
    assert await office.next_for(lin) == first


@pytest.mark.parametrize("lock", [True, False], ids=["with the lock", "without the lock"])
async def test_a_case_that_the_model_closes_as_it_returns_is_claimed_by_nobody(
    service: Service,
    office: Office,
    engine: AsyncEngine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    lock: bool,
) -> None:
    """The close is under way, not committed, at the very moment at which the wait is over."""
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, _ = await people(service)
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin)) + timedelta(hours=1)
    if not lock:
        for state, statements in claim_statements.CLAIMS.items():
            unlocked = tuple(text(each.text.replace(LOCK, "")) for each in statements)
            monkeypatch.setitem(claim_statements.CLAIMS, state, unlocked)
    closes = await driver(database_url)
    try:
        async with closes.transaction():
            await closes.execute(CLOSE, case_id)
            claimed = asyncio.create_task(office.next_for(noor))
            if lock:
                assert await claimed is None
            else:
                await until_somebody_waits_for_a_lock(engine)
    finally:
        await closes.close()
    if lock:
        assert await office.next_for(lin) is None
    else:
        (heard,) = await asyncio.gather(claimed, return_exceptions=True)
        assert isinstance(heard, Exception), "a closed case was given to somebody"
    assert await value(engine, "SELECT state FROM cases WHERE id = :id", id=case_id) == "closed"


async def test_the_model_leaves_a_case_alone_that_returned_and_closes_one_that_waits(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    await service.services.pulse.stop()
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.0)
    async with scored_by(service, SilentScorer):
        for amount in ("40.00", "39.00"):
            await service.post(service.body(amount=amount))
    returned, waits = [row.id for row in await rows(engine, FREE)]
    lin, noor, senior = await people(service)
    office.clock.passes(minutes=1)
    await office.assigning.assign(senior, waits, to=noor.name, reason="yours")
    await office.waits(noor, await office.desk.claimed(noor), hours=9)
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin), hours=1)
    assert await office.next_for(lin) == returned
    recovery = service.services.pulse._recovery
    recovery._clock = office.clock
    await recovery.tick()
    states = {row.id: row.state for row in await rows(engine, "SELECT id, state FROM cases")}
    assert states == {returned: "open", waits: "closed"}
    assert [row.how for row in await rows(engine, ASSIGNMENTS)] == ["closed"]
    assert [row.how for row in await rows(engine, WAITS)] == ["closed", None]


async def test_nobody_is_assigned_a_case_as_their_access_ends(
    service: Service, office: Office, engine: AsyncEngine, database_url: str
) -> None:
    """Red without the lock on the assignee: for a day the case would be kept for somebody who is gone."""
    (case_id,) = await some_cases(service, engine, 1)
    lin, _, senior = await people(service)
    leaves = await driver(database_url)
    try:
        async with leaves.transaction():
            await leaves.execute("UPDATE accounts SET is_active = false WHERE id = $1", lin.id)
            assigning = asyncio.ensure_future(
                office.assigning.assign(senior, case_id, to=lin.name, reason="yours")
            )
            await until_somebody_waits_for_a_lock(engine)
    finally:
        await leaves.close()
    with pytest.raises(ColleagueUnknown):
        await assigning
    assert await value(engine, RUNNING) == 0
