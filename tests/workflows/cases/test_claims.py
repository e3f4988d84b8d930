"""The desk: who gets which case, for how long, and what a judgement does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import CaseAlreadyJudged, CaseNotFound, CaseNotYours, Judgement, LeaseLost
from app.workflows.cases.judgements import VerdictInput
from tests.builders import (
    ALL_LEGIT,
    Clock,
    Desk,
    a_desk,
    an_unknown,
    rows,
    value,
    with_policy,
)
from tests.service import Service

OUTCOMES = "SELECT outcome, source FROM outcomes"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
def desk(service: Service, clock: Clock) -> Desk:
    return a_desk(service, clock)


@pytest.fixture
async def analyst(service: Service) -> Account:
    return await service.person(Role.ANALYST)


async def test_the_greatest_expected_loss_comes_first(service: Service, desk: Desk, analyst: Account) -> None:
    for amount in ("20.00", "900.00", "100.00"):
        await an_unknown(service, amount=amount)
    served = []
    while (file := await desk.claims.current_or_next(analyst)) is not None:
        served.append(float(file.amount))
        await desk.judged(analyst, file, Judgement.LEGIT)
    assert served == [900, 100, 20]


async def test_nothing_starves(service: Service, engine: AsyncEngine, clock: Clock) -> None:
    """When it has waited long enough the smallest old case precedes the greatest new one."""
    old, new = await an_unknown(service, amount="1.00"), await an_unknown(service, amount="9999.00")
    tau_minutes = service.services.models.serving.pair.policy.urgency_tau_minutes
    keys = {
        row.transaction_id: row.priority_key
        for row in await rows(
            engine,
            "SELECT t.transaction_id, c.priority_key"
            " FROM cases c JOIN transactions t ON t.id = c.transaction_id",
        )
    }
    assert keys[old] < keys[new]
    later_by_hours = 8
    assert keys[old] > keys[new] - later_by_hours * 60 / tau_minutes
    assert clock.now.tzinfo is not None


async def test_a_claim_is_kept_across_pages_of_the_same_person(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    await an_unknown(service)
    first, second = await desk.claimed(analyst), await desk.claimed(analyst)
    assert first == second
    assert await value(engine, "SELECT count(*) FROM claims") == 1


async def test_colleagues_get_different_cases(service: Service, desk: Desk) -> None:
    names = {await an_unknown(service), await an_unknown(service)}
    one = await desk.claimed(await service.person(Role.ANALYST))
    other = await desk.claimed(await service.person(Role.ANALYST))
    assert {one.transaction_id, other.transaction_id} == names
    assert await desk.claims.current_or_next(await service.person(Role.ANALYST)) is None


async def test_a_silent_lease_returns_the_case_to_the_queue(
    service: Service, desk: Desk, clock: Clock, analyst: Account
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    colleague = await service.person(Role.ANALYST)
    clock.passes(seconds=179)
    assert await desk.claims.current_or_next(colleague) is None
    clock.passes(seconds=1)
    theirs = await desk.claimed(colleague)
    assert theirs.case.id == mine.case.id
    with pytest.raises(LeaseLost):
        await desk.judged(analyst, mine, Judgement.FRAUD)
    await desk.judged(colleague, theirs, Judgement.LEGIT)


async def test_a_late_verdict_is_taken_while_nobody_else_came(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    """As if the case had been claimed again: both holds are on record."""
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    clock.passes(hours=3)
    await desk.judged(analyst, mine, Judgement.FRAUD)
    assert await rows(engine, OUTCOMES) == [("fraud", "verdict")]
    ends = await rows(
        engine,
        "SELECT how FROM claims JOIN claim_ends USING (token) ORDER BY claimed_at",
    )
    assert [end.how for end in ends] == ["expired", "judged"]


async def test_a_late_verdict_is_refused_where_the_case_was_given_up(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    assert mine.case.lease is not None
    await desk.claims.release(analyst, mine.case.id, mine.case.lease.token)
    with pytest.raises(LeaseLost):
        await desk.judged(analyst, mine, Judgement.FRAUD)
    assert await value(engine, "SELECT count(*) FROM verdicts") == 0


async def test_a_heartbeat_runs_the_lease_anew(
    service: Service, desk: Desk, clock: Clock, analyst: Account
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    assert mine.case.lease is not None
    for _ in range(3):
        clock.passes(seconds=120)
        lease = await desk.claims.heartbeat(analyst, mine.case.id, mine.case.lease.token)
        assert lease.expires_at == clock.now + timedelta(seconds=180)
    await desk.judged(analyst, mine, Judgement.FRAUD)
    with pytest.raises(CaseAlreadyJudged):
        await desk.claims.heartbeat(analyst, mine.case.id, mine.case.lease.token)


async def test_a_released_case_is_free_at_once(service: Service, desk: Desk, analyst: Account) -> None:
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    assert mine.case.lease is not None
    await desk.claims.release(analyst, mine.case.id, mine.case.lease.token)
    theirs = await desk.claimed(await service.person(Role.ANALYST))
    assert theirs.case.id == mine.case.id
    with pytest.raises(LeaseLost):
        await desk.claims.release(analyst, mine.case.id, mine.case.lease.token)


async def test_who_gave_a_case_back_gets_it_again_only_after_all_others(
    service: Service, desk: Desk, analyst: Account
) -> None:
    await an_unknown(service, amount="9000.00")
    await an_unknown(service, amount="10.00")
    hard = await desk.claimed(analyst)
    assert hard.case.lease is not None
    await desk.claims.release(analyst, hard.case.id, hard.case.lease.token)
    easy = await desk.claimed(analyst)
    assert easy.case.id != hard.case.id
    await desk.judged(analyst, easy, Judgement.LEGIT)
    assert (await desk.claimed(analyst)).case.id == hard.case.id


async def test_only_the_live_token_of_its_holder_judges(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    mine = await desk.claimed(analyst)
    assert mine.case.lease is not None
    thief = await service.person(Role.MANAGER)
    for account, token in ((analyst, uuid4()), (thief, mine.case.lease.token)):
        with pytest.raises(LeaseLost):
            await desk.verdicts.judge(account, mine.case.id, token, VerdictInput(judgement=Judgement.FRAUD))
    with pytest.raises(CaseNotFound):
        await desk.verdicts.judge(
            analyst, mine.case.id + 1000, mine.case.lease.token, VerdictInput(judgement=Judgement.FRAUD)
        )
    assert await value(engine, "SELECT count(*) FROM verdicts") == 0


@pytest.mark.parametrize("judgement", [Judgement.FRAUD, Judgement.LEGIT])
async def test_a_verdict_settles_the_outcome(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine, judgement: Judgement
) -> None:
    name = await an_unknown(service)
    file = await desk.claimed(analyst)
    await desk.judged(analyst, file, judgement)
    assert await rows(engine, OUTCOMES) == [(judgement.value, "verdict")]
    became = (await service.get(f"/v1/transactions/{name}")).json()
    assert (became["outcome"], became["outcome_source"]) == (judgement.value, "verdict")
    assert became["verdict"]["verdict"] == judgement.value
    with pytest.raises(CaseAlreadyJudged):
        await desk.judged(analyst, file, judgement)


async def test_an_escalated_case_goes_to_seniors_first(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service, amount="9000.00")
    await an_unknown(service, amount="10.00")
    hard = await desk.claimed(analyst)
    await desk.judged(analyst, hard, Judgement.ESCALATE)
    assert await rows(engine, OUTCOMES) == []
    easy = await desk.claimed(analyst)
    assert easy.case.id != hard.case.id
    await desk.judged(analyst, easy, Judgement.LEGIT)
    assert await desk.claims.current_or_next(analyst) is None
    senior = await service.person(Role.SENIOR)
    escalated = await desk.claimed(senior)
    assert escalated.case.id == hard.case.id
    await desk.judged(senior, escalated, Judgement.FRAUD)
    verdicts = await rows(engine, "SELECT case_id, judgement FROM verdicts ORDER BY id")
    assert verdicts == [(hard.case.id, "escalate"), (easy.case.id, "legit"), (hard.case.id, "fraud")]


async def test_an_analyst_cannot_judge_what_was_escalated_while_they_held_it(
    service: Service, desk: Desk, analyst: Account
) -> None:
    await an_unknown(service)
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.ESCALATE)
    senior = await service.person(Role.SENIOR)
    file = await desk.claimed(senior)
    demoted = Account(id=senior.id, name=senior.name, display_name=senior.name, role=Role.ANALYST)
    with pytest.raises(CaseNotYours):
        await desk.judged(demoted, file, Judgement.FRAUD)


async def test_an_audit_verdict_leaves_the_outcome_as_it_is(
    service: Service, desk: Desk, analyst: Account, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    body = service.body()
    assert (await service.post(body)).json()["label"] == "legit"
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.FRAUD)
    assert await rows(engine, OUTCOMES) == [("legit", "machine")]
    became = (await service.get(f"/v1/transactions/{body['transaction_id']}")).json()
    assert (became["outcome"], became["verdict"]["verdict"]) == ("legit", "fraud")


async def test_an_audit_is_told_as_one_only_to_its_judge_and_only_afterwards(
    service: Service, desk: Desk, analyst: Account
) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    await service.post(service.body())
    file = await desk.claimed(analyst)
    assert not await desk.verdicts.was_audit(analyst, file.case.id)
    await desk.judged(analyst, file, Judgement.ESCALATE)
    assert not await desk.verdicts.was_audit(analyst, file.case.id)
    senior = await service.person(Role.SENIOR)
    await desk.judged(senior, await desk.claimed(senior), Judgement.LEGIT)
    assert await desk.verdicts.was_audit(senior, file.case.id)
    assert not await desk.verdicts.was_audit(analyst, file.case.id)


async def test_an_unknown_was_no_audit(service: Service, desk: Desk, analyst: Account) -> None:
    await an_unknown(service)
    file = await desk.claimed(analyst)
    await desk.judged(analyst, file, Judgement.LEGIT)
    assert not await desk.verdicts.was_audit(analyst, file.case.id)


async def test_a_verdict_keeps_what_its_author_saw_and_how_long_it_took(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    file = await desk.claimed(analyst)
    clock.passes(seconds=12.5)
    await desk.judged(analyst, file, Judgement.FRAUD, note="The card was stolen.", hidden_milliseconds=500)
    (verdict,) = await rows(engine, "SELECT * FROM verdicts")
    assert (verdict.milliseconds_to_decide, verdict.hidden_milliseconds) == (12_500, 500)
    assert (verdict.note, verdict.account_id, verdict.decision_id) == (
        "The card was stolen.",
        analyst.id,
        file.decision_id,
    )
    assert await desk.verdicts.judged_today(analyst) == 1
