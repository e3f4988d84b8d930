"""A device is blocked from its own page, a merchant by two people, and the next payment hears of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.web.pages.entity_address import entity_address
from tests.journeys.browsing import MARKS, a_visitor, ordinary, post
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.journeys.test_story import fits, tab_to

pytestmark = MARKS

DEVICE, SHOP = "d-93ab41c7ff02", "Corner shop"
#: Where pictures of the pages are kept; none are, where it is not set.
PICTURES = os.environ.get("TERTIUM_PICTURES")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service that hides no score."""
    folder = migrated(tmp_path_factory.mktemp("lists") / "data")
    with live_service(folder, TERTIUM_BLIND_SHARE="0") as live:
        yield live


def paid(client: httpx.Client, **attributes: str) -> dict[str, Any]:
    """Post an ordinary payment and return its answer."""
    ((features, _),) = ordinary(1, seed=8)
    return post(client, features=features, amount="21.00", attributes=attributes)


def listed(page: Page, reason: str) -> None:
    """Fill in the form that lists something, by keys alone, and send it."""
    page.locator("#reason").focus()
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def not_looked_at(_page: Page, _name: str) -> None:
    """Without scripts axe cannot run."""


def looked_at(page: Page, name: str) -> None:
    """Nobody is kept out, nothing sticks out."""
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"]) for each in found]
    fits(page)
    if PICTURES:
        for width, height, scheme in ((1366, 768, "light"), (1024, 768, "dark"), (390, 844, "light")):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}-{scheme}.png"), full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})


def blocked(page: Page, live: Live, device: str, looks: Callable[[Page, str], None]) -> None:
    """Block a device from its own page, as an analyst may."""
    page.goto(live.url + entity_address("device", device))
    expect(page.get_by_text("Allow this device…")).to_have_count(0)
    page.get_by_text("Block this device…").click()
    expect(page.locator("#what")).to_have_text(device)
    expect(page.locator("#lasts option")).to_have_text(["1 day", "7 days", "30 days", "90 days"])
    looks(page, "new")
    listed(page, "three chargebacks this week")
    expect(page.locator("#state")).to_have_text("in force")
    looks(page, "entry")


def ended(page: Page, live: Live, device: str, looks: Callable[[Page, str], None]) -> None:
    """Meet the entry on the device's page, find it from the search, and end it."""
    page.goto(live.url + entity_address("device", device))
    expect(page.locator("#listed")).to_contain_text("three chargebacks this week")
    looks(page, "device")
    page.goto(f"{live.url}/search")
    page.get_by_role("link", name="Block and allow lists").click()
    expect(page.locator(".list tbody tr").first).to_contain_text("three chargebacks this week")
    looks(page, "lists")
    page.locator(".list tbody tr a").first.click()
    listed(page, "the customer got it back")
    expect(page.locator("#state")).to_have_text("ended")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_device_is_blocked_from_its_own_page_and_its_next_payment_declined(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    has_scripts: bool,
) -> None:
    device, looks = f"{DEVICE}-{has_scripts}", looked_at if has_scripts else not_looked_at
    assert paid(client, device=device)["label"] == "legit"
    name = "ada" if has_scripts else "joan"
    page = a_visitor(browser, contexts, live.link(name, "analyst"), java_script_enabled=has_scripts)
    blocked(page, live, device, looks)
    answer = paid(client, device=device)
    assert (answer["label"], answer["reason"]) == ("fraud", "blocked")
    ended(page, live, device, looks)
    assert paid(client, device=device)["label"] == "legit"


def test_a_merchant_is_blocked_by_one_manager_and_another(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    assert paid(client, merchant=SHOP)["label"] == "legit"
    grace = a_visitor(browser, contexts, live.link("grace", "manager"))
    grace.goto(live.url + entity_address("merchant", SHOP))
    tab_to(grace, "Block this merchant…")
    grace.keyboard.press("Enter")
    grace.wait_for_url("**/lists/new**")
    grace.locator("#lasts").select_option("never")
    listed(grace, "sells stolen goods")
    expect(grace.locator("#state")).to_have_text("waits for another manager")
    expect(grace.locator("#approve")).to_have_count(0)
    assert paid(client, merchant=SHOP)["label"] == "legit"
    edith = a_visitor(browser, contexts, live.link("edith", "manager"))
    edith.goto(f"{live.url}/lists?state=waiting")
    looked_at(edith, "waiting")
    edith.locator(".list tbody tr a").first.click()
    looked_at(edith, "proposal")
    listed(edith, "the police confirm it")
    expect(edith.locator("#state")).to_have_text("in force")
    assert paid(client, merchant=SHOP)["reason"] == "blocked"
    expect(edith.locator(".events li")).to_contain_text(["grace proposed it", "edith approved it"])
