"""Whether a promise stays true, from stored payments of one age: never from what is known first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import guarantees
from app.database.server.session import connect, transaction
from app.triage.guarantee.standing import Standing
from app.workflows.policies.guarantee import (
    MARGIN,
    SLICE,
    EnteringRule,
    GuaranteeReport,
    GuaranteeWatch,
    WhyNotKnown,
)
from tests.builders import Clock, run, until, value, with_policy
from tests.conftest import a_service
from tests.service import Service
from tests.workflows.policies.stored_frauds import StoredFrauds, set_chances, stored_days

AGE = timedelta(days=45)
COPY = """
UPDATE policies SET certificate = (
    SELECT certificate FROM policies WHERE certificate IS NOT NULL ORDER BY id LIMIT 1
)
WHERE id = (SELECT policy_id FROM active_policy)
"""
pytestmark = pytest.mark.usefixtures("service")
CHARGEBACKS = EnteringRule(age=AGE, stated={"chargeback": 1.0})


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    """A service that lets payments enter by the same rule as the watches here, on its own clock."""
    async with a_service(database_url, guarantee_sources={"chargeback": 1.0}) as service:
        yield service


async def began_at(engine: AsyncEngine) -> datetime:
    moment: datetime = await value(
        engine, "SELECT max(happened_at) FROM policy_events WHERE state = 'active'"
    )
    return moment + timedelta(hours=1)


def a_watch(engine: AsyncEngine, now: datetime, rule: EnteringRule = CHARGEBACKS) -> GuaranteeWatch:
    return GuaranteeWatch(engine, rule=rule, clock=Clock(now))


async def looked(watch: GuaranteeWatch) -> GuaranteeReport:
    """Let all enter, also what the service itself holds just now."""

    async def has_entered() -> bool:
        await watch.look()
        seen = watch.seen
        through = seen.through if seen is not None else None
        return through is not None and through + SLICE + MARGIN > watch._clock() - AGE

    await until(has_entered)
    assert watch.seen is not None
    return watch.seen


async def test_a_promise_that_holds_is_certified_again(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 40, a_day=15, miss_rate=0.03)
    watch = a_watch(engine, began + AGE + timedelta(days=41))
    report = await looked(watch)
    assert report.promised.miss_rate == pytest.approx(0.15)
    assert (report.standing, report.why_not_known, report.is_answered) == (Standing.CERTIFIED, None, True)
    assert report.verdict is not None
    assert report.verdict.frauds <= report.frauds
    assert report.evidence_kept >= 0
    assert [(each.standing, each.policy_id) for each in report.events] == [
        (Standing.CERTIFIED, report.policy_id)
    ]
    assert watch.notices() == ()


async def test_a_promise_that_does_not_is_broken_and_everybody_is_told(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 30, a_day=15, miss_rate=0.7)
    watch = a_watch(engine, began + AGE + timedelta(days=31))
    report = await looked(watch)
    assert report.standing is Standing.BROKEN
    assert report.missed > report.frauds / 2
    assert [each.standing for each in report.events] == [Standing.BROKEN]
    assert "is broken" in watch.notices()[0]


async def test_what_lists_decided_is_left_out_and_told_beside_it(engine: AsyncEngine) -> None:
    """The same payments, some of them decided by a list: neither its misses nor its catches count."""
    began = await began_at(engine)
    await stored_days(engine, began, 30, a_day=15, miss_rate=0.7)
    await run(engine, "ALTER TABLE payments DISABLE TRIGGER USER")
    for label, reason, listed in (("legit", "allowed", "allow"), ("fraud", "blocked", "block")):
        await run(
            engine,
            "UPDATE payments SET reason = :reason, listed = :listed, list_entry_id = 1,"
            " unlisted_reason = 'between_bounds' WHERE label = :label",
            label=label,
            reason=reason,
            listed=listed,
        )
    known = "SELECT count(*) FROM payments p JOIN labels l ON l.transaction_id = p.id AND l.label = 'fraud'"
    allowed_frauds = await value(engine, f"{known} WHERE p.reason = 'allowed'")
    report = await looked(a_watch(engine, began + AGE + timedelta(days=31)))
    assert (report.missed, report.standing is Standing.BROKEN) == (0, False)
    assert report.by_lists.allowed_frauds == allowed_frauds > 0
    declined = await value(engine, "SELECT count(*) FROM payments WHERE label = 'fraud'")
    assert report.by_lists.blocked == declined


async def test_nothing_younger_than_the_age_enters_though_much_is_known(engine: AsyncEngine) -> None:
    """The reviewed frauds of the last weeks are known, those that slipped through are not yet."""
    began = await began_at(engine)
    await stored_days(engine, began, 40, a_day=15, miss_rate=0.5, declined=0.0)
    report = await looked(a_watch(engine, began + timedelta(days=44)))
    assert (report.frauds, report.drawn, report.standing) == (0, 0, Standing.NOT_KNOWN)


async def test_looking_every_day_is_looking_once(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 20, a_day=15, miss_rate=0.1)
    clock = Clock(began + AGE)
    watch = GuaranteeWatch(engine, rule=CHARGEBACKS, clock=clock)
    for _ in range(23):
        await watch.look()
        clock.passes(hours=21.5)
    daily = await looked(watch)
    again = await looked(watch)
    async with transaction(engine) as connection:
        kept = await guarantees.read(connection, daily.policy_id)
    await _forget(engine)
    once = await looked(a_watch(engine, clock.now))
    async with transaction(engine) as connection:
        anew = await guarantees.read(connection, daily.policy_id)
    assert kept is not None
    assert anew is not None
    assert daily.frauds == again.frauds == once.frauds > 50
    assert (kept.through, kept.run.missed, kept.run.drawn) == (anew.through, anew.run.missed, anew.run.drawn)
    assert (kept.run.kept == anew.run.kept).all()
    assert (kept.run.broken == anew.run.broken).all()


async def test_of_several_replicas_one_tells(engine: AsyncEngine, database_url: str) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 12, a_day=30, miss_rate=0.9)
    now, other = began + AGE + timedelta(days=14), connect(database_url)
    try:
        watches = [a_watch(each, now) for each in (engine, other, engine, other)]
        await asyncio.gather(*(watch.look() for watch in watches))
        raced = await looked(watches[0])
    finally:
        await other.dispose()
    assert [each.standing for each in raced.events] == [Standing.BROKEN]
    await _forget(engine)
    alone = await looked(a_watch(engine, now))
    assert (raced.frauds, raced.missed, raced.drawn) == (alone.frauds, alone.missed, alone.drawn)
    assert raced.evidence_broken == alone.evidence_broken


async def test_what_a_source_says_without_a_propensity_does_not_enter(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 10, a_day=15, miss_rate=0.5)
    now = began + AGE + timedelta(days=12)
    report = await looked(a_watch(engine, now, EnteringRule(age=AGE)))
    assert report.missed == 0
    assert report.frauds > 0
    # Stated now: another rule, and all is counted anew.
    assert (await looked(a_watch(engine, now))).missed > 0


async def test_each_truth_is_that_of_its_age(engine: AsyncEngine) -> None:
    """What is learned, corrected or withdrawn later changes nothing; what was before then counts."""
    began = await began_at(engine)
    async with transaction(engine) as connection:
        frauds = StoredFrauds(connection=connection, began=began)
        await frauds.of_days(1, a_day=1, miss_rate=1.0)
        late, withdrawn, revised = [await frauds.paid("legit", began) for _ in range(3)]
        await frauds.reported(late, began + AGE + timedelta(minutes=1))
        await frauds.reported(withdrawn, began + timedelta(days=2))
        await frauds.reported(withdrawn, began + timedelta(days=3), label="withdrawn")
        await frauds.reported(revised, began + timedelta(days=2))
        await frauds.reported(revised, began + AGE + timedelta(days=3), label="withdrawn")
        judged_late, judged = [await frauds.paid("unknown", began) for _ in range(2)]
        await frauds.judged("unknown", [(judged_late, began)], after=AGE + timedelta(minutes=1))
        await frauds.judged("unknown", [(judged, began)], after=AGE - timedelta(minutes=1))
    await set_chances(engine)
    report = await looked(a_watch(engine, began + AGE + timedelta(days=9)))
    assert (report.frauds, report.missed) == (3, 2)
    assert (report.drawn, report.unanswered) == (2, 1)
    assert not report.is_answered


async def test_whatever_has_no_verdict_keeps_the_promise_unknown(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 30, a_day=15, miss_rate=0.7)
    async with transaction(engine) as connection:
        frauds = StoredFrauds(connection=connection, began=began)
        left = [(await frauds.paid("unknown", began), began) for _ in range(30)]
        await frauds.judged("unknown", left, judgement=None)
    report = await looked(a_watch(engine, began + AGE + timedelta(days=31)))
    assert (report.why_not_known, report.unanswered) == (WhyNotKnown.ANSWERS_MISSING, 30)


async def test_without_audits_of_declines_nothing_is_said(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_declined=0.0)
    began = await began_at(engine)
    await _copy_certificate(engine)
    await stored_days(engine, began, 20, a_day=15, miss_rate=0.9)
    report = await looked(a_watch(engine, began + AGE + timedelta(days=21)))
    assert report.frauds > 200
    assert report.why_not_known is WhyNotKnown.DECLINES_NOT_AUDITED


async def test_a_policy_that_promises_nothing_has_no_guarantee(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_declined=0.3)
    watch = a_watch(engine, await began_at(engine) + 2 * AGE)
    await watch.look()
    assert watch.seen is None
    assert watch.notices() == ()


async def test_payments_enter_up_to_a_whole_hour(engine: AsyncEngine) -> None:
    began = await began_at(engine)
    report = await looked(a_watch(engine, began + AGE + timedelta(days=1)))
    assert report.through is not None
    assert began + timedelta(days=1) - MARGIN - timedelta(hours=1) < report.through
    assert report.through <= began + timedelta(days=1) - MARGIN


async def _forget(engine: AsyncEngine) -> None:
    await run(engine, "DELETE FROM guarantee_runs")


async def _copy_certificate(engine: AsyncEngine) -> None:
    """Let the active policy have the certificate of the first."""
    await run(engine, "ALTER TABLE policies DISABLE TRIGGER USER")
    await run(engine, COPY)
    await run(engine, "ALTER TABLE policies ENABLE TRIGGER USER")
