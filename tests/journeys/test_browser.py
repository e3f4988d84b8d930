"""What people do with Tertium, in a real Chromium against a real service."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.web.pages.causes import is_blind
from tests.journeys.live import Live, live_service, wait_until
from tests.web.builders import a_file

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="NO CHROMIUM: the browser journeys were not tested (apt-get install chromium)",
    ),
]

VIEWPORT = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One service for the journeys of this module."""
    with live_service(tmp_path_factory.mktemp("journey") / "data") as live:
        yield live


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser that users would use, without a screen."""
    assert CHROMIUM is not None, "CI must have a Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def contexts() -> Iterator[list[BrowserContext]]:
    """Every colleague has a browser of their own; all are closed in the end."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def client(live: Live) -> Iterator[httpx.Client]:
    """A payment service."""
    key = live.key(f"shop {uuid4().hex[:6]}")
    with httpx.Client(base_url=live.url, headers={"X-API-Key": key}) as client:
        yield client


def a_visitor(browser: Browser, contexts: list[BrowserContext], link: str, **options: Any) -> Page:
    """Log a colleague in by their link."""
    context = browser.new_context(viewport=VIEWPORT, **options)  # type: ignore[arg-type]
    contexts.append(context)
    page = context.new_page()
    page.goto(link)
    return page


def post(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """Post a payment and return the machine's answer."""
    names = client.get("/v1/model").json()["features"]
    features = dict.fromkeys(names, 0.0) | changes.pop("features", {})
    body = {
        "transaction_id": uuid4().hex,
        "occurred_at": "2026-05-01T12:00:00Z",
        "amount": "41.90",
        "currency": "EUR",
        "features": features,
        "attributes": {"card": "•••• 8841", "merchant": "M-20417"},
    }
    answer = client.post("/v1/transactions", json=body | changes)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def an_unknown(client: httpx.Client, amount: str = "41.90") -> dict[str, Any]:
    """Post a payment that a person has to judge; a currency nobody learned is always one."""
    answer = post(client, amount=amount, currency="CHF")
    assert answer["label"] == "unknown"
    return answer


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


def test_one_manager_drafts_a_bound_another_activates_it_and_the_queue_changes(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    before = post(client)
    assert before["label"] == "legit"
    lower = before["score"]["evidence_fraud"] - 1

    grace = a_visitor(browser, contexts, live.link("grace", "manager"))
    grace.goto(f"{live.url}/thresholds")
    grace.locator("#bound-approve").fill(f"{lower:.3f}")
    grace.locator("#bound-approve").press("Tab")
    grace.locator("#reason").fill("more eyes on the quiet ones")
    grace.locator("#save-draft").click()
    drafted = grace.locator(".versions .is-waiting").first
    expect(drafted).to_contain_text("more eyes on the quiet ones")
    expect(drafted.locator("[data-activate]")).to_have_count(0)

    barbara = a_visitor(browser, contexts, live.link("barbara", "manager"))
    barbara.goto(f"{live.url}/thresholds")
    button = barbara.locator("[data-activate]").first
    version = button.get_attribute("data-activate")
    button.click()
    expect(barbara.locator(".versions .is-active")).to_contain_text("more eyes on the quiet ones")

    after = post(client)
    assert after["policy_version"] == int(version or 0)
    assert after["label"] == "unknown"
    # On the queue, not on a desk: an audit drawn from the approved payments may be served first.
    barbara.goto(f"{live.url}/queue")
    expect(barbara.get_by_role("cell", name=str(after["case_id"]), exact=True)).to_have_count(1)


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
    page.keyboard.press("r")


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
