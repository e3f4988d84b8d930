"""From what a case tells of a card to the payments and the card themselves, by keys alone."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, a_visitor, ordinary, post
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service, wait_until
from tests.journeys.review import CLOSE_ALL, a_case, press_and_go, shows

pytestmark = MARKS

SHOP = "M-20417"
WIDTHS = (1366, 1024)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service whose verdicts stand soon, and which hides no score."""
    folder = migrated(tmp_path_factory.mktemp("story") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="1", TERTIUM_BLIND_SHARE="0") as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    """Every journey begins at an empty queue."""
    yield
    live.asked(CLOSE_ALL)


def a_past(client: httpx.Client) -> dict[str, Any]:
    """Post what the card did before, one of it a fraud as was told since; return that one."""
    answers = [post(client, features=features, amount="21.00") for features, _ in ordinary(6, seed=8)]
    fraud = next(answer for answer in answers if answer["label"] == "legit")
    report = {
        "transaction_id": fraud["transaction_id"],
        "label": "fraud",
        "source": "chargeback",
        "occurred_at": "2026-05-01T12:00:00Z",
        "learned_at": "2026-06-01T12:00:00Z",
    }
    assert client.post("/v1/labels", json={"labels": [report]}).json()["accepted"] == 1
    return fraud


def tab_to(page: Page, words: str) -> None:
    """Go on by the tab key until a link with these words has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.closest('a')?.textContent ?? ''"):
            return
    raise AssertionError(f"no way to {words!r} by keys")


def follow(page: Page, words: str) -> Page:
    """Open a link that has a tab of its own, by keys."""
    tab_to(page, words)
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_load_state()
    return opened.value


def fits(page: Page) -> None:
    """Nothing sticks out, on a screen or on half of one."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (page.url, width)


def test_a_sentence_leads_to_the_payment_that_shows_it_and_on_to_its_card_and_shop(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    fraud = a_past(client)
    answer = a_case(client, 412)
    ada = a_visitor(browser, contexts, live.link("ada", "analyst"), timezone_id="Asia/Tokyo")
    shows(ada, answer)
    expect(ada.locator(".story .moment").first).to_have_text("1 May 2026, 21:00 UTC+9")
    story = ada.locator("#story li")
    expect(story.first).to_have_text("1 linked payment was confirmed fraud")
    expect(ada.locator("#story")).to_contain_text("the median amount of this card")
    fits(ada)
    payment = follow(ada, "1 linked payment was confirmed fraud")
    expect(payment.locator(".heading")).to_contain_text(fraud["transaction_id"])
    expect(payment.locator("#truths + .sayings")).to_contain_text("chargeback")
    expect(payment.locator(".heading")).to_contain_text("No case")
    fits(payment)
    card = follow(payment, "•••• 8841")
    expect(card.locator("h1")).to_have_text("Card")
    expect(card.locator(".point.is-confirmed.is-fraud")).to_have_count(1)
    expect(card.locator(".counts")).to_contain_text("24 hours")
    expect(card.locator(".sayings").first).to_contain_text(f"Case {answer['case_id']}")
    fits(card)
    tab_to(card, SHOP)
    assert card.evaluate("document.activeElement.closest('svg.graph') !== null"), "a node of the graph"
    card.keyboard.press("Enter")
    expect(card.locator("h1")).to_have_text("Merchant")
    expect(card.locator("h1 + p")).to_have_text(SHOP)


def test_a_score_that_was_folded_away_stays_so_on_the_next_case_and_after_a_reload(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    first, second = a_case(client, 900), a_case(client, 400)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"))
    shows(page, first)
    expect(page.locator(".opinion")).to_be_visible()
    page.locator("details.model > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".opinion")).to_be_hidden()
    press_and_go(page, "l")
    shows(page, second)
    expect(page.locator(".opinion")).to_be_hidden()
    page.reload()
    expect(page.locator(".opinion")).to_be_hidden()
    page.locator("details.model > summary").click()
    page.reload()
    expect(page.locator(".opinion")).to_be_visible()


def test_what_was_decided_is_found_again_with_what_was_confirmed_since(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 700)
    page = a_visitor(browser, contexts, live.link("grace", "analyst"))
    shows(page, answer)
    press_and_go(page, "f")
    wait_until(
        lambda: live.asked("SELECT count(*) AS n FROM verdicts WHERE judgement = 'fraud'")[0]["n"] == 1
    )
    page.locator("#own-pages").focus()
    page.keyboard.press("Enter")
    page.locator("#my-decisions").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("My decisions")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(answer["transaction_id"])
    expect(row.locator(".tag").first).to_have_text("fraud")
    expect(row).to_contain_text("by a verdict")
    fits(page)
