"""At its deadline an unknown becomes what the policy says, and that is no verdict."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import Judgement
from app.triage.policies.choices import Fallback
from tests.builders import (
    DECLINE_AT_DEADLINE,
    Clock,
    Desk,
    a_desk,
    an_unknown,
    rows,
    run,
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


@pytest.mark.parametrize(
    ("fallback", "settled"),
    [("wait", []), ("approve", [("legit", "deadline")]), ("decline", [("fraud", "deadline")])],
)
async def test_at_the_deadline_the_fallback_settles_and_is_no_verdict(
    service: Service,
    desk: Desk,
    clock: Clock,
    engine: AsyncEngine,
    fallback: str,
    settled: list[tuple[str, str]],
) -> None:
    await with_policy(service, deadline_fallback=Fallback(fallback))
    due = clock.now + timedelta(hours=1)
    name = await an_unknown(service, respond_by=due.isoformat())
    assert await desk.verdicts.settle_deadlines() == 0
    clock.passes(hours=1)
    assert await desk.verdicts.settle_deadlines() == len(settled)
    assert await desk.verdicts.settle_deadlines() == 0
    assert await rows(engine, OUTCOMES) == settled
    assert await value(engine, "SELECT count(*) FROM verdicts") == 0
    assert await value(engine, "SELECT count(*) FROM labels") == 0
    assert await rows(engine, "SELECT state FROM cases") == [("open",)]
    assert (await service.get(f"/v1/transactions/{name}")).json()["verdict"] is None


async def test_a_verdict_after_the_deadline_is_kept_but_comes_too_late(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    """Whether or not the pulse has settled the deadline before the verdict."""
    await with_policy(service, **DECLINE_AT_DEADLINE)
    due = clock.now + timedelta(minutes=1)
    names = [await an_unknown(service, respond_by=due.isoformat()) for _ in range(2)]
    for _ in names:
        file = await desk.claimed(analyst)
        clock.passes(minutes=1)
        await desk.judged(analyst, file, Judgement.LEGIT)
        await desk.verdicts.settle_deadlines()
    assert await rows(engine, OUTCOMES) == [("fraud", "deadline")] * 2
    for name in names:
        became = (await service.get(f"/v1/transactions/{name}")).json()
        assert (became["outcome"], became["verdict"]["verdict"]) == ("fraud", "legit")


async def test_where_the_fallback_is_to_wait_a_late_verdict_settles(
    service: Service, desk: Desk, clock: Clock, analyst: Account, engine: AsyncEngine
) -> None:
    due = clock.now + timedelta(minutes=1)
    await an_unknown(service, respond_by=due.isoformat())
    clock.passes(minutes=2)
    await desk.verdicts.settle_deadlines()
    await desk.judged(analyst, await desk.claimed(analyst), Judgement.LEGIT)
    assert await rows(engine, OUTCOMES) == [("legit", "verdict")]


async def test_one_deadline_that_cannot_be_kept_does_not_stop_the_others(
    service: Service, desk: Desk, clock: Clock, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await with_policy(service, **DECLINE_AT_DEADLINE)
    due = clock.now + timedelta(hours=1)
    for _ in range(5):
        await an_unknown(service, respond_by=due.isoformat())
    keys = await value(engine, "SELECT array_agg(id ORDER BY id) FROM payments")
    await run(
        engine,
        "CREATE FUNCTION break_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'not this one' USING ERRCODE = '22003'; END $$",
    )
    await run(
        engine,
        "CREATE TRIGGER break_one BEFORE INSERT ON later_outcomes FOR EACH ROW"
        f" WHEN (NEW.transaction_id = {keys[2]}) EXECUTE FUNCTION break_one()",
    )
    clock.passes(hours=1)
    assert await desk.verdicts.settle_deadlines() == 4
    assert await desk.verdicts.settle_deadlines() == 0
    settled = await value(engine, "SELECT array_agg(transaction_id ORDER BY 1) FROM outcomes")
    assert settled == keys[:2] + keys[3:]
    assert len([record for record in caplog.records if "rests and is tried again" in record.message]) == 1
