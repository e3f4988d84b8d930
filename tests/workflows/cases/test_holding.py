"""Holding cases: the next one ready, handed over, taken by who has nothing to do; drafts stay with them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.cases import CaseFile
from app.review.access.people import Account, Role
from app.review.case import ColleagueUnknown, Judgement, LeaseLost, VerdictReason
from tests.builders import Clock, Desk, a_desk, an_unknown, rows, value
from tests.service import Service

ENDS = "SELECT how FROM claims JOIN claim_ends USING (token) ORDER BY ended_at, claimed_at"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def desk(service: Service, clock: Clock) -> Desk:
    return a_desk(service, clock)


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


@pytest.fixture
async def bob(service: Service) -> Account:
    return await service.person(Role.ANALYST)


async def ready(desk: Desk, account: Account) -> CaseFile:
    file = await desk.claims.have_next_ready(account)
    assert file is not None
    return file


async def release(desk: Desk, account: Account, file: CaseFile, **more: str) -> None:
    assert file.case.lease is not None
    await desk.claims.release(account, file.case.id, file.case.lease.token, **more)


async def test_the_next_case_is_ready_and_is_the_one_that_comes(
    service: Service, desk: Desk, ada: Account, engine: AsyncEngine
) -> None:
    for amount in ("900.00", "500.00", "100.00"):
        await an_unknown(service, amount=amount)
    first = await desk.claimed(ada)
    second = await ready(desk, ada)
    assert second.case.is_reserved
    assert (await ready(desk, ada)).case.lease == second.case.lease
    await desk.judged(ada, first, Judgement.LEGIT)
    opened = await desk.claimed(ada)
    assert (opened.case.id, opened.case.lease, opened.case.is_reserved) == (
        second.case.id,
        second.case.lease,
        False,
    )
    assert await value(engine, "SELECT count(*) FROM claims") == 2


async def test_who_looks_at_nothing_has_nothing_ready(service: Service, desk: Desk, ada: Account) -> None:
    await an_unknown(service)
    assert await desk.claims.have_next_ready(ada) is None


async def test_time_to_decide_begins_when_a_case_comes_before_ones_eyes(
    service: Service, desk: Desk, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    await an_unknown(service)
    first = await desk.claimed(ada)
    await ready(desk, ada)
    clock.passes(seconds=60)
    await desk.judged(ada, first, Judgement.LEGIT)
    second = await desk.claimed(ada)
    clock.passes(seconds=7)
    await desk.judged(ada, second, Judgement.LEGIT)
    took = await rows(engine, "SELECT milliseconds_to_decide FROM verdicts ORDER BY id")
    assert [row.milliseconds_to_decide for row in took] == [60_000, 7_000]


async def test_a_reservation_lives_as_long_as_its_parent(
    service: Service, desk: Desk, clock: Clock, ada: Account, bob: Account
) -> None:
    await an_unknown(service)
    await an_unknown(service)
    await an_unknown(service, amount="0.01")
    mine, next_one = await desk.claimed(ada), await ready(desk, ada)
    assert mine.case.lease is not None
    for _ in range(3):
        clock.passes(seconds=120)
        await desk.claims.heartbeat(ada, mine.case.id, mine.case.lease.token)
    assert (await desk.claimed(bob)).case.id not in {mine.case.id, next_one.case.id}
    assert (await ready(desk, ada)).case.id == next_one.case.id
    clock.passes(seconds=180)
    other = await desk.claimed(await service.person(Role.ANALYST))
    assert other.case.id in {mine.case.id, next_one.case.id}


async def test_who_would_have_nothing_takes_what_a_colleague_only_has_ready(
    service: Service, desk: Desk, ada: Account, bob: Account, engine: AsyncEngine
) -> None:
    """Never to be ready oneself, and never what a colleague looks at."""
    await an_unknown(service)
    await an_unknown(service)
    first, second = await desk.claimed(ada), await ready(desk, ada)
    taken = await desk.claimed(bob)
    assert taken.case.id == second.case.id
    assert await desk.claims.have_next_ready(bob) is None
    assert await desk.claims.current_or_next(await service.person(Role.ANALYST)) is None
    with pytest.raises(LeaseLost):
        await desk.judged(ada, second, Judgement.FRAUD)
    await desk.judged(ada, first, Judgement.LEGIT)
    await desk.judged(bob, taken, Judgement.LEGIT)
    assert [row.how for row in await rows(engine, ENDS)].count("unopened") == 1


async def test_what_is_written_stays_with_the_case_whoever_gets_it(
    service: Service, desk: Desk, clock: Clock, ada: Account, bob: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(ada)
    assert mine.case.lease is not None
    await desk.claims.save_draft(
        ada,
        mine.case.id,
        mine.case.lease.token,
        note="called the shop",
        reason=VerdictReason.MERCHANT_RISK,
    )
    clock.passes(seconds=180)
    theirs = await desk.claimed(bob)
    assert (theirs.note, theirs.note_reason) == ("called the shop", VerdictReason.MERCHANT_RISK)
    with pytest.raises(LeaseLost):
        await desk.claims.save_draft(ada, mine.case.id, mine.case.lease.token, note="late", reason=None)
    await desk.judged(bob, theirs, Judgement.LEGIT)
    assert await value(engine, "SELECT count(*) FROM case_drafts") == 0


async def test_a_skip_says_why(service: Service, desk: Desk, ada: Account, engine: AsyncEngine) -> None:
    await an_unknown(service)
    await release(desk, ada, await desk.claimed(ada), reason="conflict of interest")
    assert await rows(engine, "SELECT how, reason, ended_by FROM claim_ends") == [
        ("skipped", "conflict of interest", ada.id)
    ]


async def test_what_is_handed_over_comes_to_that_colleague_first_and_to_all_after_a_while(
    service: Service, desk: Desk, ada: Account, bob: Account
) -> None:
    await an_unknown(service, amount="20.00")
    await an_unknown(service, amount="900.00")
    big = await desk.claimed(ada)
    small = await ready(desk, ada)
    assert big.case.lease is not None
    await desk.judged(ada, big, Judgement.LEGIT)
    small = await desk.claimed(ada)
    assert small.case.lease is not None
    await an_unknown(service, amount="5000.00")
    await desk.claims.reassign(ada, small.case.id, small.case.lease.token, to=bob.name, reason="yours")
    carol = await service.person(Role.ANALYST)
    assert (await desk.claimed(carol)).case.id not in {big.case.id, small.case.id}
    assert await desk.claims.current_or_next(await service.person(Role.ANALYST)) is None
    assert (await desk.claimed(bob)).case.id == small.case.id


async def test_an_offer_nobody_takes_is_everybodys(
    service: Service, desk: Desk, clock: Clock, ada: Account, bob: Account
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(ada)
    assert mine.case.lease is not None
    await desk.claims.reassign(ada, mine.case.id, mine.case.lease.token, to=bob.name, reason=None)
    carol = await service.person(Role.ANALYST)
    assert await desk.claims.current_or_next(carol) is None
    clock.passes(minutes=15)
    assert (await desk.claimed(carol)).case.id == mine.case.id


async def test_a_case_is_handed_only_to_who_may_judge_it(service: Service, desk: Desk, ada: Account) -> None:
    await an_unknown(service)
    mine = await desk.claimed(ada)
    assert mine.case.lease is not None
    auditor = await service.person(Role.AUDITOR)
    for to in (auditor.name, ada.name, "nobody"):
        with pytest.raises(ColleagueUnknown):
            await desk.claims.reassign(ada, mine.case.id, mine.case.lease.token, to=to, reason=None)
    assert (await desk.claimed(ada)).case.lease == mine.case.lease


async def test_where_nothing_can_be_hidden_chance_draws_nothing(
    service: Service, desk: Desk, ada: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    assert not desk.claims.is_blind(await desk.claimed(ada))
    assert await rows(engine, "SELECT case_id, is_blind, probability FROM blind_draws") == []
