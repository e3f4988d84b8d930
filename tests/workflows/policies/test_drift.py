"""What changed, from stored payments: each is read once, whoever looks and however often."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import Model
from app.database.policies import drift
from app.database.policies.drift import HeldDrift
from app.database.server.session import connect, transaction
from app.triage.drift.changes import ChangeKind
from app.triage.drift.stability import Band
from app.workflows.policies.drift.entering import SLICE
from app.workflows.policies.drift.report import DriftReport
from app.workflows.policies.drift.watch import MARGIN, DriftWatch
from app.workflows.policies.guarantee import EnteringRule
from tests.builders import Clock, rows, run, until
from tests.conftest import a_service
from tests.service import Service
from tests.workflows.policies.stored_drift import Stretch, stored
from tests.workflows.policies.stored_frauds import StoredFrauds
from tests.workflows.policies.test_guarantee import began_at

AGE = timedelta(days=45)
RULE = EnteringRule(age=AGE, stated={"chargeback": 1.0})


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    """A service that lets payments enter by the same rule as the watches here, on its own clock."""
    async with a_service(database_url, guarantee_sources={"chargeback": 1.0}) as service:
        yield service


def a_watch(service: Service, engine: AsyncEngine, now: datetime, rule: EnteringRule = RULE) -> DriftWatch:
    return DriftWatch(engine, service.services.models.serving, rule=rule, clock=Clock(now))


def model_of(service: Service) -> Model:
    return service.services.models.serving.pair.model


async def looked(watch: DriftWatch) -> DriftReport:
    """Let all enter, also what the service itself holds just now."""

    async def has_entered() -> bool:
        await watch.look()
        report = await watch.report()
        return report is not None and report.through + SLICE + MARGIN > watch._clock()

    await until(has_entered)
    report = await watch.report()
    assert report is not None
    return report


async def kept(engine: AsyncEngine, version: str) -> HeldDrift:
    async with transaction(engine) as connection:
        held = await drift.read(connection, version)
    assert held is not None
    return held


async def everything(engine: AsyncEngine) -> list[object]:
    """All that is kept but the events."""
    tables = ("drift_runs", "drift_days", "drift_matured", "drift_delays")
    return [
        [tuple(each) for each in await rows(engine, f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in tables
    ]


async def forget(engine: AsyncEngine) -> None:
    for table in ("drift_days", "drift_matured", "drift_delays", "drift_runs"):
        await run(engine, f"DELETE FROM {table}")


async def test_payments_like_those_learned_from_change_nothing(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    ends = await stored(engine, model_of(service), began, Stretch(days=4, an_hour=20))
    watch = a_watch(service, engine, ends + 2 * MARGIN)
    report = await looked(watch)
    assert report.payments == report.sampled == 4 * 24 * 20
    named = {each.name: each for each in report.quantities}
    assert {each.short.band for each in named.values()} == {Band.STABLE}
    assert named.keys() >= {"V14", "amount", "score", "novelty"}
    assert watch.notices() == ()
    assert report.events == []
    assert ChangeKind.CALIBRATION not in {each.kind for each in report.changes}


async def test_a_moved_feature_is_named_with_its_moment(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    moved = Stretch(days=4, an_hour=20, moved={"V14": 1.5}, declined=0.2)
    ends = await stored(engine, model_of(service), began, Stretch(days=5, an_hour=20), moved)
    watch = a_watch(service, engine, ends + 2 * MARGIN)
    report = await looked(watch)
    first = report.quantities[0]
    assert first.name == "V14"
    assert first.short.band is Band.LARGE
    changed = began + timedelta(days=5)
    assert first.changed_at is not None
    # A first weekend has nothing before it to be compared with.
    assert timedelta(hours=-12) < first.changed_at - changed < timedelta(days=2.5)
    assert first.apart_since is not None
    assert timedelta(0) <= first.apart_since - changed.date() <= timedelta(days=1)
    assert [event.subject for event in report.events] == ["V14"]
    assert "V14" in watch.notices()[0]
    change = next(each for each in report.changes if each.subject == "V14")
    assert change.since == first.changed_at
    assert change.cost is not None
    # Declines are no reviews: there are more of them, and nobody looks at one more.
    assert change.cost.hours_a_day == pytest.approx(0.0)
    alerts = report.alerts
    assert alerts is not None
    assert alerts.declined > 4 * 24 * 20 * 0.15


async def test_looking_every_few_hours_is_looking_once(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    ends = await stored(
        *(engine, model_of(service), began),
        *(Stretch(days=1.2), Stretch(days=1, moved={"V3": 2.0})),
    )
    clock = Clock(began)
    watch = DriftWatch(engine, service.services.models.serving, rule=RULE, clock=clock)
    while clock.now < ends + 2 * MARGIN:
        await looked(watch)
        clock.passes(hours=7.3)
    await looked(watch)
    daily = await everything(engine)
    await looked(watch)
    assert await everything(engine) == daily
    await forget(engine)
    await looked(a_watch(service, engine, clock.now))
    assert await everything(engine) == daily


async def test_of_several_replicas_each_payment_enters_once(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    began = await began_at(engine)
    moved = Stretch(days=1, moved={"V3": 3.0})
    ends = await stored(engine, model_of(service), began, Stretch(days=1), moved)
    now, other = ends + 2 * MARGIN, connect(database_url)
    try:
        watches = [a_watch(service, each, now) for each in (engine, other, engine, other)]
        await asyncio.gather(*(watch.look() for watch in watches))
        report = await looked(watches[0])
    finally:
        await other.dispose()
    raced = await everything(engine)
    assert report.payments == 2 * 24 * 12
    assert sorted(event.subject for event in report.events) == ["V3"]
    await forget(engine)
    await looked(a_watch(service, engine, now))
    assert await everything(engine) == raced


async def test_of_many_payments_a_sample_is_read_the_same_everywhere(
    service: Service, engine: AsyncEngine
) -> None:
    began = await began_at(engine)
    ends = await stored(engine, model_of(service), began, Stretch(days=0.25, an_hour=150))
    report = await looked(a_watch(service, engine, ends + 2 * MARGIN))
    assert report.payments == 900
    assert report.sampled <= 60 * 7
    assert report.sampled >= 60 * 5


async def test_another_rule_counts_anew(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    ends = await stored(engine, model_of(service), began, Stretch(days=0.5))
    now = ends + 2 * MARGIN
    first = await looked(a_watch(service, engine, now))
    other = a_watch(service, engine, now, EnteringRule(age=AGE / 2))
    assert await other.report() is None
    assert (await looked(other)).payments == first.payments


async def test_truths_of_one_age_say_how_probabilities_stand(service: Service, engine: AsyncEngine) -> None:
    """Three times the frauds that were predicted, each charged back after ten days."""
    began = await began_at(engine)
    ends = await stored(engine, model_of(service), began, Stretch(days=4, an_hour=20, probability=0.01))
    async with transaction(engine) as connection:
        frauds = StoredFrauds(connection=connection, began=began)
        chosen = await rows(engine, "SELECT id, received_at FROM payments WHERE label = 'legit' ORDER BY id")
        for row in chosen[:58]:
            await frauds.reported(row.id, row.received_at + timedelta(days=10))
    early = await looked(a_watch(service, engine, ends + timedelta(days=20)))
    assert early.calibration_gap == "nothing_old_enough"
    report = await looked(a_watch(service, engine, ends + AGE + 2 * MARGIN))
    whole = report.calibration[-1]
    assert (whole.payments, whole.frauds) == (4 * 24 * 20, 58)
    assert whole.predicted == pytest.approx(19.2)
    assert whole.is_off
    assert ChangeKind.CALIBRATION in {each.kind for each in report.changes}
    (delay,) = report.delays
    assert delay.source == "chargeback"
    assert delay.now.truths + delay.before.truths == 58
    assert delay.now.median is not None
    assert delay.now.median / timedelta(days=10) == pytest.approx(1.0, abs=0.2)


async def test_without_a_payment_nothing_is_said(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    report = await looked(a_watch(service, engine, began + 2 * MARGIN))
    assert (report.payments, report.changes, report.alerts) == (0, (), None)
    held = await kept(engine, model_of(service).version)
    assert held.bets.payments == 0
    assert np.isnan(held.bets.alarmed_at).all()
