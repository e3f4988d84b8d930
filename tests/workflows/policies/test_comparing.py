"""Champion and challenger on stored payments of one age: the pure comparison of the same rows, once each."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import comparisons
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from app.triage.betting.paired import Comparison
from app.workflows.policies.comparing import ComparisonReport, ShadowComparisons, WhyNotCompared
from app.workflows.policies.guarantee import MARGIN, SLICE, EnteringRule
from tests.builders import Clock, in_shadow, rows, run, until, value, with_policy
from tests.conftest import a_service
from tests.models import shipped_under
from tests.service import Service
from tests.web.api.policies.policy_calls import a_caller, told
from tests.workflows.policies.stored_frauds import StoredFrauds
from tests.workflows.policies.stored_pairs import AGE, DAYS, LEAST, RULE, World, filled
from tests.workflows.watched import NEWER, OLDER


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    models = shipped_under(tmp_path, OLDER, NEWER)
    async with a_service(database_url, models_dir=models, guarantee_sources={"chargeback": 1.0}) as service:
        yield service


@pytest.fixture
async def world(service: Service, engine: AsyncEngine) -> World:
    await with_policy(service, audit_share_declined=LEAST)
    challenger = await in_shadow(service, model_version=OLDER)
    began: datetime = await value(engine, "SELECT max(happened_at) FROM policy_events WHERE state = 'shadow'")
    return World(engine=engine, challenger=challenger, began=began)


async def looked(watch: ShadowComparisons, policy_id: int) -> ComparisonReport:
    """Let all enter, also what the service itself holds just now."""

    async def has_entered() -> bool:
        await watch.look()
        report = await watch.report(policy_id)
        through = report.through if report is not None else None
        return through is not None and through + SLICE + MARGIN > watch._clock() - AGE

    await until(has_entered)
    report = await watch.report(policy_id)
    assert report is not None
    return report


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [(0.45, Comparison.BETTER), (-0.4, Comparison.WORSE), (0.0, Comparison.NO_DIFFERENCE_YET)],
)
async def test_the_verdict_is_that_of_the_pure_comparison_on_the_same_rows(
    world: World, gains: float, verdict: Comparison
) -> None:
    made_up = await filled(world, gains=gains)
    report = await looked(world.watch(), world.challenger)
    expected = made_up.result()
    assert (report.verdict, report.why_not) == (verdict, None)
    assert (report.payments, report.frauds) == (400, expected.truths)
    assert (report.champion, report.challenger) == (NEWER, OLDER)
    assert report.saved is not None
    assert report.saved.low == pytest.approx(expected.saved.low, abs=1e-9)
    assert report.saved.high == pytest.approx(expected.saved.high, abs=1e-9)
    assert report.saved.mean == pytest.approx(expected.saved.mean, abs=1e-9)
    assert expected.verdict is verdict


async def test_nothing_younger_than_the_age_enters(world: World) -> None:
    made_up = await filled(world, gains=0.45)
    report = await looked(world.watch(days=DAYS / 2), world.challenger)
    assert 0 < report.payments <= 200
    assert report.frauds == np.isfinite(made_up.chances[: report.payments]).sum()


async def test_before_any_is_old_enough_nothing_is_said(world: World) -> None:
    await filled(world, gains=0.45, payments=20)
    watch = world.watch(days=-1)
    await watch.look()
    report = await watch.report(world.challenger)
    assert report is not None
    assert (report.verdict, report.why_not) == (Comparison.NO_DIFFERENCE_YET, WhyNotCompared.NONE_OLD_ENOUGH)
    assert report.saved is None


async def test_looking_every_day_and_twice_is_looking_once(world: World) -> None:
    await filled(world, gains=0.2)
    clock = Clock(world.began + AGE)
    watch = ShadowComparisons(world.engine, rule=RULE, clock=clock)
    for _ in range(DAYS + 2):
        await watch.look()
        clock.passes(hours=23)
    daily = await looked(watch, world.challenger)
    assert await looked(watch, world.challenger) == daily
    slices = await _slices(world.engine)
    await run(world.engine, "DELETE FROM shadow_comparison_slices")
    await run(world.engine, "DELETE FROM shadow_comparisons")
    assert await looked(watch, world.challenger) == daily
    assert await _slices(world.engine) == slices


async def test_replicas_that_look_at_once_let_each_payment_enter_once(
    world: World, database_url: str
) -> None:
    made_up = await filled(world, gains=0.45)
    other = connect(database_url)
    try:
        watches = [world.watch(), ShadowComparisons(other, rule=RULE, clock=world.watch()._clock)] * 2
        await asyncio.gather(*(each.look() for each in watches))
        report = await looked(watches[0], world.challenger)
    finally:
        await other.dispose()
    assert (report.payments, report.frauds) == (400, made_up.result().truths)
    async with transaction(world.engine) as connection:
        assert (await comparisons.entered(connection, world.challenger)).size == 400


async def test_under_another_champion_or_other_chances_all_is_counted_anew(
    service: Service, world: World
) -> None:
    await filled(world, gains=0.45)
    before = await looked(world.watch(), world.challenger)
    unstated = await looked(world.watch(rule=EnteringRule(age=AGE)), world.challenger)
    # Chargebacks state nothing now: frauds that were approved are not seen any more.
    assert unstated.frauds < before.frauds
    await with_policy(service, audit_share_declined=LEAST, approve_at_most=-5.0)
    same = await looked(world.watch(), world.challenger)
    assert (same.payments, same.frauds) == (before.payments, before.frauds)
    await with_policy(service, audit_share_declined=0.25)
    others = await looked(world.watch(), world.challenger)
    # None of those payments was decided by a policy that audits so.
    assert (others.payments, others.why_not) == (0, WhyNotCompared.NONE_OLD_ENOUGH)


async def test_without_audits_of_declines_nothing_is_said(service: Service, world: World) -> None:
    await with_policy(service, audit_share_declined=0.0)
    await world.watch().look()
    report = await world.watch().report(world.challenger)
    assert report is not None
    assert report.why_not is WhyNotCompared.DECLINES_NOT_AUDITED
    assert (report.payments, report.saved) == (0, None)


async def test_a_shadow_of_the_model_that_decides_is_not_compared(service: Service, world: World) -> None:
    same = await in_shadow(service, approve_at_most=-3.0)
    await world.watch().look()
    report = await world.watch().report(same)
    assert report is not None
    assert report.why_not is WhyNotCompared.SAME_MODEL


async def test_draws_without_an_answer_keep_the_verdict_back(world: World) -> None:
    await filled(world, gains=0.45)
    async with transaction(world.engine) as connection:
        stored = StoredFrauds(connection=connection, began=world.began)
        left = [(await stored.paid("unknown", world.began), world.began) for _ in range(30)]
        await stored.judged("unknown", left, judgement=None)
    report = await looked(world.watch(), world.challenger)
    assert (report.unanswered, report.why_not) == (30, WhyNotCompared.ANSWERS_MISSING)
    assert report.verdict is Comparison.NO_DIFFERENCE_YET


async def test_page_and_api_tell_the_verdict_and_a_shadow_that_has_ended_keeps_it(
    service: Service, world: World
) -> None:
    await filled(world, gains=0.45)
    report = await looked(world.watch(), world.challenger)
    assert report.saved is not None
    auditor = await a_caller(service, Role.AUDITOR)
    heard = told(await auditor.get(f"/{world.challenger}/shadow"))["comparison"]
    assert (heard["verdict"], heard["why_not"], heard["frauds"]) == ("better", None, report.frauds)
    assert (heard["saved_low"], heard["saved_high"]) == (report.saved.low, report.saved.high)
    async with await service.browser(auditor.account) as browser:
        page = (await browser.get(f"/thresholds/versions/{world.challenger}")).text
    assert f"Challenger {OLDER} beside champion {NEWER}." in page
    assert ">better</span>" in page
    manager = await a_caller(service, Role.MANAGER)
    active = service.services.models.serving.pair.policy_id
    told(await manager.post(f"/{world.challenger}/end-shadow", {"from": active}))
    after = told(await auditor.get(f"/{world.challenger}/shadow"))["comparison"]
    assert after == heard


async def test_a_version_that_never_was_in_shadow_has_no_comparison(service: Service, world: World) -> None:
    assert await world.watch().report(await with_policy(service, audit_share_declined=LEAST)) is None


async def _slices(engine: AsyncEngine) -> list[tuple[datetime, bytes]]:
    found = await rows(engine, "SELECT since, saved FROM shadow_comparison_slices ORDER BY since")
    return [(row.since, bytes(row.saved)) for row in found]
