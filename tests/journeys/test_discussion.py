"""Colleagues talk about a case: told in the header, read by keys, and kept back before a blind verdict."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.review.discussion.attachments import Media
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, drawn_blind, live_service
from tests.journeys.review import CLOSE_ALL, a_case, press, rested, shows
from tests.review.discussion.test_attachments import FILES

pytestmark = MARKS

WORDS = "@grace do you know this shop?"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service that hides the score of every other case."""
    folder = migrated(tmp_path_factory.mktemp("talk") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="1", TERTIUM_BLIND_SHARE="0.5") as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    yield
    live.asked(CLOSE_ALL)


def a_case_drawn(live: Live, client: httpx.Client, *, is_blind: bool) -> dict[str, object]:
    """Post payments until chance has drawn one so; the others are closed."""
    for amount in range(900, 100, -10):
        answer = a_case(client, amount)
        if drawn_blind(live, answer["case_id"]) is is_blind:
            return answer
        live.asked(CLOSE_ALL)
    raise AssertionError("chance drew none")


def unread(page: Page) -> str:
    return page.locator("#unread").text_content() or ""


def tab_to(page: Page, words: str) -> None:
    """Go on by the tab key until what has these words has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"no way to {words!r} by keys")


def says_by_keys(page: Page, words: str) -> None:
    """Write a comment on the review page, by keys."""
    press(page, "c")
    page.keyboard.type(words)
    press(page, "Escape")
    expect(page.locator("#case")).to_be_focused()
    press(page, "c", "Tab", "Enter")
    expect(page.locator(".comments")).to_contain_text(words)
    expect(page.locator("#comment")).to_have_value("")


def test_a_mention_reaches_a_colleague_who_reads_it_by_keys(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    ada = a_visitor(browser, contexts, live.link("ada", "analyst"))
    grace = a_visitor(browser, contexts, live.link("grace", "senior"))
    grace.goto(f"{live.url}/queue")
    other_tab = grace.context.new_page()
    other_tab.goto(f"{live.url}/search")
    answer = a_case_drawn(live, client, is_blind=False)
    ada.goto(f"{live.url}/review")
    shows(ada, answer)
    says_by_keys(ada, WORDS)
    for page in (grace, other_tab):
        expect(page.locator("#unread")).to_have_text("1")
    grace.bring_to_front()
    tab_to(grace, "My messages")
    press(grace, "Enter")
    expect(grace).to_have_url(f"{live.url}/my/messages")
    tab_to(grace, "You were mentioned")
    press(grace, "Enter")
    expect(grace).to_have_url(f"{live.url}/cases/{answer['case_id']}#comments")
    expect(grace.locator(".comments")).to_contain_text(WORDS)
    expect(grace.locator("#new-comments")).to_have_text("1 new")
    expect(grace.locator(".timeline")).to_contain_text("Comment by")
    expect(other_tab.locator("#unread")).to_have_text("0")
    grace.reload()
    expect(grace.locator("#new-comments")).to_have_count(0)


def test_what_was_typed_and_not_sent_is_there_when_the_case_is_back(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    ada = a_visitor(browser, contexts, live.link("ada", "analyst"))
    shows(ada, a_case_drawn(live, client, is_blind=False))
    press(ada, "c")
    ada.keyboard.type("half a thought")
    ada.reload()
    expect(ada.locator("#comment")).to_have_value("half a thought")


def test_who_judges_blind_hears_nothing_until_their_first_verdict(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    grace = a_visitor(browser, contexts, live.link("grace", "senior"))
    grace.goto(f"{live.url}/queue")
    answer = a_case_drawn(live, client, is_blind=True)
    grace.goto(f"{live.url}/cases/{answer['case_id']}")
    grace.locator("#comment").fill("It is the gang, @joan")
    grace.locator("#post-comment").click()
    expect(grace.locator(".comments")).to_contain_text("the gang")
    joan = a_visitor(browser, contexts, live.link("joan", "analyst"))
    shows(joan, answer)
    press(joan, "c")
    expect(joan.locator("#comments")).to_contain_text("shown once you have said what you think")
    expect(joan.locator("#comments")).not_to_contain_text("gang")
    assert unread(joan) == "0"
    press(joan, "Escape")
    rested(joan)
    press(joan, "f")
    expect(joan.locator("#first-said")).to_be_visible()
    expect(joan.locator("#comments")).to_contain_text("It is the gang, @joan")
    expect(joan.locator("#new-comments")).to_have_text("1 new")
    joan.goto(f"{live.url}/queue")
    expect(joan.locator("#unread")).to_have_text("0")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_goes_up_and_comes_down_as_it_was(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    tmp_path: Path,
    *,
    scripts: bool,
) -> None:
    page = a_visitor(browser, contexts, live.link("ada", "analyst"), java_script_enabled=scripts)
    page.goto(f"{live.url}/queue")
    answer = a_case_drawn(live, client, is_blind=False)
    page.goto(f"{live.url}/cases/{answer['case_id']}")
    page.locator("#comment").fill("See the receipt, @nobody")
    page.locator("#post-comment").click()
    expect(page.locator(".comments")).to_contain_text("See the receipt")
    expect(page.locator("#comments [role=status]")).to_contain_text("nobody was told: nobody")
    page.locator(".attach summary").click()
    page.locator("#attach-file").set_input_files(
        {"name": "receipt.pdf", "mimeType": "application/pdf", "buffer": FILES[Media.PDF]}
    )
    page.locator("#attach").click()
    expect(page.locator(".attachments")).to_contain_text("receipt.pdf")
    with page.expect_download() as download:
        page.locator(".attachments a").click()
    kept = tmp_path / "kept"
    download.value.save_as(kept)
    assert kept.read_bytes() == FILES[Media.PDF]
    page.locator(".attach summary").click()
    page.locator("#attach-file").set_input_files(
        {"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"<html>"}
    )
    page.locator("#attach").click()
    expect(page.locator("#comments [role=alert]")).to_contain_text("not what its name says")


def test_a_browser_is_asked_only_when_a_kind_is_switched_on_and_shows_no_payment(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    ada = a_visitor(browser, contexts, live.link("ada", "analyst"))
    grace = a_visitor(browser, contexts, live.link("grace", "senior"))
    grace.add_init_script("""
        window.asked = 0;
        window.Notification = class extends EventTarget {
          static permission = localStorage.getItem("permission") ?? "default";
          static async requestPermission() {
            window.asked += 1;
            localStorage.setItem("permission", "granted");
            return (Notification.permission = "granted");
          }
          constructor(title, { body, tag }) {
            super();
            const shown = JSON.parse(localStorage.getItem("shown") ?? "[]");
            localStorage.setItem("shown", JSON.stringify([...shown, `${title}: ${body}`]));
          }
        };
    """)
    grace.goto(f"{live.url}/my/messages")
    assert grace.evaluate("window.asked") == 0
    grace.get_by_label("Somebody mentions me").check()
    grace.wait_for_function("window.asked === 1")
    grace.locator("#keep-wishes").click()
    expect(grace.locator("[role=status]").first).to_contain_text("Kept.")
    answer = a_case_drawn(live, client, is_blind=False)
    ada.goto(f"{live.url}/cases/{answer['case_id']}")
    ada.locator("#comment").fill(WORDS)
    ada.locator("#post-comment").click()
    expect(ada.locator(".comments")).to_contain_text(WORDS)
    told = f"Tertium: You were mentioned on case {answer['case_id']}"
    grace.wait_for_function(
        "told => JSON.parse(localStorage.getItem('shown') ?? '[]').includes(told)", arg=told
    )
    grace.reload()
    grace.wait_for_timeout(1000)
    assert (
        grace.evaluate(
            "JSON.parse(localStorage.getItem('shown')).filter(each => each.includes('case')).length"
        )
        == 1
    )
