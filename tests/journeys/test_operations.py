"""The operations page, live in a real Chromium, over real HTTP, at a service that stops at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, VIEWPORT, a_visitor, an_unknown
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.patience import PATIENCE_SECONDS

pytestmark = MARKS

#: A stream that ends may take this long to be noticed; the server's own grace is longer.
SOON_SECONDS = 5.0


@contextmanager
def logged_in(live: Live, name: str, role: str) -> Iterator[httpx.Client]:
    """A client with a colleague's session."""
    with httpx.Client(base_url=live.url, timeout=PATIENCE_SECONDS) as client:
        answer = client.post(live.link(name, role))
        assert answer.status_code == 303, answer.text
        yield client


def events(answer: httpx.Response) -> Iterator[tuple[str, str]]:
    """Return each event's name and data as they come; comments have none."""
    name, data = "", []
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and name:
            yield name, "\n".join(data)
            name, data = "", []


def figure(page: Page, name: str) -> int:
    """Return a number at the top of the page."""
    return int(page.locator(f"#figure-{name} .number").inner_text().replace("\u202f", ""))


def test_the_numbers_follow_what_happens_and_each_opens_its_list(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    page = a_visitor(browser, contexts, live.link("grace-operations", "manager"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live.url}/operations")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    before = figure(page, "waiting")
    page.locator("#operations-flow summary").click()
    for _ in range(3):
        an_unknown(client)
    expect(page.locator("#figure-waiting .number")).to_have_text(str(before + 3))
    expect(page.locator("#operations-flow details")).to_have_attribute("open", "")
    page.locator("#figure-waiting").click()
    expect(page.locator("tbody tr")).to_have_count(before + 3)
    page.go_back()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    assert complaints == []


def test_a_case_is_released_from_whoever_holds_it(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    an_unknown(client)
    analyst = a_visitor(browser, contexts, live.link("ada-operations", "analyst"))
    expect(analyst.locator("#case")).to_be_visible()
    held = analyst.locator("#case").get_attribute("data-case-id")
    page = a_visitor(browser, contexts, live.link("senior-operations", "senior"))
    page.goto(f"{live.url}/operations")
    link = page.locator(f"#operations-people a[href='/operations/cases/{held}/release']")
    expect(link).to_be_visible()
    link.click()
    page.locator("#reason").fill("her shift is over")
    page.locator("#release").click()
    expect(page.locator("#done")).to_contain_text("is back in the queue")
    expect(link).to_have_count(0)


def test_focus_and_an_open_table_survive_the_next_numbers(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    page = a_visitor(browser, contexts, live.link("barbara-operations", "manager"))
    page.goto(f"{live.url}/operations")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    page.locator("#figure-waiting").focus()
    before = figure(page, "waiting")
    an_unknown(client)
    expect(page.locator("#figure-waiting .number")).to_have_text(str(before + 1))
    expect(page.locator("#figure-waiting")).to_be_focused()


def test_the_operations_page_works_without_scripts(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    an_unknown(client)
    page = a_visitor(browser, contexts, live.link("plain-operations", "manager"), java_script_enabled=False)
    page.goto(f"{live.url}/operations")
    assert figure(page, "waiting") > 0
    page.locator("#figure-waiting").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_every_page_of_operations_fits_its_screen_in_light_and_dark(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    an_unknown(client)
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    page = a_visitor(browser, contexts, live.link("dorothy-operations", "manager"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            for name, place in (("operations", "operations"), ("operations-cases", "operations/cases")):
                page.goto(f"{live.url}/{place}")
                page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert sideways <= 0, f"{place} scrolls sideways at {width}"
    page.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]


def test_the_stream_sends_numbers_every_two_seconds_and_is_not_held_back(live: Live) -> None:
    with logged_in(live, "auditor-operations", "auditor") as auditor:
        began = time.monotonic()
        with auditor.stream("GET", "/operations/events") as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            assert answer.headers["Content-Security-Policy"]
            told = events(answer)
            first, second, third = next(told), next(told), next(told)
        lasted = time.monotonic() - began
    assert {name for name, _ in (first, second, third)} == {"operations"}
    assert 'id="operations"' in first[1]
    assert "/release" not in first[1]
    assert 3 < lasted < 4 + SOON_SECONDS


def test_a_stream_is_only_for_those_who_see_operations(live: Live) -> None:
    with logged_in(live, "analyst-operations", "analyst") as analyst:
        assert analyst.get("/operations/events").status_code == 403
    assert httpx.get(f"{live.url}/operations/events").status_code == 303


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_does_not_wait_for_those_who_watch(
    tmp_path_factory: pytest.TempPathFactory, how: signal.Signals
) -> None:
    with live_service(migrated(tmp_path_factory.mktemp("stop") / "data")) as live:
        with (
            logged_in(live, "grace", "manager") as manager,
            manager.stream("GET", "/operations/events") as answer,
        ):
            told = events(answer)
            next(told)
            began = time.monotonic()
            live.process.send_signal(how)
            assert [name for name, _ in told if name != "operations"] == []
            assert time.monotonic() - began < SOON_SECONDS
        live.process.wait(PATIENCE_SECONDS)
        assert time.monotonic() - began < 2 * SOON_SECONDS
        assert live.process.returncode == 0
