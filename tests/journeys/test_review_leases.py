"""What becomes of a case whose analyst goes away: it returns, with what was written."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service, wait_until
from tests.journeys.review import (
    CLOSE_ALL,
    a_case,
    ends_on,
    press,
    shows,
    shows_nothing,
    verdicts_on,
    write_note,
)

pytestmark = MARKS


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service that lets a silent analyst hold a case for five seconds."""
    folder = migrated(tmp_path_factory.mktemp("leases") / "data")
    with live_service(folder, TERTIUM_LEASE_SECONDS="5") as live:
        yield live


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    """Every journey begins at an empty queue."""
    yield
    live.asked(CLOSE_ALL)


def beats(page: Page) -> None:
    """Wait until the page has brought the long first lease down to the usual."""
    expect(page.locator("#countdown")).to_have_text(re.compile("^0:"))


def goes_away(page: Page) -> None:
    """Cut the page off until its time has run out."""
    beats(page)
    page.context.set_offline(True)
    expect(page.locator("#message")).to_contain_text("ran out")
    page.context.set_offline(False)


def test_closing_the_page_keeps_what_was_written_for_who_gets_the_case_next(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    colleague = a_visitor(browser, contexts, live.link("grace", "analyst"))
    shows(page, answer)
    beats(page)
    press(page, "2")
    write_note(page, "the customer never answers")
    page.close()
    shows_nothing(colleague)
    shows(colleague, answer)
    expect(colleague.locator("#note")).to_have_value("the customer never answers")
    expect(colleague.locator("[name=reason][value=customer_contact]")).to_be_checked()
    press(colleague, "l")
    shows_nothing(colleague)
    assert verdicts_on(live, answer) == [("legit", "customer_contact", "the customer never answers")]
    assert ends_on(live, answer) == [("ada", "expired"), ("grace", "judged")]


def test_a_late_verdict_counts_where_nobody_came(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows(page, answer)
    goes_away(page)
    wait_until(
        lambda: live.asked("SELECT count(*) AS n FROM cases WHERE lease_expires_at > now()")[0]["n"] == 0
    )
    press(page, "f")
    shows_nothing(page)
    expect(page.locator("#last")).to_contain_text("fraud")
    assert verdicts_on(live, answer) == [("fraud", None, None)]
    assert ends_on(live, answer) == [("mary", "expired"), ("mary", "judged")]


def test_a_late_verdict_is_refused_where_a_colleague_has_the_case_and_its_note_is_shown(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("joan", "analyst"))
    colleague = a_visitor(browser, contexts, live.link("radia", "analyst"))
    shows(page, answer)
    goes_away(page)
    shows(colleague, answer)
    write_note(page, "it was the neighbour")
    press(page, "f")
    expect(page.locator("#notice")).to_contain_text("was not recorded")
    expect(page.locator("#notice q")).to_have_text("it was the neighbour")
    shows_nothing(page)
    press(colleague, "l")
    shows_nothing(colleague)
    assert [row[0] for row in verdicts_on(live, answer)] == ["legit"]


def test_a_page_learns_that_a_colleague_has_its_case_and_judges_it_no_more(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    answer = a_case(client, 900)
    page = a_visitor(browser, contexts, live.link("hedy", "analyst"))
    shows(page, answer)
    beats(page)
    live.asked("UPDATE cases SET lease_expires_at = now() WHERE id = :case_id", case_id=answer["case_id"])
    expect(page.locator("#message")).to_contain_text("Nothing was recorded")
    expect(page.locator("#verdict-fraud")).to_be_disabled()
    page.get_by_role("button", name="Show me the next case").press("Enter")
    expect(page.locator("#verdict-fraud")).to_be_enabled()
    shows(page, answer)
    press(page, "l")
    shows_nothing(page)
    assert [row[0] for row in verdicts_on(live, answer)] == ["legit"]
