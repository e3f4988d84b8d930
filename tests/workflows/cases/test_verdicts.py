"""A judgement: its grace, its way back, its settlement, its correction; nothing is told too early."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.cases import CaseFile
from app.review.access.people import Account, Role
from app.review.case import (
    CaseAlreadyJudged,
    CaseNotYours,
    Judgement,
    NoteMissing,
    NothingToUndo,
    VerdictReason,
)
from app.review.outcome import GroundTruth
from app.triage.policies.choices import Fallback
from app.workflows.cases.judgements import VerdictInput
from app.workflows.payments.set_aside import SetAside
from tests.builders import Clock, Desk, a_desk, an_unknown, rows, run, value, with_policy
from tests.service import Service

OUTCOMES = "SELECT outcome, source FROM outcomes"
STATES = "SELECT state FROM cases ORDER BY id"
STANDING = "SELECT judgement, account_id FROM standing_verdicts"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def desk(service: Service, clock: Clock) -> Desk:
    return a_desk(service, clock, undo_seconds=10)


@pytest.fixture
async def analyst(service: Service) -> Account:
    return await service.person(Role.ANALYST)


async def given(service: Service, desk: Desk, account: Account, judgement: Judgement) -> CaseFile:
    """Let somebody judge a new case, whose grace begins."""
    await an_unknown(service)
    file = await desk.claimed(account)
    await desk.judged(account, file, judgement)
    return file


async def test_nothing_leaves_the_house_before_the_grace_is_over(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    await given(service, desk, analyst, Judgement.FRAUD)
    clock.passes(seconds=9.9)
    assert await desk.verdicts.settle_due() == 0
    assert await rows(engine, OUTCOMES) == []
    assert await value(engine, "SELECT count(*) FROM verdicts") == 0
    assert await desk.verdicts.judged_today(analyst) == 1
    clock.passes(seconds=0.1)
    assert await desk.verdicts.settle_due() == 1
    assert await rows(engine, OUTCOMES) == [("fraud", "verdict")]
    assert await rows(engine, STATES) == [("judged",)]
    assert await desk.verdicts.settle_due() == 0


async def test_a_verdict_keeps_when_it_was_given_not_when_it_was_settled(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    at = clock.now
    await given(service, desk, analyst, Judgement.LEGIT)
    clock.passes(seconds=30)
    await desk.verdicts.settle_due()
    assert await value(engine, "SELECT judged_at FROM verdicts") == at
    assert await value(engine, "SELECT closed_at FROM cases") == clock.now


async def test_what_is_undone_is_on_the_desk_again_with_all_that_was_written(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    file = await desk.claimed(analyst)
    await desk.judged(analyst, file, Judgement.FRAUD, note="seen twice", reason=VerdictReason.LINKED_FRAUD)
    clock.passes(seconds=5)
    await desk.verdicts.undo(analyst, file.case.id)
    back = await desk.claimed(analyst)
    assert (back.case.id, back.note, back.note_reason) == (
        file.case.id,
        "seen twice",
        VerdictReason.LINKED_FRAUD,
    )
    clock.passes(seconds=60)
    assert await desk.verdicts.settle_due() == 0
    await desk.judged(analyst, back, Judgement.LEGIT)
    clock.passes(seconds=10)
    assert await desk.verdicts.settle_due() == 1
    assert await rows(engine, OUTCOMES) == [("legit", "verdict")]
    ends = await rows(engine, "SELECT how FROM claims JOIN claim_ends USING (token) ORDER BY claimed_at")
    assert [end.how for end in ends] == ["undone", "judged"]


async def test_what_lay_on_the_desk_meanwhile_is_the_next_one(
    service: Service, desk: Desk, analyst: Account
) -> None:
    first = await given(service, desk, analyst, Judgement.FRAUD)
    await an_unknown(service)
    second = await desk.claimed(analyst)
    await desk.verdicts.undo(analyst, first.case.id)
    assert (await desk.claimed(analyst)).case.id == first.case.id
    ready = await desk.claims.have_next_ready(analyst)
    assert ready is not None
    assert ready.case.id == second.case.id


async def test_only_ones_own_judgement_is_undone_and_only_in_time(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    file = await given(service, desk, analyst, Judgement.FRAUD)
    with pytest.raises(NothingToUndo):
        await desk.verdicts.undo(await service.person(Role.MANAGER), file.case.id)
    clock.passes(seconds=10)
    with pytest.raises(NothingToUndo):
        await desk.verdicts.undo(analyst, file.case.id)
    await desk.verdicts.settle_due()
    with pytest.raises(NothingToUndo):
        await desk.verdicts.undo(analyst, file.case.id)
    assert await rows(engine, STATES) == [("judged",)]


async def test_a_case_in_its_grace_is_nobodys_to_judge(
    service: Service, desk: Desk, analyst: Account
) -> None:
    file = await given(service, desk, analyst, Judgement.FRAUD)
    with pytest.raises(CaseAlreadyJudged):
        await desk.judged(analyst, file, Judgement.LEGIT)
    assert await desk.claims.current_or_next(await service.person(Role.ANALYST)) is None


async def test_an_escalation_can_be_undone_too(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    file = await given(service, desk, analyst, Judgement.ESCALATE)
    await desk.verdicts.undo(analyst, file.case.id)
    assert await rows(engine, STATES) == [("open",)]
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.ESCALATE)
    clock.passes(seconds=10)
    await desk.verdicts.settle_due()
    senior = await service.person(Role.SENIOR)
    escalated = await desk.claimed(senior)
    await desk.judged(senior, escalated, Judgement.FRAUD)
    await desk.verdicts.undo(senior, escalated.case.id)
    assert await rows(engine, STATES) == [("escalated",)]


async def test_a_client_that_waits_hears_in_time(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    """The grace ends with the deadline, so that a verdict given in time is heard in time."""
    await with_policy(service, deadline_fallback=Fallback.APPROVE)
    due = clock.now + timedelta(seconds=4)
    await an_unknown(service, respond_by=due.isoformat())
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.FRAUD)
    clock.passes(seconds=4)
    assert await desk.verdicts.settle_deadlines() == 0
    assert await desk.verdicts.settle_due() == 1
    assert await rows(engine, OUTCOMES) == [("fraud", "verdict")]


@pytest.mark.parametrize("note", [None, "", "  "])
def test_another_reason_says_which(note: str | None) -> None:
    with pytest.raises(NoteMissing):
        VerdictInput(judgement=Judgement.FRAUD, reason=VerdictReason.OTHER, note=note)
    assert VerdictInput(judgement=Judgement.FRAUD, reason=VerdictReason.OTHER, note="why").note == "why"


async def test_a_correction_counts_instead_and_both_stay_on_record(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    """What the client was told it was told: the outcome stays."""
    file = await given(service, desk, analyst, Judgement.LEGIT)
    clock.passes(seconds=10)
    await desk.verdicts.settle_due()
    senior = await service.person(Role.SENIOR)
    for judgement in (GroundTruth.FRAUD, GroundTruth.LEGIT, GroundTruth.FRAUD):
        await desk.verdicts.correct(senior, file.case.id, judgement, reason="The holder called.")
    assert await rows(engine, STANDING) == [("fraud", senior.id)]
    assert await value(engine, "SELECT count(*) FROM verdicts") == 4
    assert await rows(engine, OUTCOMES) == [("legit", "verdict")]


async def test_a_correction_needs_a_reason_a_verdict_and_a_senior(
    service: Service, desk: Desk, analyst: Account
) -> None:
    file = await given(service, desk, analyst, Judgement.LEGIT)
    senior = await service.person(Role.SENIOR)
    with pytest.raises(NoteMissing):
        await desk.verdicts.correct(senior, file.case.id, GroundTruth.FRAUD, reason=" ")
    with pytest.raises(CaseNotYours):
        await desk.verdicts.correct(analyst, file.case.id, GroundTruth.FRAUD, reason="I think so.")
    with pytest.raises(NothingToUndo):
        await desk.verdicts.correct(senior, file.case.id, GroundTruth.FRAUD, reason="Too early.")


BREAK_ONE = """
CREATE FUNCTION break_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'this one cannot be settled' USING ERRCODE = '{code}'; END $$
"""


@pytest.mark.parametrize("code", ["22003", "23514", "P0001"])
async def test_one_case_that_cannot_be_settled_does_not_stop_the_others(
    service: Service,
    clock: Clock,
    analyst: Account,
    engine: AsyncEngine,
    caplog: pytest.LogCaptureFixture,
    code: str,
) -> None:
    desk = a_desk(service, clock, undo_seconds=3600)
    files = [await given(service, desk, analyst, Judgement.LEGIT) for _ in range(6)]
    broken = files[2].case
    await run(engine, BREAK_ONE.format(code=code))
    await run(
        engine,
        "CREATE TRIGGER break_one BEFORE INSERT ON later_outcomes FOR EACH ROW"
        f" WHEN (NEW.transaction_id = {broken.transaction_key}) EXECUTE FUNCTION break_one()",
    )
    clock.passes(hours=2)
    assert await desk.verdicts.settle_due() == 5
    assert await desk.verdicts.settle_due() == 0, "it rests, and does not stand before those that come"
    assert await rows(engine, "SELECT id FROM cases WHERE state = 'given'") == [(broken.id,)]
    assert len([each for each in caplog.records if "rests and is tried again" in each.message]) == 1
    await run(engine, "DROP TRIGGER break_one ON later_outcomes")
    settled_later = replace(desk.verdicts, unsettled=SetAside(done="settled"))
    assert await settled_later.settle_due() == 1
