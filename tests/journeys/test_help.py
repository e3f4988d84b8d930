"""The key of the question mark in a real Chromium: it opens the help, and is a sign like others in a text."""

from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.live import Live

pytestmark = MARKS


def test_a_question_mark_opens_the_help_beside_the_page(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("help-senior", "senior"))
    page.goto(f"{live.url}/queue")
    with page.context.expect_page() as opened:
        page.keyboard.press("?")
    expect(opened.value).to_have_url(f"{live.url}/help")
    expect(opened.value.locator("#term-evidence dt")).to_have_text("Evidence")
    expect(page).to_have_url(f"{live.url}/queue")


def test_a_question_mark_in_a_field_is_written(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("help-analyst", "analyst"))
    page.goto(f"{live.url}/search")
    field = page.locator("[name=q]")
    field.press("?")
    expect(field).to_have_value("?")
    assert len(page.context.pages) == 1
