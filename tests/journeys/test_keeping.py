"""Cases that a senior colleague assigns, and that wait for the customer: by keys, and without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service, wait_until
from tests.journeys.review import CLOSE_ALL, a_case, case_on, ends_on, press, rested, shows, shows_nothing

pytestmark = MARKS

#: Nine hours before UTC in winter as in summer: nobody takes its clock for UTC's.
ZONE = "Pacific/Gambier"
WAITS = "SELECT waits_until FROM cases WHERE id = :case_id"
#: The moment comes in two seconds, for whoever let it wait.
SOON = """
UPDATE cases SET waits_until = now() + interval '2 seconds', offered_until = now() + interval '15 minutes'
WHERE id = :case_id
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service on its own data."""
    folder = migrated(tmp_path_factory.mktemp("keeping") / "data")
    with live_service(folder) as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    """Every journey begins at an empty queue."""
    yield
    live.asked(CLOSE_ALL)


def is_accessible(page: Page) -> None:
    """Ask axe, and whether anything must be scrolled sideways."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [each["id"] for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def by_keys(page: Page, name: str) -> None:
    """Go to a link or button by the keyboard alone, and press it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.replace(/\\s+/g, ' ').trim()") == name:
            return page.keyboard.press("Enter")
    raise AssertionError(f"{name} is not reached by the keyboard")


def row_of(page: Page, answer: dict[str, Any]) -> Locator:
    """Return the row of a payment's case in the queue."""
    return page.locator(f"tr:has(a[href='/cases/{answer['case_id']}'])")


def assigns(page: Page, *, to: str, by_key: bool) -> None:
    """Fill the form that assigns a case, and send it."""
    page.locator("#assign-to").focus()
    page.keyboard.type(to)
    page.keyboard.press("Tab")
    page.keyboard.type("you know this shop")
    if by_key:
        is_accessible(page)
        by_keys(page, "Assign")
    else:
        page.locator("#assign").click()
    expect(page.locator("#assigned")).to_contain_text(f"Assigned to {to} by grace")
    expect(page.locator(".timeline")).to_contain_text(f"Assigned to {to} by grace")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_senior_assigns_a_case_by_keys_and_its_assignee_gets_it_with_the_words(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, *, has_scripts: bool
) -> None:
    _, given = a_case(client, 900), a_case(client, 100)
    # The senior's own page holds the first case.
    senior = a_visitor(browser, contexts, live.link("grace", "senior"), java_script_enabled=has_scripts)
    live.link("ada", "analyst")
    senior.goto(f"{live.url}/queue")
    if has_scripts:
        is_accessible(senior)
        by_keys(senior, f"Assign case {given['case_id']}")
    else:
        senior.get_by_role("link", name=f"Assign case {given['case_id']}").click()
    expect(senior.locator("h1")).to_have_text(f"Assign case {given['case_id']}")
    assigns(senior, to="ada", by_key=has_scripts)
    colleague = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows_nothing(colleague)
    expect(colleague.locator(".nothing")).to_contain_text("1 case is assigned to colleagues.")
    colleague.goto(f"{live.url}/queue")
    row = row_of(colleague, given)
    expect(row).to_contain_text("assigned to ada")
    expect(row.get_by_role("button", name="Take")).to_have_count(0)
    analyst = a_visitor(browser, contexts, live.link("ada", "analyst"))
    shows(analyst, given)
    expect(analyst.locator("#assigned")).to_have_text("Assigned to you by grace: you know this shop")
    rested(analyst)
    is_accessible(analyst)


def test_an_assignee_gives_a_case_back_from_its_record(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    _, given = a_case(client, 900), a_case(client, 100)
    live.link("joan", "analyst")
    senior = a_visitor(browser, contexts, live.link("grace", "senior"))
    senior.goto(f"{live.url}/cases/{given['case_id']}/assign")
    senior.locator("#assign-to").select_option("joan")
    senior.locator("#assign-reason").fill("yours")
    senior.locator("#assign").click()
    analyst = a_visitor(browser, contexts, live.link("joan", "analyst"))
    analyst.goto(f"{live.url}/queue")
    row = row_of(analyst, given)
    expect(row).to_contain_text("reserved")
    analyst.goto(f"{live.url}/cases/{given['case_id']}")
    expect(analyst.locator("#assigned")).to_contain_text("Assigned to you by grace")
    analyst.locator("summary", has_text="Give it back").press("Enter")
    analyst.locator("#give-back-reason").fill("I know the merchant's owner")
    analyst.locator("#give-back").press("Enter")
    expect(analyst.locator("#assigned")).to_have_count(0)
    expect(analyst.locator(".timeline")).to_contain_text("joan gave the assignment back")


def test_a_case_waits_until_a_moment_of_the_analysts_own_clock_and_is_back_by_itself(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"), timezone_id=ZONE)
    shows(page, answer)
    press(page, "s")
    expect(page.locator("#skip-ways")).to_be_visible()
    expect(page.locator("#wait-zone")).to_contain_text("By your clock")
    is_accessible(page)
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=30)
    page.locator("#wait-until").fill(f"{until - timedelta(hours=9):%Y-%m-%dT%H:%M}")
    page.locator("#wait-reason").fill("asked by mail")
    page.locator("#wait-reason").press("Enter")
    shows_nothing(page)
    expect(page.locator("#last")).to_contain_text("waits for the customer")
    expect(page.locator(".nothing")).to_contain_text("1 case waits for the customer.")
    assert live.asked(WAITS, case_id=answer["case_id"])[0]["waits_until"] == until
    assert ends_on(live, answer) == [("ada", "waits")]
    colleague = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows_nothing(colleague)
    colleague.goto(f"{live.url}/queue?customer=awaited")
    expect(colleague.locator("table.queue tbody tr")).to_have_count(1)
    expect(colleague.locator("table.queue")).to_contain_text("awaiting customer until")
    is_accessible(colleague)
    live.asked(SOON, case_id=answer["case_id"])
    # Nobody reloads anything: the empty desk looks by itself.
    shows(page, answer)
    expect(page.locator("#waited")).to_contain_text("asked by mail")


@pytest.mark.parametrize(
    ("typed", "zone", "told"),
    [
        ("2026-03-29T01:59", "+01:00", ""),
        ("2026-03-29T02:30", "+01:00", "Your clock skips this time: 03:30 is meant."),
        ("2026-03-29T03:00", "+02:00", ""),
        ("2026-10-25T01:59", "+02:00", ""),
        ("2026-10-25T02:30", "+02:00", "Your clock shows this time twice: the first is meant."),
        ("2026-10-25T03:00", "+01:00", ""),
    ],
)
def test_a_time_that_the_clock_skips_or_shows_twice_is_read_by_one_rule(
    live: Live,
    browser: Browser,
    contexts: list[BrowserContext],
    client: httpx.Client,
    typed: str,
    zone: str,
    told: str,
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"), timezone_id="Europe/Berlin")
    shows(page, answer)
    press(page, "s")
    page.locator("#wait-until").fill(typed)
    expect(page.locator("#wait-zone")).to_have_text(f"By your clock, at most 14 days ahead. {told}".strip())
    assert page.locator("#wait-until").evaluate("(field) => field.form.elements.zone.value") == zone


def test_a_colleague_brings_a_case_back_whose_customer_called(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"), java_script_enabled=False)
    page.locator("[popovertarget=skip-ways]").click()
    page.locator("#wait-reason").fill("asked by mail")
    page.locator("#wait").click()
    wait_until(lambda: live.asked(WAITS, case_id=answer["case_id"])[0]["waits_until"] is not None)
    colleague = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows_nothing(colleague)
    colleague.goto(f"{live.url}/cases/{answer['case_id']}")
    expect(colleague.locator("#awaits")).to_contain_text("asked by mail")
    is_accessible(colleague)
    colleague.locator("#bring-back").press("Enter")
    expect(colleague.locator("#awaits")).to_have_count(0)
    colleague.goto(f"{live.url}/review")
    assert case_on(colleague) == answer["case_id"]


def test_a_moment_that_is_past_is_refused_with_what_was_written(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    shows(page, answer)
    press(page, "s")
    page.locator("#wait-until").fill("2026-01-01T12:00")
    page.locator("#wait-reason").fill("asked by mail")
    page.locator("#wait").click()
    expect(page.locator("#notice")).to_contain_text("at most 14 days from now")
    expect(page.locator("#notice")).to_contain_text("asked by mail")
    shows(page, answer)


@pytest.mark.parametrize("where", ["search", "payment", "entity"])
def test_a_case_is_taken_by_keys_from_wherever_it_is_listed(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, where: str
) -> None:
    a_case(client, 900)
    answer = a_case(client, 100)
    (case,) = live.asked("SELECT transaction_id FROM cases WHERE id = :case_id", case_id=answer["case_id"])
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    address = {
        "search": f"/search?q=%23{answer['case_id']}",
        "payment": f"/payments/{case['transaction_id']}",
        "entity": "/entities/merchant/TS0yMDQxNw",
    }[where]
    page.goto(f"{live.url}{address}")
    is_accessible(page)
    by_keys(page, f"Take case {answer['case_id']}")
    shows(page, answer)
