"""Managers and how often people are right, in a real Chromium: measured, used when asked, in the draft."""

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.server.session import transaction
from tests.journeys.browsing import MARKS, a_visitor, post
from tests.journeys.live import Live
from tests.judged import Judged
from tests.patience import PATIENCE_SECONDS

pytestmark = MARKS

WIDTHS = (1366, 1024)


@pytest.fixture(scope="module")
def judged(live: Live) -> None:
    """Forty frauds among control cases, of which people found 28, and a payment to look back on."""

    async def written(engine: AsyncEngine) -> None:
        async with transaction(engine) as connection:
            team = Judged(connection=connection)
            ada = await team.person("Ada")
            for place in range(40):
                await team.gold(ada, "legit" if place < 12 else "fraud", "fraud", at=utc_now())

    with httpx.Client(
        base_url=live.url, headers={"X-API-Key": live.key("measured")}, timeout=PATIENCE_SECONDS
    ) as client:
        post(client)
    live.within(written)


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_measured_rate_stands_beside_the_typed_one_and_is_used_when_asked(
    live: Live, browser: Browser, contexts: list[BrowserContext], *, has_scripts: bool
) -> None:
    manager = a_visitor(
        browser, contexts, live.link(f"measured-{has_scripts}", "manager"), java_script_enabled=has_scripts
    )
    for width in WIDTHS:
        manager.set_viewport_size({"width": width, "height": 768})
        manager.goto(f"{live.url}/quality")
        expect(manager.locator("#measured-rates")).to_contain_text("between 53")
        assert not scrolls_sideways(manager)
        manager.goto(f"{live.url}/thresholds")
        assert not scrolls_sideways(manager)
    field = manager.locator("[name='costs.detection_rate']")
    expect(field).to_have_value("90")
    expect(manager.locator("[name='answer.measured_otherwise']")).to_have_count(1)
    manager.get_by_text("Costs", exact=True).click()
    offer = manager.get_by_role("button", name="Use the measured value, 70")
    expect(offer).to_be_visible()
    offer.click()
    expect(field).to_have_value("70")
    expect(field).to_be_visible()
    expect(manager.locator("[name='answer.measured_otherwise']")).to_have_count(0)
    for answer in manager.locator("[name^='answer.']").all():
        answer.fill("A new installation.")
    manager.locator("#reason").fill("People find seven frauds in ten.")
    manager.locator("#save-draft").click()
    manager.wait_for_url("**/thresholds/versions/*")
    expect(manager.locator("main")).to_contain_text("Frauds an analyst finds")
    expect(manager.locator("main")).to_contain_text("70")
