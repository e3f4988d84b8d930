"""What people do with Tertium, in a real Chromium against a real service."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.browsing import MARKS, a_visitor, an_unknown, post
from tests.journeys.live import Live, wait_until
from tests.web.builders import a_file, is_blind

pytestmark = MARKS

#: Between the bounds of the shipped policy, which a few more steps down V14 would decline.
DOUBTFUL = {"V14": -4.1, "V10": -2.4, "V4": 2.6, "V12": -2.2, "V17": -1.5}


def some_known(client: httpx.Client, *, legits: int = 120, frauds: int = 4) -> None:
    """Post ordinary payments and some like the doubtful one, and report what they turned out to be."""
    names = client.get("/v1/model").json()["features"]
    draws = np.random.default_rng(3)
    reports = []
    for label in ["legit"] * legits + ["fraud"] * frauds:
        centre = DOUBTFUL if label == "fraud" else {}
        drawn = draws.normal(scale=0.5 if centre else 0.9, size=len(names)).tolist()
        features = {name: centre.get(name, 0.0) + noise for name, noise in zip(names, drawn, strict=True)}
        answer = post(client, amount=f"{draws.exponential(90):.2f}", features=features)
        reports.append(
            {
                "transaction_id": answer["transaction_id"],
                "label": label,
                "source": "chargeback" if label == "fraud" else "audit",
                "occurred_at": "2026-05-01T12:00:00Z",
                "learned_at": "2026-06-01T12:00:00Z",
            }
        )
    assert client.post("/v1/labels", json={"labels": reports}).json()["accepted"] == legits + frauds


def a_doubtful(client: httpx.Client) -> dict[str, Any]:
    """Post payments of rising urgency until one is a case that is shown with the machine's opinion."""
    for step in range(40):
        features = DOUBTFUL | {"V14": DOUBTFUL["V14"] - step / 20}
        answer = post(client, amount=f"{2400 + 100 * step}.00", features=features)
        if answer["label"] == "unknown" and not is_blind(a_file(answer["case_id"])):
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
    expect(page).to_have_url(f"{live.url}/desk")
    for key, answer in zip("flf", unknown, strict=True):
        expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
        page.keyboard.press(key)
        expect(page.locator(f"#case[data-case-id='{answer['case_id']}']")).to_have_count(0)
    assert [outcome(client, answer)["outcome"] for answer in unknown] == ["fraud", "legit", "fraud"]
    assert outcome(client, unknown[0])["outcome_source"] == "verdict"
    expect(page.locator("#screen")).to_contain_text("Nothing waits")


def test_the_desk_wakes_when_a_case_arrives(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    expect(page.locator("#screen")).to_contain_text("Nothing waits")
    answer = an_unknown(client)
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]), timeout=15_000)
    page.keyboard.press("l")
    expect(page.locator("#screen")).to_contain_text("Nothing waits")


def test_keys_rest_while_a_note_is_written(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = an_unknown(client)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"))
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    page.keyboard.press("n")
    page.keyboard.type("called the customer: all fine")
    expect(page.locator("#note")).to_have_value("called the customer: all fine")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("#screen")).to_contain_text("Nothing waits")
    assert outcome(client, answer)["verdict"]["verdict"] == "legit"


def test_the_desk_works_without_javascript(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = an_unknown(client)
    page = a_visitor(browser, contexts, live.link("radia", "analyst"), java_script_enabled=False)
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    page.locator("#verdict-fraud").click()
    expect(page.locator("#screen")).to_contain_text("Nothing waits")
    assert outcome(client, answer)["outcome"] == "fraud"


def test_the_desk_shows_why_and_what_is_already_known(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    some_known(client)
    answer = a_doubtful(client)
    page = a_visitor(browser, contexts, live.link("hedy", "analyst"))
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))
    # What was just reported is taken up beside the requests, twice a second.
    rows = page.locator(".alike tbody tr")
    wait_until(lambda: page.reload() is not None and rows.count() == 6)
    expect(rows.first).to_contain_text("chargeback")
    expect(page.locator(".codes li").first).to_contain_text("Like a known fraud")
    expect(page.locator(".codes li")).to_have_count(4)
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=folder / f"desk-why-1366-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the desk scrolls"
    for card in (".payment", ".why", ".say"):
        hidden = page.evaluate(
            f"(card => card.scrollHeight - card.clientHeight)(document.querySelector('{card}'))"
        )
        assert hidden <= 0, f"{card} scrolls by {hidden} px"
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=folder / "desk-why-390.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.keyboard.press("l")


def test_every_page_fits_its_screen_and_logs_nothing_odd(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    an_unknown(client)
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    link = live.link("dorothy", "manager")
    page = a_visitor(browser, contexts, link)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for scheme in ("light", "dark"):
        for width, height in ((1366, 768), (390, 844)):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": height})
            for place in ("desk", "queue", "thresholds", "login"):
                page.goto(f"{live.url}/{place}")
                page.screenshot(path=folder / f"{place}-{width}-{scheme}.png")
                sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert sideways <= 0, f"{place} scrolls sideways at {width}"
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{live.url}/desk")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the desk scrolls"
    assert complaints == []
