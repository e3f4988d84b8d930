"""Assignments: who gets an assigned case, who does not, and how an assignment ends."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.administration import Hand, WhyMissing
from app.review.access.people import Account, Role
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import (
    CONFLICT_OF_INTEREST,
    CaseAlreadyJudged,
    CaseKept,
    CaseNotFound,
    CaseNotYours,
    ColleagueUnknown,
    Judgement,
)
from app.review.keeping.assignment import AssignmentChanged, CaseLookedAt, NotAssigned
from app.review.timeline import Happening
from tests.builders import a_desk, rows, value
from tests.service import Service
from tests.workflows.cases.keeping.kept_cases import ASSIGNMENTS, KEPT, Office, an_office, some_cases

WHY = "you know this shop"
ENDS = "SELECT how FROM claim_ends ORDER BY ended_at"


@pytest.fixture
def office(service: Service) -> Office:
    return an_office(service)


async def people(service: Service) -> tuple[Account, Account, Account]:
    """Return two analysts and a senior colleague."""
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    return lin, noor, await service.person(Role.SENIOR)


async def seen(office: Office, case_id: int) -> int:
    """Return which assignment somebody looks at."""
    running = await office.running(case_id)
    assert running is not None
    return running.id


async def test_the_assignee_gets_it_before_all_else_and_nobody_else_does(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, last = await some_cases(service, engine)
    lin, noor, senior = await people(service)
    await office.assigning.assign(senior, last, to=lin.name, reason=WHY)
    assert await office.next_for(noor) == first
    with pytest.raises(CaseKept):
        await office.desk.claims.take(noor, last)
    assert await office.next_for(await service.person(Role.ANALYST)) is None
    assert await office.next_for(lin) == last
    running = await office.running(last)
    assert running is not None
    assert (running.by, running.assignee, running.reason) == (senior.display_name, lin.display_name, WHY)


async def test_what_is_assigned_meanwhile_comes_before_what_lies_ready(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, second, third, last = await some_cases(service, engine, 4)
    lin, _, senior = await people(service)
    looked_at = await office.desk.claimed(lin)
    assert looked_at.case.lease is not None
    ready = await office.desk.claims.have_next_ready(lin)
    assert (looked_at.case.id, ready and ready.case.id) == (first, second)
    for case_id in (third, last):
        await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    for case_id in (third, last, second):
        await office.desk.judged(lin, await office.desk.claimed(lin), Judgement.LEGIT)
        assert await office.next_for(lin) == case_id
        await office.desk.claims.have_next_ready(lin)


async def test_beyond_its_time_it_is_for_all_and_lapses_when_somebody_else_is_given_it(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, last = await some_cases(service, engine)
    lin, noor, senior = await people(service)
    await office.assigning.assign(senior, last, to=lin.name, reason=WHY)
    office.clock.passes(hours=24)
    # Still before all else for whom it is assigned to.
    assert await office.next_for(lin) == last
    office.clock.passes(hours=1)
    assert (await office.desk.claims.take(noor, last)).case.id == last
    assert [tuple(row) for row in await rows(engine, ASSIGNMENTS)] == [("lapsed", None, None)]
    assert (await rows(engine, KEPT, id=last))[0].assigned_to is None
    assert await office.next_for(lin) == first


async def test_what_a_colleague_looks_at_is_refused_and_what_lies_ready_is_not(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    first, ready, third = await some_cases(service, engine, 3)
    lin, noor, senior = await people(service)
    await office.next_for(lin)
    await office.desk.claims.have_next_ready(lin)
    with pytest.raises(CaseLookedAt):
        await office.assigning.assign(senior, first, to=noor.name, reason=WHY)
    await office.assigning.assign(senior, ready, to=noor.name, reason=WHY)
    assert [row.how for row in await rows(engine, ENDS)] == ["unopened"]
    # Whoever looks at it already keeps it so; and what the senior looks at goes back.
    await office.assigning.assign(senior, first, to=lin.name, reason=WHY)
    assert await office.next_for(lin) == first
    assert (await office.desk.claims.take(senior, third)).case.id == third
    await office.assigning.assign(senior, third, to=noor.name, reason=WHY)
    assert [row.how for row in await rows(engine, ENDS)] == ["unopened", "released"]
    assert await office.next_for(noor) == ready


async def test_it_is_reassigned_and_lifted_as_it_was_looked_at_and_twice_is_once(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    for _ in range(2):
        await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    with pytest.raises(AssignmentChanged):
        await office.assigning.assign(senior, case_id, to=noor.name, reason=WHY)
    first = await seen(office, case_id)
    await office.assigning.assign(senior, case_id, to=noor.name, reason="lin is ill", seen=first)
    with pytest.raises(AssignmentChanged):
        await office.assigning.lift(senior, case_id, reason="for all", seen=first)
    second = await seen(office, case_id)
    for _ in range(2):
        await office.assigning.lift(senior, case_id, reason="for all", seen=second)
    assert [tuple(row) for row in await rows(engine, ASSIGNMENTS)] == [
        ("reassigned", senior.id, "lin is ill"), ("lifted", senior.id, "for all"),
    ]  # fmt: skip
    assert await office.next_for(lin) == case_id


@pytest.mark.parametrize("how", ["gives it back", "skips it", "reassigns it"])
async def test_an_assignee_gives_it_back_with_a_reason(
    service: Service, office: Office, engine: AsyncEngine, how: str
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    with pytest.raises(NotAssigned):
        await office.assigning.give_back(noor, case_id, reason="not mine")
    file = await office.desk.claimed(lin)
    assert file.case.lease is not None
    if how == "gives it back":
        for _ in range(2):
            await office.assigning.give_back(lin, case_id, reason="too little")
        await office.desk.claims.release(lin, case_id, file.case.lease.token)
    elif how == "skips it":
        await office.desk.claims.release(lin, case_id, file.case.lease.token, reason="too little")
    else:
        await office.desk.claims.reassign(
            lin, case_id, file.case.lease.token, to=noor.name, reason="too little"
        )
    assert [tuple(row) for row in await rows(engine, ASSIGNMENTS)] == [("given_back", lin.id, "too little")]
    assert await office.next_for(noor) == case_id


async def test_an_assignment_ends_with_the_verdict_and_not_before_it_can_be_undone_no_longer(
    service: Service, engine: AsyncEngine
) -> None:
    office = an_office(service, undo_seconds=10)
    (case_id,) = await some_cases(service, engine, 1)
    lin, _, senior = await people(service)
    await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    await office.desk.judged(lin, await office.desk.claimed(lin), Judgement.FRAUD)
    with pytest.raises(CaseAlreadyJudged):
        await office.assigning.assign(senior, case_id, to=lin.name, reason="again")
    await office.desk.verdicts.undo(lin, case_id)
    assert (await office.desk.claimed(lin)).case.assigned_to == lin.id
    await office.desk.judged(lin, await office.desk.claimed(lin), Judgement.ESCALATE)
    office.clock.passes(seconds=10)
    await office.desk.verdicts.settle_due()
    assert [row.how for row in await rows(engine, ASSIGNMENTS)] == ["decided"]
    # Escalated it is for seniors, and may be assigned among them alone.
    with pytest.raises(ColleagueUnknown):
        await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    await office.assigning.assign(senior, case_id, to=senior.name, reason="mine")
    assert await office.next_for(senior) == case_id


@pytest.mark.parametrize("change", ["deactivated", "another role"])
async def test_an_assignment_ends_with_the_access_of_its_assignee(
    service: Service, office: Office, engine: AsyncEngine, change: str
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    admin = await service.person(Role.ADMIN)
    hand = Hand(account_id=admin.id, source="test")
    administration = service.services.access.administration
    if change == "deactivated":
        await administration.deactivate(hand, lin.id, reason="left")
    else:
        await administration.change_role(hand, lin.id, Role.AUDITOR, reason="moved")
    assert [row.how for row in await rows(engine, ASSIGNMENTS)] == ["access_ended"]
    assert await office.next_for(noor) == case_id
    with pytest.raises(ColleagueUnknown):
        await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)


async def test_whoever_must_not_judge_it_is_not_refused_never_gets_it_and_it_is_not_lost(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    """A second review assigned to whom it looks at: to refuse, or to lift it early, would tell."""
    await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    desk = a_desk(service, office.clock, share=1.0)
    await desk.judged(lin, await desk.claimed(lin), Judgement.LEGIT)
    await desk.verdicts.settle_due()
    review = await value(engine, "SELECT id FROM cases WHERE kind = 'second'")
    await office.assigning.assign(senior, review, to=lin.name, reason=WHY)
    assert await office.next_for(lin) is None
    with pytest.raises(CaseNotFound):
        await office.assigning.give_back(lin, review, reason="why me")
    assert await office.next_for(noor) is None
    office.clock.passes(hours=24)
    assert await office.next_for(lin) is None
    assert await office.next_for(noor) == review


async def test_who_may_not_says_nothing_and_nothing_is_assigned_without_a_word(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor, senior = await people(service)
    auditor = await service.person(Role.AUDITOR)
    for account, to, reason, refusal in (
        (lin, noor.name, WHY, CaseNotYours),
        (senior, "nobody", WHY, ColleagueUnknown),
        (senior, auditor.name, WHY, ColleagueUnknown),
        (senior, lin.name, "  ", WhyMissing),
        (senior, lin.name, "card 4111 1111 1111 1111", CardNumberWritten),
    ):
        with pytest.raises(refusal):
            await office.assigning.assign(account, case_id, to=to, reason=reason)
    with pytest.raises(CaseNotFound):
        await office.assigning.assign(senior, 999_999, to=lin.name, reason=WHY)
    file = await office.desk.claimed(noor)
    assert file.case.lease is not None
    await office.desk.claims.release(noor, case_id, file.case.lease.token, reason=CONFLICT_OF_INTEREST)
    with pytest.raises(ColleagueUnknown):
        await office.assigning.assign(senior, case_id, to=noor.name, reason=WHY)
    assert await rows(engine, ASSIGNMENTS) == []


async def test_the_record_tells_who_assigned_it_to_whom_and_why(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, _, senior = await people(service)
    await office.assigning.assign(senior, case_id, to=lin.name, reason=WHY)
    office.clock.passes(minutes=1)
    await office.assigning.give_back(lin, case_id, reason="too little")
    # Whoever could be asked to judge a case without a score reads their own words alone.
    for reader, words in ((await service.person(Role.AUDITOR), "too little"), (senior, None)):
        record = await service.services.cases.lookup.record(reader, case_id)
        told = [(each.what, each.who, each.whom, each.words) for each in record.events][-2:]
        assert told == [
            (Happening.ASSIGNED, senior.display_name, lin.display_name, WHY),
            (Happening.GIVEN_BACK, lin.display_name, lin.display_name, words),
        ]
