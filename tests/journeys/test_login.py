"""In by a link or a password, back to where one was, and never as somebody else without being told."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.review.access.people import Role
from app.workflows.access.accounts import Accounts
from tests.journeys.browsing import MARKS, a_visitor, an_unknown, enter
from tests.journeys.live import Live, live_service

pytestmark = MARKS

PASSWORD = "correct horse battery staple"
OTHER = "Another account is logged in in this browser now"
VERDICTS = "SELECT (SELECT count(*) FROM verdicts) + (SELECT count(*) FROM pending_verdicts) AS n"
#: What a screen of 1366 and of 1024 pixels holds at 150 %, and what it holds at all.
ZOOMED = ((911, 512), (683, 512), (1024, 768), (1366, 768))


def with_password(live: Live, name: str) -> None:
    """Add somebody who logs in by a password."""

    async def added(engine: AsyncEngine) -> None:
        people = Accounts(engine, clock=utc_now, session_lasts=timedelta(hours=1))
        await people.add(name=name, display_name=name, role=Role.MANAGER, password=PASSWORD)

    live.within(added)


def test_a_program_that_looks_at_a_link_leaves_it_to_its_person(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    link = live.link("ada", "analyst")
    for agent in ("Slackbot-LinkExpanding 1.0", "Mozilla/5.0 (compatible; bingbot)", "curl/8"):
        for method in ("HEAD", "GET", "HEAD"):
            looked = httpx.request(method, link, headers={"User-Agent": agent})
            assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
    page = a_visitor(browser, contexts, link)
    expect(page).to_have_url(f"{live.url}/review")
    page.goto(link)
    expect(page.locator("#problem")).to_contain_text("used already")


def test_a_login_leads_back_to_the_very_place(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    with_password(live, "grace")
    contexts.append(browser.new_context())
    page = contexts[-1].new_page()
    place = f"{live.url}/queue?amount_from=10&amount_to=90%2B1#main"
    page.goto(place)
    page.locator("#name").fill("GRACE ")
    page.locator("#password").fill(PASSWORD)
    page.locator("#log-in").click()
    expect(page).to_have_url(place)


def test_two_installations_on_one_host_keep_their_people(
    live: Live, browser: Browser, contexts: list[BrowserContext], tmp_path: Path
) -> None:
    with live_service(tmp_path / "other") as other:
        page = a_visitor(browser, contexts, live.link("mary", "analyst"))
        enter(page, other.link("mary-there", "analyst"))
        for service in (live, other, live):
            page.goto(f"{service.url}/queue")
            expect(page).to_have_url(f"{service.url}/queue")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_a_page_of_somebody_else_judges_nothing(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, has_scripts: bool
) -> None:
    an_unknown(client)
    names = ("joan", "radia") if has_scripts else ("joan-plain", "radia-plain")
    page = a_visitor(browser, contexts, live.link(names[0], "analyst"), java_script_enabled=has_scripts)
    page.goto(f"{live.url}/review")
    expect(page.locator("#case")).to_be_visible()
    second = contexts[-1].new_page()
    enter(second, live.link(names[1], "analyst"))
    before = live.asked(VERDICTS)
    page.locator("#verdict-fraud").click()
    told = page.get_by_text(OTHER if has_scripts else "Another account has logged in in this browser")
    expect(told).to_be_visible()
    assert live.asked(VERDICTS) == before


@pytest.mark.parametrize(("width", "height"), ZOOMED)
def test_at_any_zoom_the_reason_is_in_sight_and_the_way_out_too(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    width: int,
    height: int,
) -> None:
    an_unknown(client)
    page = a_visitor(browser, contexts, live.link(f"hedy-{width}", "manager"))
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live.url}/review")
    expect(page.locator(".cause")).to_be_in_viewport(ratio=1)
    expect(page.locator("#log-out")).to_be_in_viewport(ratio=1)
    for place in ("/review", "/thresholds", "/quality"):
        page.goto(f"{live.url}{place}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate(SMALLEST) >= 13
    page.goto(f"{live.url}/thresholds")
    page.locator("details:has([name=since]) > summary").click()
    since, until = (page.locator(f"[name={name}]").bounding_box() for name in ("since", "until"))
    assert since
    assert until
    assert since["x"] + since["width"] <= until["x"] or since["y"] + since["height"] <= until["y"]
    assert page.locator("[name=since]").evaluate("field => field.scrollWidth <= field.clientWidth")


#: The size, in pixels, of the smallest text in sight.
SMALLEST = """
Math.min(...[...document.querySelectorAll("body *")]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .filter((each) => each.checkVisibility())
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))
"""
