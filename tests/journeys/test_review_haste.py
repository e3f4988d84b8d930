"""Who is quicker than the server, or than their own eyes, loses no key without being told."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.journeys.review import CLOSE_ALL, a_case, press, shows

pytestmark = MARKS

GIVEN = "SELECT judgement FROM pending_verdicts WHERE case_id = :case_id"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service that hides every score at first, and whose verdicts can be undone for long."""
    folder = migrated(tmp_path_factory.mktemp("haste") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="600", TERTIUM_BLIND_SHARE="1") as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    yield
    live.asked(CLOSE_ALL)


def held_back(page: Page, address: str) -> Callable[[], None]:
    """Keep what is sent there from the server; return what lets it go."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    def let_go() -> None:
        for route in waiting:
            route.continue_()
        page.unroute(address, keep)

    page.route(address, keep)
    return let_go


@pytest.mark.parametrize("amounts", [(900, 400), (900,)], ids=["a case is ready", "none is"])
def test_undo_is_offered_with_the_verdict_and_remembered_until_it_has_arrived(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    amounts: tuple[int, ...],
) -> None:
    posted: list[dict[str, Any]] = [a_case(client, amount) for amount in amounts]
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    shows(page, posted[0])
    page.wait_for_load_state("networkidle")
    let_go = held_back(page, "**/verdict")
    press(page, "e")
    shows(page, posted[-1])
    expect(page.locator("#undo")).to_be_visible()
    press(page, "z")
    let_go()
    expect(page.locator("#announcer")).to_contain_text("Undone.")
    shows(page, posted[0])
    assert live.asked(GIVEN, case_id=posted[0]["case_id"]) == []


def test_a_verdict_that_does_not_arrive_takes_its_offer_back(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows(page, answer)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    press(page, "e")
    expect(page.locator("#message")).to_contain_text("not confirmed")
    expect(page.locator("#undo")).to_have_count(0)
    shows(page, answer)


def test_a_letter_that_comes_before_the_score_does_is_told_to_do_nothing(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"))
    shows(page, answer)
    page.wait_for_load_state("networkidle")
    let_go = held_back(page, "**/verdict")
    press(page, "f")
    page.wait_for_timeout(100)
    page.keyboard.press("f")
    expect(page.locator("#too-early")).to_be_hidden()
    let_go()
    expect(page.locator("#first-said")).to_be_visible()
    expect(page.locator("#too-early")).to_be_visible()
    assert live.asked(GIVEN, case_id=answer["case_id"]) == []
    expect(page.locator("#too-early")).to_be_hidden()
    press(page, "f")
    expect(page.locator("#last")).to_contain_text("fraud")


def test_a_letter_on_a_case_that_has_just_come_is_told_to_do_nothing(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("hedy", "analyst"))
    shows(page, answer)
    page.evaluate(
        """async () => {
          const { rest } = await import("/static/rest.js");
          rest(document.getElementById("verdict-form"));
          const stroke = { key: "f", code: "KeyF", bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", stroke));
        }"""
    )
    expect(page.locator("#too-early")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("Not recorded")
    expect(page.locator("#first-said")).to_have_count(0)


def test_the_keys_that_scroll_a_page_scroll_the_reasons_on_arrival(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("radia", "analyst"))
    page.set_viewport_size({"width": 1366, "height": 600})
    shows(page, answer)
    expect(page.locator("#case")).to_be_focused()
    top = "document.querySelector('.why').scrollTop"
    press(page, "PageDown")
    page.wait_for_function(f"{top} > 0")
    press(page, "PageUp")
    page.wait_for_function(f"{top} === 0")
    press(page, "ArrowDown")
    page.wait_for_function(f"{top} > 0")
