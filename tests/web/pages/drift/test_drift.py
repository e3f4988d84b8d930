"""What changed, since when, what it costs: in words, most costly first, and honest where nothing is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.triage.drift.binned import SCORE
from app.web.pages.drift.view import drift_page
from app.web.pages.drift.wording import NOTHING_CHANGED, NOTHING_COUNTED, sentences
from app.workflows.policies.drift.watch import MARGIN, DriftWatch
from tests.builders import Clock
from tests.conftest import a_service
from tests.service import Service
from tests.web.api.policies.policy_calls import a_caller, told
from tests.web.pages.builders import GRACE, a_frame
from tests.web.pages.drift.drift_builders import a_page, a_quantity, a_quiet_report, a_report, a_stability
from tests.workflows.policies.stored_drift import Stretch, stored
from tests.workflows.policies.test_drift import RULE, looked, model_of
from tests.workflows.policies.test_guarantee import began_at


def test_each_change_is_a_sentence_with_its_moment_and_its_cost() -> None:
    moved, alerts, calibration, score, delay = sentences(a_report())
    assert moved.startswith("V14 changed since 3 Jun 2026: its stability index is 0.50, large.")
    assert "€\u202f323.00 a day more (5.4 analyst hours a day)" in moved
    assert "323 a day in the last days, 215 by the policy's simulation" in alerts
    assert "130 frauds were found (100 to 170) where 60 were predicted" in calibration
    assert "not known" in calibration
    assert score.startswith("The score changed: its stability index is 0.14, moderate.")
    assert "What it costs is not known yet." in score
    assert "Truths from chargeback take another time" in delay
    assert "12 days before" in delay or "11 days before" in delay


def test_fewer_reviews_cost_less() -> None:
    (change,) = (each for each in a_report().changes if each.subject == "V14")
    assert change.cost is not None
    cheaper = replace(change, cost=replace(change.cost, money_a_day=-12.0, hours_a_day=-0.2))
    (sentence,) = sentences(a_report(changes=(cheaper,)))
    assert "€\u202f12.00 a day less (0.2 analyst hours a day)" in sentence


def test_nothing_changed_and_nothing_known_are_not_the_same() -> None:
    assert sentences(a_quiet_report()) == (NOTHING_CHANGED,)
    assert sentences(None) == sentences(a_report(payments=0)) == (NOTHING_COUNTED,)
    silent = a_quantity(SCORE, 0.0, short=a_stability(0.0, 0))
    (sentence,) = sentences(a_report(changes=(), quantities=(silent,)))
    assert sentence.startswith("Not known yet")


def test_too_few_payments_show_no_index_and_no_shares() -> None:
    """A handful of payments in bins of the score would tell what a case that is reviewed blind got."""
    page = drift_page(a_frame(GRACE), a_report())
    assert page.panels is not None
    novelty = next(row for row in page.panels.quantities if row.name == "Novelty")
    assert (novelty.band, novelty.short, novelty.shift) == ("too few", "40 payments", "")


def test_estimates_without_labels_are_marked() -> None:
    words = a_page(a_report())
    assert "Estimate without labels, for display only" in words
    assert "61\u202f%" in words


def test_a_gap_of_truths_is_told_instead_of_numbers() -> None:
    words = a_page(a_report(calibration_gap="declines_not_audited"))
    assert "Nobody looks at declines" in words
    assert "Predicted" not in words


async def asked(service: Service, role: Role) -> dict[str, Any]:
    """What the API says to a colleague's program."""
    caller = await a_caller(service, role)
    answer: dict[str, Any] = told(await caller.client.get("/v1/drift", headers=caller._headers))
    return answer


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, guarantee_sources={"chargeback": 1.0}) as service:
        yield service


async def test_what_moved_is_on_the_page_in_the_api_and_in_readyz(
    service: Service, engine: AsyncEngine
) -> None:
    began = await began_at(engine)
    moved = Stretch(days=1.5, an_hour=30, moved={"V14": 3.0}, declined=0.3)
    ends = await stored(engine, model_of(service), began, Stretch(days=1.5, an_hour=30), moved)
    manager = await service.browser(await service.person(Role.MANAGER))
    assert "Not known yet" in (await manager.get("/drift")).text
    clock = Clock(ends + 2 * MARGIN)
    watch = DriftWatch(engine, service.services.models.serving, rule=RULE, clock=clock)
    policies = service.services.policies
    service.app.state.services = replace(service.services, policies=replace(policies, drift=watch))
    await looked(watch)
    page = (await manager.get("/drift")).text
    assert "V14 changed since" in page
    assert "What changed, since when, what it costs" in page
    answer = await asked(service, Role.MANAGER)
    assert answer["quantities"][0]["name"] == "V14"
    assert answer["quantities"][0]["last_7_days"]["band"] == "large"
    assert "V14" in {each["subject"] for each in answer["changes"]}
    assert answer["evidence"] > 1 / answer["risk"]
    assert answer["payments"] == 2 * 36 * 30
    assert answer["calibration_gap"] == "nothing_old_enough"
    assert "Payments changed" in str((await service.client.get("/readyz")).json()["warnings"])
    assert clock.now - began > timedelta(days=3)


async def test_who_may_see_it(service: Service) -> None:
    for role, status in ((Role.ANALYST, 403), (Role.SENIOR, 200), (Role.AUDITOR, 200), (Role.ADMIN, 403)):
        person = await service.browser(await service.person(role))
        assert (await person.get("/drift")).status_code == status
    assert (await asked(service, Role.AUDITOR))["changes"] == []
