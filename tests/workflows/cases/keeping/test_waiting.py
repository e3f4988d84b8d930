"""Waiting for the customer: out of the queue until a moment, back by itself at just that moment."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.administration import Hand, WhyMissing
from app.review.access.people import Role
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import CaseKept, CaseNotYours, Judgement, LeaseLost
from app.review.keeping.waiting import LONGEST_WAIT, NotWaiting, WaitImpossible
from app.review.timeline import Happening
from tests.builders import rows
from tests.service import Service
from tests.workflows.cases.keeping.kept_cases import KEPT, WAITS, Office, an_office, some_cases

ENDS = "SELECT how, reason FROM claim_ends ORDER BY ended_at"


@pytest.fixture
def office(service: Service) -> Office:
    return an_office(service)


async def test_a_waiting_case_is_given_to_nobody_and_is_back_at_its_moment_first_for_who_let_it_wait(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, last = await some_cases(service, engine)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    until = await office.waits(lin, await office.desk.claimed(lin))
    assert [tuple(row) for row in await rows(engine, ENDS)] == [("waits", "asked by mail")]
    assert await office.next_for(lin) == last
    for account in (lin, noor):
        with pytest.raises(CaseKept):
            await office.desk.claims.take(account, first)
    # Until the moment before nobody has it, and from the moment on whoever let it wait.
    office.clock.now = until - timedelta(microseconds=1)
    assert await office.next_for(noor) == last
    office.clock.now = until
    with pytest.raises(CaseKept):
        await office.desk.claims.take(noor, first)
    assert await office.next_for(lin) == first


async def test_after_a_while_it_is_back_for_all(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin))
    assert await office.next_for(noor) is None
    office.clock.passes(minutes=15)
    assert await office.next_for(noor) == case_id
    assert (await rows(engine, KEPT, id=case_id))[0].waits_until is None


@pytest.mark.parametrize("by_whom", ["whoever let it wait", "a colleague"])
async def test_it_is_brought_back_before_its_moment(
    service: Service, office: Office, engine: AsyncEngine, by_whom: str
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, mateo = [await service.person(Role.ANALYST) for _ in range(3)]
    await office.waits(lin, await office.desk.claimed(lin))
    office.clock.passes(minutes=5)
    for _ in range(2):
        await office.waiting.bring_back(lin if by_whom == "whoever let it wait" else noor, case_id)
    with pytest.raises(NotWaiting):
        await office.waiting.bring_back(mateo, case_id)
    expected = None if by_whom == "whoever let it wait" else case_id
    assert await office.next_for(mateo) == expected
    (ended,) = await rows(engine, WAITS)
    assert ended.how == "brought_back"


async def test_an_assigned_case_waits_for_its_assignee_and_another_one_gets_it_when_it_is_reassigned(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    senior = await service.person(Role.SENIOR)
    await office.assigning.assign(senior, case_id, to=lin.name, reason="yours")
    until = await office.waits(lin, await office.desk.claimed(lin), hours=48)
    running = await office.running(case_id)
    assert running is not None
    await office.assigning.assign(senior, case_id, to=noor.name, reason="lin is away", seen=running.id)
    assert await office.next_for(noor) is None
    office.clock.now = until
    assert await office.next_for(lin) is None
    assert await office.next_for(noor) == case_id


async def test_whoever_let_it_wait_left_and_it_is_back_for_all(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin))
    hand = Hand(account_id=(await service.person(Role.ADMIN)).id, source="test")
    await service.services.access.administration.deactivate(hand, lin.id, reason="left")
    assert await office.next_for(noor) == case_id


async def test_only_its_holder_lets_a_case_wait_for_a_reason_and_not_beyond_two_weeks(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    file = await office.desk.claimed(lin)
    assert file.case.lease is not None
    token, now, wait = file.case.lease.token, office.clock(), office.waiting.wait
    soon = now + timedelta(hours=1)
    for until in (now, now - timedelta(hours=1), now + LONGEST_WAIT + timedelta(seconds=1)):
        with pytest.raises(WaitImpossible):
            await wait(lin, case_id, token, until=until, reason="asked")
    with pytest.raises(LeaseLost):
        await wait(noor, case_id, token, until=soon, reason="asked")
    with pytest.raises(WhyMissing):
        await wait(lin, case_id, token, until=soon, reason=" ")
    with pytest.raises(CardNumberWritten):
        await wait(lin, case_id, token, until=soon, reason="4111 1111 1111 1111")
    await wait(lin, case_id, token, until=now + LONGEST_WAIT, reason="asked")
    with pytest.raises(LeaseLost):
        await office.desk.judged(lin, file, Judgement.LEGIT)


async def test_an_escalated_case_that_waits_is_brought_back_by_seniors_alone(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, senior = await service.person(Role.ANALYST), await service.person(Role.SENIOR)
    await office.desk.judged(lin, await office.desk.claimed(lin), Judgement.ESCALATE)
    await office.desk.verdicts.settle_due()
    await office.waits(senior, await office.desk.claimed(senior))
    with pytest.raises(CaseNotYours):
        await office.waiting.bring_back(lin, case_id)
    await office.waiting.bring_back(senior, case_id)
    assert await office.next_for(senior) == case_id


async def test_the_record_tells_until_when_it_waits_and_that_it_came_back(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin = await service.person(Role.ANALYST)
    until = await office.waits(lin, await office.desk.claimed(lin))
    lookup = replace(service.services.cases.lookup, clock=office.clock)
    (waits,) = (await lookup.record(lin, case_id)).events[-1:]
    assert (waits.what, waits.who, waits.words, waits.until) == (
        Happening.WAITS, lin.display_name, "asked by mail", until,
    )  # fmt: skip
    office.clock.now = until
    (back,) = (await lookup.record(lin, case_id)).events[-1:]
    assert (back.what, back.at) == (Happening.RETURNED, until)
