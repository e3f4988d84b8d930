"""Managers at the lab, in a real Chromium: from a dragged bound to a rollback, by two people."""

import re
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.browsing import MARKS, a_visitor, ordinary, post
from tests.journeys.live import Live
from tests.patience import PATIENCE_SECONDS
from tests.workflows.policies.looked_back import spread_over_days

pytestmark = [*MARKS, pytest.mark.usefixtures("traffic")]

PAYMENTS = 300
#: Evidence (logit) above which the made-up payments turn out to be frauds.
FRAUDULENT = -8.0


@pytest.fixture(scope="module")
def traffic(live: Live) -> None:
    """Payments of all kinds that were posted, with what they turned out to be."""
    key = live.key("traffic")
    live.accept_feed("traffic", key)
    with httpx.Client(base_url=live.url, headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS) as client:
        drawn = ordinary(PAYMENTS, fraud_share=0.05, seed=11)
        answers = [post(client, features=features, amount=amount) for features, amount in drawn]
        reports = [
            {
                "transaction_id": answer["transaction_id"],
                "label": "fraud" if answer["score"]["evidence_fraud"] > FRAUDULENT else "legit",
                "source": "audit",
                "propensity": 1,
                "occurred_at": "2026-05-01T12:00:00Z",
                "learned_at": "2026-06-01T12:00:00Z",
            }
            for answer in answers
        ]
        assert client.post("/v1/labels", json={"labels": reports}).json()["accepted"] == PAYMENTS
    live.within(spread_over_days)


def drag(page: Page, bound: str, by: int) -> None:
    """Drag a bound's handle sideways by so many pixels."""
    grip = page.locator(f"[data-bound='{bound}'] .grip")
    box = grip.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y, steps=4)
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def answer_all(page: Page, reason: str) -> None:
    """Answer every warning with a reason."""
    expect(page.locator("#figures[aria-busy]")).to_have_count(0)
    for field in page.locator("[name^='answer.']").all():
        field.fill(reason)


def draft_by_dragging(page: Page, live: Live) -> int:
    """Drag the approve bound to the left, look what it does, keep it; return the version."""
    page.goto(f"{live.url}/thresholds")
    before = float(page.locator("#bound-approve").input_value())
    share = page.locator(".figures-table tbody tr").first.locator("td").nth(1)
    was = share.inner_text()
    drag(page, "bound-approve", -120)
    expect(share).not_to_have_text(was)
    assert float(page.locator("#bound-approve").input_value()) < before
    expect(page.locator("[data-mark='draft']")).to_contain_text("your draft")
    answer_all(page, "Two more people start on Monday.")
    page.locator("#reason").fill("more eyes on the quiet ones")
    page.locator("#save-draft").click()
    expect(page.locator("#done")).to_contain_text("another manager has to approve it")
    return int(page.url.partition("?")[0].rpartition("/")[2])


def sign(page: Page, live: Live, version: int) -> None:
    """Read what a version lets through and what it changes, and approve it."""
    page.goto(f"{live.url}/thresholds/versions/{version}")
    expect(page.locator(".promise")).to_contain_text("Frauds approved unseen")
    expect(page.locator(".diff").first).to_contain_text("Approve up to")
    page.locator("#have-read").check()
    answer_all(page, "Agreed with the head of the desk.")
    page.locator("#approve").click()
    expect(page.locator("#state")).to_have_text("approved")


def confirm(page: Page, button: str, why: str, live: Live) -> None:
    """Follow a button to what it would change, say why, and do it."""
    page.locator(button).click()
    expect(page.locator(".diff")).to_contain_text("Approve up to")
    expect(page.locator(".figures-table")).to_contain_text("Automated")
    Path("screenshots").mkdir(exist_ok=True)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.screenshot(path=f"screenshots/confirm{button.replace('#', '-')}.png")
    page.locator("#reason").fill(why)
    page.locator("#confirm-move").click()
    assert page.url.startswith(f"{live.url}/thresholds")


def test_a_bound_is_dragged_tried_shadowed_signed_activated_and_rolled_back(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    first = post(client)
    assert first["label"] == "legit"
    grace = a_visitor(browser, contexts, live.link("grace", "manager"))
    version = draft_by_dragging(grace, live)
    expect(grace.locator("#approve")).to_have_count(0)
    expect(grace.locator(".doors")).to_contain_text("another manager must approve it")
    grace.locator("#start-shadow").click()
    expect(grace.locator("#state")).to_have_text("in shadow")
    assert post(client)["policy_version"] == first["policy_version"]
    grace.reload()
    expect(grace.locator(".crossed")).to_contain_text("1")

    barbara = a_visitor(browser, contexts, live.link("barbara", "manager"))
    sign(barbara, live, version)
    confirm(barbara, "#activate", "more eyes, as agreed", live)
    expect(barbara.locator("#done")).to_contain_text(f"Version {version} decides every payment")
    time.sleep(1)
    after = post(client)
    assert (after["policy_version"], after["label"]) == (version, "unknown")

    confirm(barbara, "#roll-back", "too many wait", live)
    expect(barbara.locator("#done")).to_contain_text(f"Version {first['policy_version']} decides")
    time.sleep(1)
    assert post(client)["policy_version"] == first["policy_version"]
    barbara.goto(f"{live.url}/thresholds/history")
    told = barbara.locator(".chapters").inner_text()
    for words in (
        "drafted",
        "simulated",
        "into shadow",
        "approved",
        "activated",
        "rollback",
        "quiet ones",
        "too many wait",
    ):
        assert words in told, words


def test_a_promise_is_proposed_proved_and_refused_where_too_little_is_known(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("hopper", "manager"))
    page.goto(f"{live.url}/thresholds")
    page.locator("[name=set_by][value=promise]").check()
    page.locator("[name=miss_rate]").fill("0.5")
    page.locator("#propose").click()
    expect(page.locator("[role=alert]")).to_contain_text("598 known frauds are needed")
    page.locator("[name=miss_rate]").fill("10")
    page.locator("#propose").click()
    expect(page.locator("#statement")).to_contain_text("at most 10, with 95\u202f% confidence")
    proved = float(page.locator("#bound-approve").input_value())
    page.locator("#bound-approve").fill(f"{proved + 1}")
    expect(page.locator("#statement")).to_contain_text("Nothing is promised")
    page.locator("#bound-approve").fill(f"{proved - 1}")
    expect(page.locator("#statement")).to_contain_text("at most 10, with 95\u202f% confidence")
    for way in ("cost", "capacity"):
        page.locator(f"[name=set_by][value={way}]").check()
        page.locator("#propose").click()
        expect(page.locator(".note").first).to_contain_text("a day")


def test_what_is_typed_before_the_script_is_there_counts(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("cerf", "manager"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/lab\.js"), hold)
    page.goto(f"{live.url}/thresholds", wait_until="commit")
    expect(page.locator("#statement")).to_contain_text("Of 100 frauds")
    page.locator("#bound-approve").fill("5")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator("#statement")).to_contain_text("Nothing is promised")


def take_the_third_step(page: Page) -> None:
    """Go to the steps by keyboard, pass by the two loosest, and take the next: its bound is another."""
    page.locator("#steps").get_by_role("region").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_accessible_name(re.compile("Take the step of 20"))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def pictured(page: Page, name: str) -> None:
    """Keep a picture of the steps as a manager sees them."""
    Path("screenshots").mkdir(exist_ok=True)
    page.locator("#steps").scroll_into_view_if_needed()
    page.screenshot(path=f"screenshots/{name}-1366.png")


def test_a_step_is_taken_by_keyboard_kept_and_signed_by_somebody_else(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("annette", "manager"))
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{live.url}/thresholds")
    rows = page.locator("#steps tbody tr")
    expect(page.locator("#steps")).to_contain_text(f"Chosen among {rows.count()} steps")
    said = "bounds after looking"
    pictured(page, "steps")
    take_the_third_step(page)
    for told in (".note", "#statement"):
        expect(page.locator(told)).to_contain_text(said)
    expect(page.locator("#statement")).to_contain_text("with 95\u202f% confidence")
    # What is drawn anew while somebody types is the same panel.
    page.locator("#bound-approve").fill(page.locator("#bound-approve").input_value())
    expect(rows.nth(2)).to_contain_text("chosen")
    pictured(page, "step-chosen")
    answer_all(page, "Agreed with the head of the desk.")
    page.locator("#reason").fill("the cheapest promise we can stand by")
    page.locator("#save-draft").click()
    expect(page.locator("#done")).to_contain_text("another manager has to approve it")
    address = page.url.partition("?")[0]

    other = a_visitor(browser, contexts, live.link("frances", "manager"))
    other.goto(address)
    expect(other.locator("main")).to_contain_text(said)
    sign(other, live, int(address.rpartition("/")[2]))


def test_the_keyboard_moves_bounds_and_the_list_of_changes_opens(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("katherine", "manager"))
    page.goto(f"{live.url}/thresholds")
    handle = page.locator("[data-bound='bound-approve']")
    handle.focus()
    was = float(page.locator("#bound-approve").input_value())
    for _ in range(8):
        page.keyboard.press("PageDown")
    assert float(page.locator("#bound-approve").input_value()) == pytest.approx(was - 4, abs=0.011)
    opened = page.locator(".moves .link").first
    expect(opened).to_contain_text("approved \u2192 manual review")
    opened.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Payments approved, then manual review")
    rows = page.locator("tbody tr")
    assert rows.count() > 0
    with page.expect_download() as download:
        page.locator("#as-csv").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("transaction_id,")
    assert all(",legit,unknown," in line for line in lines[1:])
    page.get_by_role("button", name="Back to the draft").click()
    assert float(page.locator("#bound-approve").input_value()) == pytest.approx(was - 4, abs=0.011)


def test_the_lab_works_without_javascript(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("karen", "manager"), java_script_enabled=False)
    page.goto(f"{live.url}/thresholds")
    page.locator("#bound-approve").fill("-9.5")
    page.locator("#simulate").click()
    expect(page.locator(".moves")).to_contain_text("manual review")
    page.locator("#bound-approve").fill("9")
    page.locator("#reason").fill("a slip of the hand")
    page.locator("#save-draft").click()
    expect(page.locator("[role=alert]")).to_contain_text("not what you were shown")
    page.locator("#save-draft").click()
    expect(page.locator("[name='answer.bounds_out_of_order']")).to_be_focused()
    for field in page.locator("[name^='answer.']").all():
        field.fill("It is a test of the guard rails.")
    page.locator("#save-draft").click()
    expect(page.locator("#done")).to_contain_text("another manager")
    expect(page.locator("main")).to_contain_text("It is a test of the guard rails.")


def test_the_lab_fits_one_screen_and_its_pages_log_nothing_odd(
    live: Live, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("annie", "manager"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    places = {"lab": "/thresholds", "version": "/thresholds/versions/1", "history": "/thresholds/history"}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            for name, place in places.items():
                page.goto(f"{live.url}{place}")
                page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=width < 1000)
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{live.url}/thresholds")
    assert page.evaluate("document.querySelector('.bench').getBoundingClientRect().bottom <= innerHeight")
    for card in (".pictures", ".outcome"):
        hidden = page.evaluate(f"(c => c.scrollWidth - c.clientWidth)(document.querySelector('{card}'))")
        assert hidden <= 0, f"{card} scrolls sideways by {hidden} px"
    assert complaints == []
