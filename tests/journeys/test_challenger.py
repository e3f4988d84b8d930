"""A challenger that knows frauds better: read on its page, promoted by two people, in a real Chromium."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.demo.past.calendar import Step
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.payments import Till
from app.cli.demo.schemas import DemoSchema
from app.cli.demo.stream import Shop
from app.cli.demo.supplies import supply_of
from app.cli.server.place import utc_now
from app.database.policies import lifecycle, policies
from app.database.server.embedded import attach
from app.database.server.session import transaction
from app.main import on_clock
from app.review.access.people import Role
from app.settings import Settings
from app.triage.betting.paired import Comparison
from app.triage.policies.state import PolicyState
from app.web.services import Services
from tests.builders import ALL_LEGIT, rows, run
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.models import shipped_under
from tests.patience import PATIENCE_SECONDS
from tests.workflows.policies.stored_pairs import LEAST, World, filled
from tests.workflows.policies.test_comparing import looked
from tests.workflows.watched import NEWER, OLDER

pytestmark = MARKS

SHADOW = "SELECT policy_id, happened_at FROM policy_events WHERE state = 'shadow'"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shipped_under(tmp_path_factory.mktemp("models"), OLDER, NEWER)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Live]:
    folder = migrated(tmp_path_factory.mktemp("challenged") / "data")
    with attach(folder) as server:
        asyncio.run(days_before(server.url(), models))
    environment = {"TERTIUM_MODELS_DIR": str(models), "TERTIUM_GUARANTEE_SOURCES": "chargeback=1"}
    with live_service(folder, **environment) as live:
        yield live


async def days_before(url: str, models: Path) -> None:
    """Let a version look on from the shadow for two days, so that a simulation can say something of a day."""
    clock = PastClock(utc_now() - timedelta(days=2))
    shop = Shop(supply_of(DemoSchema.CARD, seed=0), seed=0, run_id="before")
    settings = Settings(models_dir=models, scoring_timeout_ms=60_000)
    async with on_clock(settings, url, clock) as services:
        await looks_on(services, clock())
        keys = services.access.api_keys
        client_id = await keys.client_id(await keys.add("shop before", clock(), replace=False))
        till = Till(
            shop=shop, client_id=client_id, payments=services.payments, models=services.models, clock=clock
        )
        for _ in range(5):
            clock.move_to(clock() + timedelta(hours=9))
            await till.take(Step(paid_at=[clock()] * 40, ends_at=clock()))


async def looks_on(services: Services, now: datetime) -> None:
    """Approve everything from now on, audit declines, and let the other model look on: nobody has a case."""
    add = services.access.accounts.add
    author, approver = [
        await add(name=name, display_name=name, role=Role.MANAGER, password=None) for name in ("ann", "ben")
    ]
    pair, engine = services.models.serving.pair, services.cases.claims.engine
    audited = replace(pair.policy, audit_share_declined=LEAST)
    ways = (
        (replace(audited, **ALL_LEGIT), (PolicyState.SIMULATED, PolicyState.APPROVED)),
        (replace(audited, model_version=OLDER), (PolicyState.SIMULATED, PolicyState.SHADOW)),
    )
    for policy, states in ways:
        async with transaction(engine) as connection:
            policy_id = await policies.draft(
                connection,
                policy,
                author_id=author,
                reason="A challenger of other weeks.",
                parent_id=pair.policy_id,
                certificate=None,
                now=now,
            )
            for state in states:
                await lifecycle.move(connection, policy_id, state, account_id=approver, now=now)
            if states[-1] is PolicyState.APPROVED:
                await lifecycle.activate(connection, policy_id, account_id=author, now=now)
    await services.models.serving.refresh()


def a_better_challenger(live: Live) -> int:
    """Let weeks pass in which the version in shadow knows frauds better; return the version."""

    async def passed(engine: AsyncEngine) -> int:
        (shadow,) = await rows(engine, SHADOW)
        world = World(engine=engine, challenger=shadow.policy_id, began=shadow.happened_at)
        await filled(world, gains=0.45)
        # The service looks as well, and may have passed by these days before they were filled.
        deadline, verdict = monotonic() + PATIENCE_SECONDS, None
        while verdict is not Comparison.BETTER:
            assert monotonic() < deadline, verdict
            await run(engine, "DELETE FROM shadow_comparisons")
            verdict = (await looked(world.watch(), world.challenger)).verdict
        return world.challenger

    return live.within(passed)


def answered(page: Page) -> None:
    """Answer whatever speaks against it."""
    for field in page.locator("[name^='answer.']").all():
        field.fill("The challenger was better for weeks.")


def test_two_people_promote_a_challenger_that_was_told_better(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    version = a_better_challenger(live)
    address = f"{live.url}/thresholds/versions/{version}"
    grace = a_visitor(browser, contexts, live.link("grace-promotes", "manager"))
    grace.goto(address)
    panel = grace.locator("section", has=grace.locator("#challenger"))
    expect(panel).to_contain_text("better")
    expect(panel).to_contain_text(OLDER)
    grace.locator("#simulate-again").click()
    barbara = a_visitor(browser, contexts, live.link("barbara-promotes", "manager"))
    barbara.goto(address)
    barbara.locator("#have-read").check()
    answered(barbara)
    barbara.locator("#approve").click()
    expect(barbara.locator("#state")).to_have_text("approved")
    grace.goto(address)
    grace.locator("#activate").click()
    expect(grace.locator(".diff")).to_contain_text(OLDER)
    grace.locator("#reason").fill("Better for weeks, and signed by Barbara.")
    answered(grace)
    grace.locator("#confirm-move").click()
    expect(grace.locator("#done")).to_contain_text(f"Version {version} decides every payment")
    (active,) = live.asked("SELECT policy_id, model_version FROM active_policy")
    assert (active["policy_id"], active["model_version"]) == (version, OLDER)
