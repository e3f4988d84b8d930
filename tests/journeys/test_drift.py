"""The page of drift in a real Chromium: with nothing to show, and after payments with a moved feature."""

from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.workflows.models.serving import LoadedModels, Serving
from app.workflows.policies.drift.watch import MARGIN, DriftWatch
from app.workflows.policies.guarantee import EnteringRule
from tests.builders import Clock
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.live import Live
from tests.models import MODELS
from tests.workflows.policies.stored_drift import Stretch, stored
from tests.workflows.policies.test_drift import looked

pytestmark = MARKS

#: As the service of the journey has it.
RULE = EnteringRule(age=timedelta(days=45))
GRAVE = {"serious", "critical"}


async def days_of_drift(engine: AsyncEngine) -> None:
    """Let four days pass, of which the last two have a moved feature, and let all of them enter."""
    serving = Serving(engine, LoadedModels(MODELS, device="cpu"))
    await serving.refresh()
    began = utc_now() + timedelta(hours=1)
    still, moved = Stretch(days=2, an_hour=20), Stretch(days=2, an_hour=20, moved={"V14": 3.0}, declined=0.2)
    ends = await stored(engine, serving.pair.model, began, still, moved)
    await looked(DriftWatch(engine, serving, rule=RULE, clock=Clock(ends + 2 * MARGIN)))


def is_clean(page: Page) -> None:
    """Nobody is kept out, nothing sticks out, in either light."""
    for light, width in (("light", 1366), ("dark", 1024)):
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if light == "dark" else "light")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [each["id"] for each in found if each["impact"] in GRAVE] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_manager_reads_what_changed(live: Live, browser: Browser, contexts: list[BrowserContext]) -> None:
    page = a_visitor(browser, contexts, live.link("grace-drift", "manager"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.get_by_role("link", name="Drift", exact=True).click()
    expect(page.locator("#drift-changes")).to_contain_text("Not known yet")
    is_clean(page)
    live.key("shop-drift")
    live.within(days_of_drift)
    page.reload()
    expect(page.locator("#drift-changes li").first).to_contain_text("V14 changed since")
    expect(page.locator("#drift-changes")).to_contain_text("analyst hours a day")
    row = page.locator("#drift-quantities tbody tr").first
    expect(row).to_contain_text("V14")
    expect(row.locator(".tag")).to_have_text("large")
    expect(page.locator("#drift-events")).to_contain_text("V14")
    page.locator("#drift-alerts summary").click()
    expect(page.locator("#drift-alerts details tbody tr").first).to_be_visible()
    is_clean(page)
    assert complaints == []
