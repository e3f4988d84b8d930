"""No truth is missed by who follows them, whatever its date, its id, and however long its commit takes."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import Judgement
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH
from app.workflows.cases.judgements import VerdictInput
from app.workflows.policies.lab.score_memory import ScoreMemory
from tests.builders import ALL_UNKNOWN, driver, run, value, with_policy
from tests.conftest import a_service
from tests.service import Service
from tests.workflows.policies.lab.test_score_memory import assert_equal, everything, post, report

REPORT = """
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)
SELECT id, $2, $3, '2026-05-01', '2026-05-02', '2026-05-02', 1 FROM transactions WHERE transaction_id = $1
"""


async def test_a_report_that_commits_late_is_learned(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    """Dated half a year before others that were read meanwhile, written before them, committed after."""
    names = await post(service, 4)
    memory = ScoreMemory(engine, clock=service.services.clock)
    late = await driver(database_url)
    try:
        held_open = late.transaction()
        await held_open.start()
        await late.execute(REPORT, names[0], "fraud", "audit")
        for name in names[1:3]:
            await report(engine, name, "legit", propensity=1.0)
            assert FRAUD_TRUTH not in (await everything(memory, service)).window.truths
        await held_open.commit()
    finally:
        await late.close()
    held = await everything(memory, service)
    assert sorted(held.window.truths.tolist()) == [NO_TRUTH, LEGIT_TRUTH, LEGIT_TRUTH, FRAUD_TRUTH]
    assert_equal(held, await everything(ScoreMemory(engine, clock=service.services.clock), service))


async def test_a_verdict_is_learned_however_long_it_could_be_undone(database_url: str) -> None:
    """It is dated when it was given, and written when its grace ends: ten minutes later."""
    async with a_service(database_url, undo_seconds=600) as service:
        engine = service.services.cases.claims.engine
        await with_policy(service, **ALL_UNKNOWN)
        await post(service, 1)
        analyst = await service.person(Role.ANALYST)
        file = await service.services.cases.claims.current_or_next(analyst)
        assert file is not None
        assert file.case.lease is not None
        await service.services.cases.verdicts.judge(
            analyst, file.case.id, file.case.lease.token, VerdictInput(judgement=Judgement.FRAUD)
        )
        memory = ScoreMemory(engine, clock=service.services.clock)
        assert (await everything(memory, service)).window.truths.tolist() == [NO_TRUTH]
        await run(
            engine,
            "UPDATE pending_verdicts SET judged_at = now() - interval '610 seconds',"
            " settles_at = now() - interval '10 seconds'",
        )
        await service.services.cases.verdicts.settle_due()
        assert await value(engine, "SELECT now() - judged_at > '10 minutes' FROM verdicts")
        held = await everything(memory, service)
        assert held.window.truths.tolist() == [FRAUD_TRUTH]


async def test_a_report_that_is_withdrawn_is_unlearned(service: Service, engine: AsyncEngine) -> None:
    """What another source says stands, and what is said anew later counts."""
    (name,) = await post(service, 1)
    memory = ScoreMemory(engine, clock=service.services.clock)
    later = [service.services.clock() + timedelta(days=day) for day in range(4)]

    async def truth() -> int:
        held = await everything(memory, service)
        assert_equal(held, await everything(ScoreMemory(engine, clock=service.services.clock), service))
        return int(held.window.truths[0])

    await report(engine, name, "fraud", propensity=0.001)
    assert await truth() == FRAUD_TRUTH
    await report(engine, name, "withdrawn", at=later[1])
    assert await truth() == NO_TRUTH
    await report(engine, name, "legit", source="chargeback", propensity=1.0)
    assert await truth() == LEGIT_TRUTH
    await report(engine, name, "fraud", at=later[2], propensity=0.5)
    assert await truth() == FRAUD_TRUTH
    await report(engine, name, "withdrawn", at=later[3])
    assert await truth() == LEGIT_TRUTH
