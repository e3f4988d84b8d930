"""Asking for one very case: who gets it, what becomes of the one before, and what two at once do."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import connect
from app.review.access.people import Account, Role
from app.review.case import (
    CONFLICT_OF_INTEREST,
    CaseAlreadyJudged,
    CaseKept,
    CaseNotFound,
    CaseNotYours,
    Judgement,
    VerdictReason,
)
from tests.builders import Clock, Desk, a_desk, an_unknown, rows, value
from tests.service import Service

FREE = "SELECT id FROM cases WHERE lease_token IS NULL ORDER BY id"
ENDS = "SELECT how, ended_by FROM claim_ends ORDER BY ended_at, how"
HOLDERS = "SELECT count(*) FROM claims LEFT JOIN claim_ends USING (token) WHERE case_id = :id AND how IS NULL"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def desk(service: Service, clock: Clock) -> Desk:
    return a_desk(service, clock)


async def cases(service: Service, engine: AsyncEngine, count: int = 2) -> list[int]:
    """Open cases, the most urgent first."""
    for place in range(count):
        await an_unknown(service, amount=f"{900 - 100 * place}.00")
    return [row.id for row in await rows(engine, FREE)]


async def test_the_least_urgent_may_be_taken_and_the_one_before_goes_back_with_its_note(
    service: Service, desk: Desk, engine: AsyncEngine
) -> None:
    first, last = await cases(service, engine)
    analyst = await service.person(Role.ANALYST)
    held = await desk.claimed(analyst)
    assert held.case.id == first
    assert held.case.lease is not None
    await desk.claims.save_draft(
        analyst, first, held.case.lease.token, note="asked the shop", reason=VerdictReason.MERCHANT_RISK
    )
    taken = await desk.claims.take(analyst, last)
    assert taken.case.id == last
    assert (await desk.claimed(analyst)).case.id == last
    assert [row.id for row in await rows(engine, FREE)] == [first]
    assert [(row.how, row.ended_by) for row in await rows(engine, ENDS)] == [("released", analyst.id)]
    again = await desk.claims.take(analyst, first)
    assert (again.note, again.note_reason) == ("asked the shop", VerdictReason.MERCHANT_RISK)


async def test_what_one_holds_already_is_given_as_it_is(
    service: Service, desk: Desk, engine: AsyncEngine
) -> None:
    first, _ = await cases(service, engine)
    analyst = await service.person(Role.ANALYST)
    held = await desk.claimed(analyst)
    assert (await desk.claims.take(analyst, first)).case.lease == held.case.lease
    assert await rows(engine, ENDS) == []


async def test_what_a_colleague_looks_at_is_kept_and_what_one_has_ready_is_not(
    service: Service, desk: Desk, clock: Clock, engine: AsyncEngine
) -> None:
    first, ready = await cases(service, engine)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    await desk.claimed(lin)
    await desk.claims.have_next_ready(lin)
    with pytest.raises(CaseKept):
        await desk.claims.take(noor, first)
    assert (await desk.claims.take(noor, ready)).case.id == ready
    assert [row.how for row in await rows(engine, ENDS)] == ["unopened"]
    clock.passes(minutes=4)
    assert (await desk.claims.take(noor, first)).case.id == first


async def test_what_is_offered_to_a_colleague_is_kept_for_them(
    service: Service, desk: Desk, engine: AsyncEngine
) -> None:
    first, _ = await cases(service, engine)
    lin, noor, mateo = [await service.person(Role.ANALYST) for _ in range(3)]
    held = await desk.claimed(lin)
    assert held.case.lease is not None
    await desk.claims.reassign(lin, first, held.case.lease.token, to=noor.name, reason=None)
    with pytest.raises(CaseKept):
        await desk.claims.take(mateo, first)
    assert (await desk.claims.take(noor, first)).case.id == first


async def test_nobody_takes_what_they_said_they_must_not_decide(
    service: Service, desk: Desk, engine: AsyncEngine
) -> None:
    first, _ = await cases(service, engine)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    for why in ("insufficient information", CONFLICT_OF_INTEREST):
        held = await desk.claims.take(lin, first)
        assert held.case.lease is not None
        await desk.claims.release(lin, first, held.case.lease.token, reason=why)
    with pytest.raises(CaseKept):
        await desk.claims.take(lin, first)
    assert (await desk.claims.take(noor, first)).case.id == first


async def test_what_is_not_there_decided_or_for_seniors_is_refused_and_nothing_is_let_go(
    service: Service, desk: Desk, engine: AsyncEngine
) -> None:
    first, second = await cases(service, engine)
    analyst, senior = await service.person(Role.ANALYST), await service.person(Role.SENIOR)
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.ESCALATE)
    await desk.verdicts.settle_due()
    mine = await desk.claimed(analyst)
    assert mine.case.id == second
    with pytest.raises(CaseNotYours):
        await desk.claims.take(analyst, first)
    with pytest.raises(CaseNotFound):
        await desk.claims.take(analyst, 999_999)
    assert (await desk.claimed(analyst)).case.lease == mine.case.lease
    assert (await desk.claims.take(senior, first)).case.id == first
    await desk.judged(analyst, mine, Judgement.LEGIT)
    with pytest.raises(CaseAlreadyJudged):
        await desk.claims.take(senior, second)


async def test_whoever_gave_the_first_verdict_cannot_take_its_second_review(
    service: Service, clock: Clock, engine: AsyncEngine
) -> None:
    """The refusal is that of a case which does not exist: it tells nobody that they are looked at."""
    desk = a_desk(service, clock, share=1.0)
    await cases(service, engine, 1)
    first, other = [await service.person(Role.ANALYST) for _ in range(2)]
    await desk.judged(first, await desk.claimed(first), Judgement.LEGIT)
    await desk.verdicts.settle_due()
    review = await value(engine, "SELECT id FROM cases WHERE kind = 'second'")
    with pytest.raises(CaseNotFound):
        await desk.claims.take(first, review)
    assert (await desk.claims.take(other, review)).case.id == review


@pytest.mark.parametrize("others_claim", [False, True], ids=["both ask for it", "one gets it as the next"])
async def test_two_at_once_never_hold_one_case(
    service: Service, desk: Desk, engine: AsyncEngine, database_url: str, *, others_claim: bool
) -> None:
    (case_id,) = await cases(service, engine, 1)
    people = [await service.person(Role.ANALYST) for _ in range(8)]
    at_once = asyncio.Barrier(len(people))

    async def wants(place: int, person: Account) -> bool:
        own = connect(database_url, pool_size=1)
        claims = replace(desk.claims, engine=own)
        await at_once.wait()
        try:
            if others_claim and place % 2:
                return await claims.current_or_next(person) is not None
            return (await claims.take(person, case_id)).case.id == case_id
        except CaseKept:
            return False
        finally:
            await own.dispose()

    got = await asyncio.gather(*(wants(*each) for each in enumerate(people)))
    assert sum(got) == 1
    assert await value(engine, HOLDERS, id=case_id) == 1
