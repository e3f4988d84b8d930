"""What people do with Tertium, in a real Chromium against a real service."""

from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.browsing import MARKS, a_visitor, an_unknown, post
from tests.journeys.live import Live, wait_until
from tests.journeys.review import DOUBTFUL, press, some_known

pytestmark = MARKS


def a_case_like(client: httpx.Client, fraud: dict[str, float]) -> dict[str, Any]:
    """Post a payment nearer and nearer to the doubtful one, from a declined one on, until it is a case."""
    for step in range(20):
        nearer = {
            name: value + step / 20 * (DOUBTFUL.get(name, value) - value) for name, value in fraud.items()
        }
        answer = post(client, amount="2400.00", features=nearer)
        if answer["label"] == "unknown":
            return answer
    raise AssertionError("no payment was doubtful enough")


def outcome(client: httpx.Client, answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the payment service hears of its payment."""
    found: dict[str, Any] = client.get(f"/v1/transactions/{answer['transaction_id']}").json()
    return found


def test_an_analyst_judges_three_cases_by_keyboard(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    unknown = [an_unknown(client, amount) for amount in ("9000.00", "8000.00", "7000.00")]
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    expect(page).to_have_url(f"{live.url}/review")
    for key, answer in zip("flf", unknown, strict=True):
        expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
        press(page, key)
        expect(page.locator(f"#case[data-case-id='{answer['case_id']}']")).to_have_count(0)
    assert [outcome(client, answer)["outcome"] for answer in unknown] == ["fraud", "legit", "fraud"]
    assert outcome(client, unknown[0])["outcome_source"] == "verdict"
    expect(page.locator("#screen")).to_contain_text("No case is pending")


def test_the_desk_wakes_when_a_case_arrives(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    expect(page.locator("#screen")).to_contain_text("No case is pending")
    answer = an_unknown(client)
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    press(page, "l")
    expect(page.locator("#screen")).to_contain_text("No case is pending")


def test_keys_rest_while_a_note_is_written(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = an_unknown(client)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"))
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    page.keyboard.press("n")
    page.keyboard.type("called the customer: all fine")
    expect(page.locator("#note")).to_have_value("called the customer: all fine")
    press(page, "Escape", "l")
    expect(page.locator("#screen")).to_contain_text("No case is pending")
    assert outcome(client, answer)["verdict"]["verdict"] == "legit"


def test_the_desk_works_without_javascript(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = an_unknown(client)
    page = a_visitor(browser, contexts, live.link("radia", "analyst"), java_script_enabled=False)
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    page.locator("#verdict-fraud").click()
    expect(page.locator("#screen")).to_contain_text("No case is pending")
    assert outcome(client, answer)["outcome"] == "fraud"


def test_the_desk_shows_why_and_what_is_already_known(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case_like(client, some_known(client)[0])
    page = a_visitor(browser, contexts, live.link("hedy", "analyst"))
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    # What was just reported is taken up beside the requests, twice a second.
    rows = page.locator(".alike tbody tr")
    # Three frauds and three legits, but for one that chance has drawn for an audit.
    wait_until(lambda: page.reload() is not None and rows.count() >= 4)
    expect(rows.first).to_contain_text("chargeback")
    codes = page.locator(".codes li")
    expect(codes.filter(has_text="Like a confirmed fraud")).to_have_count(1)
    assert 2 <= codes.count() <= 4
    # That this client's feed is odd may be told by now, in a line of its own.
    lines = page.locator(".feed-notice")
    notice = round(sum(box["height"] for each in lines.all() if (box := each.bounding_box()) is not None))
    page.set_viewport_size({"width": 1366, "height": 768 + notice})
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=folder / f"desk-why-1366-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the desk scrolls"
    # The story comes first: reasons, score and the first drivers stay in sight, what is left is scrolled to.
    for part in (".codes li", ".scale", ".strip tbody tr"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=1)
    for card in (".payment", ".say"):
        hidden = page.evaluate(
            f"(card => card.scrollHeight - card.clientHeight)(document.querySelector('{card}'))"
        )
        assert hidden <= 0, f"{card} scrolls by {hidden} px"
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=folder / "desk-why-390.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    press(page, "l")
