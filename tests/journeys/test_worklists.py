"""Lists people work with: a view made by keys, a selection decided as one, a file read offline."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, a_visitor, post
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service, wait_until
from tests.journeys.review import CLOSE_ALL, DOUBTFUL, a_case, press_and_go, shows

pytestmark = MARKS

WIDTHS = (1366, 1024)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service whose verdicts stand soon, and which hides no score."""
    folder = migrated(tmp_path_factory.mktemp("lists") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="1", TERTIUM_BLIND_SHARE="0") as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    """Every journey begins at an empty queue, and with no view."""
    yield
    live.asked(CLOSE_ALL)
    live.asked("DELETE FROM default_views")
    live.asked("DELETE FROM queue_views")


def fits(page: Page) -> None:
    """Nothing sticks out, on a screen or on half of one."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (page.url, width)


def is_clean(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []


def tab_to(page: Page, selector: str) -> None:
    """Go on by the tab key until this has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector!r} by keys")


def go(page: Page, key: str = "Enter") -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def some_linked(client: httpx.Client, card: str, *, several: int) -> list[int]:
    """Post payments of one card that the machine cannot tell, and return their cases."""
    attributes = {"card": card, "merchant": "M-20417"}
    posted = [
        post(client, amount=f"{300 + n}.00", features=DOUBTFUL, attributes=attributes) for n in range(several)
    ]
    return [int(each["case_id"]) for each in posted]


def keeps_a_view(ada: Page) -> None:
    """Sort, add a column and move it, and share that under a name: by keys alone."""
    # The amount's heading turns the list twice: the smallest first.
    for _ in range(2):
        tab_to(ada, "th.is-amount a")
        go(ada)
    expect(ada.locator("th.is-amount")).to_have_attribute("aria-sort", "ascending")
    tab_to(ada, "#columns summary")
    ada.keyboard.press("Enter")
    tab_to(ada, "[name=column][value=merchant]")
    ada.keyboard.press("Space")
    go(ada)
    expect(ada.locator("th.is-merchant")).to_have_text("Merchant")
    tab_to(ada, "#columns summary")
    ada.keyboard.press("Enter")
    tab_to(ada, "[name=move][value='merchant.left']")
    go(ada)
    expect(ada.locator("#columns")).to_have_attribute("open", "")
    tab_to(ada, "#keep summary")
    ada.keyboard.press("Enter")
    tab_to(ada, "#view-name")
    ada.keyboard.type("Small first")
    tab_to(ada, "[name=is_shared]")
    ada.keyboard.press("Space")
    tab_to(ada, "#keep form:last-of-type button")
    go(ada)


def at_the_queue(
    live: Live, browser: Browser, contexts: list[BrowserContext], name: str, role: str, **options: Any
) -> Page:
    """Log a colleague in while nothing waits: their review page would take the first case."""
    page = a_visitor(browser, contexts, live.link(name, role), **options)
    page.goto(f"{live.url}/queue")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_view_is_made_by_keys_shared_and_a_colleagues_queue_begins_with_it(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, scripts: bool
) -> None:
    small, large = a_case(client, 20), a_case(client, 2000)
    ada = a_visitor(browser, contexts, live.link("ada", "analyst"), java_script_enabled=True)
    ada.goto(f"{live.url}/queue")
    keeps_a_view(ada)
    expect(ada.locator(".views [aria-current]")).to_have_text("Small first")
    fits(ada)
    grace = a_visitor(browser, contexts, live.link("grace", "senior"), java_script_enabled=scripts)
    grace.goto(f"{live.url}/queue")
    grace.locator(".views a", has_text="Small first").click()
    expect(grace.locator("tbody tr a[href^='/cases/']").first).to_have_text(re.compile(str(small["case_id"])))
    grace.locator(".views a", has_text="Manage views").click()
    expect(grace.locator(".kept")).to_contain_text("shared by ada")
    grace.locator(".kept button", has_text="Begin with it").click()
    expect(grace.locator(".kept .tag")).to_have_text("my queue begins here")
    if scripts:
        is_clean(grace)
    fits(grace)
    grace.goto(f"{live.url}/queue")
    expect(grace.locator("th.is-merchant")).to_be_visible()
    grace.locator(".views a", has_text="All cases").click()
    expect(grace.locator("tbody tr a[href^='/cases/']").first).to_have_text(re.compile(str(large["case_id"])))


def test_three_are_chosen_by_keys_and_decided_as_one(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    ada = at_the_queue(live, browser, contexts, "joan", "analyst")
    linked = some_linked(client, "•••• 7001", several=4)
    ada.reload()
    for case_id, key in zip(linked[:3], ("Space", "x", "x"), strict=True):
        ada.locator(f".pick input[value^='{case_id}-']").focus()
        ada.keyboard.press(key)
    expect(ada.locator(".pick input:checked")).to_have_count(3)
    is_clean(ada)
    tab_to(ada, "button[value=judge]")
    go(ada)
    expect(ada.locator("h1")).to_contain_text("•••• 7001")
    expect(ada.locator(".pick input:checked")).to_have_count(3)
    ada.locator("#reason").select_option("linked_fraud")
    ada.locator("#confirmed").check()
    with ada.expect_navigation():
        ada.locator("#group-fraud").click()
    expect(ada.locator("#done")).to_contain_text("3 cases decided fraud at once")
    states = live.asked("SELECT count(*) AS n FROM cases WHERE id = ANY(:ids) AND state = 'open'", ids=linked)
    assert states[0]["n"] == 1


def test_without_scripts_what_a_colleague_took_is_refused_by_name_and_the_rest_go_on(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    ada = at_the_queue(live, browser, contexts, "hedy", "analyst", java_script_enabled=False)
    # Without scripts nothing is made ready beside the case one asks for.
    grace = at_the_queue(live, browser, contexts, "grace", "senior", java_script_enabled=False)
    linked = some_linked(client, "•••• 7002", several=5)
    ada.reload()
    ada.locator("#choose-all").click()
    expect(ada.locator(".pick input:checked")).to_have_count(5)
    grace.goto(f"{live.url}/cases/{linked[0]}")
    grace.locator(".take button").click()
    expect(grace.locator("#case")).to_have_attribute("data-case-id", str(linked[0]))
    ada.locator("button[value=judge]").click()
    expect(ada.locator("#notice")).to_contain_text("a colleague has it reserved")
    expect(ada.locator("#notice")).to_contain_text("Claimed by grace")
    expect(ada.locator("#notice li")).to_have_count(1)
    fits(ada)
    ada.locator("#rest").click()
    expect(ada.locator(".pick input:checked")).to_have_count(4)


def exported(live: Live, judge: Page, answer: dict[str, Any], folder: Path) -> Path:
    """Decide a case, and save it as a file."""
    shows(judge, answer)
    press_and_go(judge, "f")
    case_id = answer["case_id"]
    wait_until(
        lambda: live.asked("SELECT state FROM cases WHERE id = :id", id=case_id)[0]["state"] == "judged"
    )
    judge.goto(f"{live.url}/cases/{case_id}")
    with judge.expect_download() as saved:
        judge.locator("#export").click()
    assert saved.value.suggested_filename == f"tertium-case-{case_id}.html"
    saved.value.save_as(folder / saved.value.suggested_filename)
    judge.reload()
    return folder / saved.value.suggested_filename


def test_an_exported_case_is_read_offline_and_reaches_nothing(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, tmp_path: Path
) -> None:
    ada = a_visitor(browser, contexts, live.link("rosa", "analyst"))
    file = exported(live, ada, a_case(client, 512), tmp_path)
    expect(ada.locator(".timeline")).to_contain_text("Exported by rosa")
    context = browser.new_context(offline=True)
    contexts.append(context)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(file.as_uri())
    expect(page.locator("h1")).to_contain_text("Case")
    expect(page.locator("#replay ~ .verdict")).to_have_text("It comes out the same, to the last digit.")
    expect(page.locator("#verdicts ~ ul")).to_contain_text("rosa")
    assert asked == [file.as_uri()]
    is_clean(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
