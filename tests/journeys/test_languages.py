"""Somebody sets language, clock and keys, and works by them; every page fits in every language."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.review.access.languages import Language
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.journeys.review import a_case, rested
from tests.journeys.seeing import small_texts

pytestmark = MARKS

#: A common screen, a small one, the common one at 150 %, and a telephone.
SIZES = ((1366, 768), (1024, 768), (911, 512), (390, 844))
PLACES = (
    *("review", "queue", "linked-cases", "search", "escalations", "operations", "quality", "drift"),
    *("thresholds", "jobs", "models", "lists", "feeds", "help", "my/decisions", "my/messages", "my/settings"),
)
ACCEPTED = {Language.ENGLISH: "en-GB", Language.GERMAN: "de-DE"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service where no case is reviewed blind."""
    with live_service(migrated(tmp_path_factory.mktemp("languages") / "data")) as live:
        yield live


def save_settings(page: Page, live: Live) -> None:
    with page.expect_navigation():
        page.locator("#save").click()
    expect(page.locator("#saved")).to_be_visible()
    page.goto(f"{live.url}/review")
    expect(page.locator("#case")).to_be_visible()
    rested(page)


def test_a_key_of_ones_own_judges_and_the_usual_one_no_more(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    a_case(client, 500)
    a_case(client, 400)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    page.locator("#own-pages").click()
    page.locator("#my-settings").click()
    page.locator("[id='key.fraud']").fill("B")
    save_settings(page, live)
    first = page.locator("#case").get_attribute("data-case-id")
    expect(page.locator("#verdict-fraud kbd")).to_have_text("B")
    expect(page.locator("#verdict-fraud")).to_have_attribute("aria-keyshortcuts", "B")
    page.keyboard.press("f")
    expect(page.locator("#case")).to_have_attribute("data-case-id", first or "")
    page.keyboard.press("b")
    expect(page.locator("#case")).not_to_have_attribute("data-case-id", first or "")


def test_keys_that_are_switched_off_do_nothing_and_buttons_still_work(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    a_case(client, 900)
    a_case(client, 800)
    page = a_visitor(browser, contexts, live.link("bob", "analyst"))
    page.goto(f"{live.url}/my/settings")
    page.locator("#keys-on").uncheck()
    save_settings(page, live)
    case = page.locator("#case").get_attribute("data-case-id") or ""
    for key in "fleszncb1?":
        page.keyboard.press(key)
    expect(page.locator("#case")).to_have_attribute("data-case-id", case)
    expect(page.locator(".verdicts kbd")).to_have_count(0)
    assert page.locator("[popover]:popover-open").count() == 0
    assert page.evaluate("document.activeElement.id") not in {"note", "comment"}
    page.locator("#verdict-fraud").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#case")).not_to_have_attribute("data-case-id", case)


@pytest.mark.parametrize("language", Language)
def test_every_place_fits_every_screen_in_every_language(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    tmp_path: Path,
    language: Language,
) -> None:
    folder = Path(os.environ.get("TERTIUM_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    case = a_case(client, 1200)
    link = live.link(f"grace-{language}", "manager")
    page = a_visitor(browser, contexts, link, locale=ACCEPTED[language], reduced_motion="reduce")
    (key,) = live.asked("SELECT transaction_id FROM cases WHERE id = :id", id=case["case_id"])
    own = (f"cases/{case['case_id']}", f"payments/{key['transaction_id']}")
    faults = []
    for place in (*PLACES, *own):
        page.goto(f"{live.url}/{place}")
        expect(page.locator("html")).to_have_attribute("lang", language.value)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            name = f"{language}-{place.replace('/', '-')}-{width}"
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            faults += [f"{name} scrolls sideways by {sideways} px"] if sideways > 0 else []
            faults += [f"{name}: {small}" for small in small_texts(page)]
    assert not faults, "\n".join(faults)


def test_the_clock_is_the_browsers_until_somebody_chooses_another(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    a_case(client, 3000)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"), timezone_id="Asia/Tokyo")
    page.goto(f"{live.url}/review")
    expect(page.locator(".story .moment").first).to_contain_text("21:00 UTC+9")
    page.goto(f"{live.url}/my/settings")
    page.locator("#zone").select_option("Europe/Berlin")
    page.locator("#language").select_option("de")
    save_settings(page, live)
    expect(page.locator(".story .moment").first).to_contain_text("1. Mai 2026, 14:00 MESZ")
    expect(page.locator("[data-local-of]").first).to_have_text("1. Mai, 21:00 bei Ihnen")
    expect(page.locator("#case")).to_have_text("3.000,00\u202f\u20ac")
