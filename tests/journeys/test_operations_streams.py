"""Many live pages in one browser: one stream serves them all, and the next page still gets its answer."""

from time import monotonic

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.journeys.browsing import MARKS, a_visitor, an_unknown
from tests.journeys.live import Live
from tests.patience import PATIENCE_SECONDS

pytestmark = MARKS

#: More than the connections a browser keeps to one place.
PAGES = 8
WITHOUT_LOCKS = "delete Navigator.prototype.locks;"
WITHOUT_CHANNELS = "delete window.BroadcastChannel;"
#: How many pages hold the operations' stream and how many wait in line for it; each hears messages besides.
IN_LINE = """navigator.locks.query().then((all) => [all.held, all.pending].map((locks) =>
    locks.filter(({ name }) => name.includes("/operations/events")).length))"""


class Streams:
    """The streams a browser holds open."""

    def __init__(self, context: BrowserContext) -> None:
        """Watch a browser's requests."""
        self.open: set[Request] = set()
        self.most = 0
        context.on("request", self._begins)
        context.on("requestfailed", self._ends)
        context.on("requestfinished", self._ends)

    def _begins(self, request: Request) -> None:
        if request.url.partition("?")[0].endswith("/operations/events"):
            self.open.add(request)
            self.most = max(self.most, len(self.open))

    def _ends(self, request: Request) -> None:
        self.open.discard(request)


@pytest.fixture
def manager(
    live: Live, browser: Browser, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> Page:
    """A manager's browser."""
    return a_visitor(browser, contexts, live.link(f"manager-{request.node.name[:40]}", "manager"))


@pytest.fixture
def watching(live: Live, manager: Page) -> list[Page]:
    """As many operations pages as starve a browser."""
    opened = [manager.context.new_page() for _ in range(PAGES)]
    for page in opened:
        page.goto(f"{live.url}/operations")
    return opened


def waiting(page: Page) -> int:
    return int(page.locator("#figure-waiting .number").inner_text().replace("\u202f", ""))


def comes_to(page: Page, in_line: list[int]) -> None:
    """Wait until so many pages hold the stream and wait for it; a promise itself would count as true."""
    deadline = monotonic() + PATIENCE_SECONDS
    while page.evaluate(IN_LINE) != in_line:
        assert monotonic() < deadline, page.evaluate(IN_LINE)
        page.wait_for_timeout(50)


def are_live(pages: list[Page]) -> None:
    for page in pages:
        expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_eight_live_pages_share_one_stream_and_a_ninth_page_opens(
    live: Live, manager: Page, client: httpx.Client
) -> None:
    streams = Streams(manager.context)
    pages = []
    for _ in range(PAGES):
        page = manager.context.new_page()
        page.goto(f"{live.url}/operations")
        pages.append(page)
    are_live(pages)
    manager.goto(f"{live.url}/queue")
    expect(manager.locator("h1")).to_have_text("Queue")
    before = waiting(pages[0])
    an_unknown(client)
    for page in pages:
        expect(page.locator("#figure-waiting .number")).to_have_text(str(before + 1))
    assert streams.most == 1


def test_when_the_page_that_listens_is_closed_another_listens_for_all(
    watching: list[Page], client: httpx.Client
) -> None:
    are_live(watching)
    while len(watching) > 2:
        watching.pop(0).close()
    before = waiting(watching[0])
    an_unknown(client)
    for page in watching:
        expect(page.locator("#figure-waiting .number")).to_have_text(str(before + 1))
    comes_to(watching[0], [1, 1])


def test_a_page_out_of_sight_listens_to_nothing(live: Live, manager: Page) -> None:
    manager.goto(f"{live.url}/operations")
    are_live([manager])
    look = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    manager.evaluate(look, True)
    comes_to(manager, [0, 0])
    manager.evaluate(look, False)
    comes_to(manager, [1, 0])


@pytest.mark.parametrize("script", [WITHOUT_LOCKS, WITHOUT_CHANNELS])
def test_a_browser_that_cannot_share_asks_now_and_then_and_holds_nothing(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, script: str
) -> None:
    who = "cannot-lock" if script is WITHOUT_LOCKS else "cannot-tell"
    page = a_visitor(browser, contexts, live.link(who, "manager"))
    page.context.add_init_script(script)
    streams = Streams(page.context)
    page.goto(f"{live.url}/operations")
    are_live([page])
    before = waiting(page)
    an_unknown(client)
    expect(page.locator("#figure-waiting .number")).to_have_text(str(before + 1))
    assert streams.most == 0


def test_a_page_that_hangs_with_the_stream_loses_it(live: Live, manager: Page, client: httpx.Client) -> None:
    """Its scripts stand still, so it passes nothing on; the lock is still its own until another takes it."""
    hung = manager.context.new_page()
    hung.goto(f"{live.url}/operations")
    are_live([hung])
    manager.goto(f"{live.url}/operations")
    are_live([manager])
    hung.context.new_cdp_session(hung).send("Debugger.enable")
    session = hung.context.new_cdp_session(hung)
    session.send("Debugger.enable")
    session.send("Debugger.pause")
    before = waiting(manager)
    an_unknown(client)
    expect(manager.locator("#figure-waiting .number")).to_have_text(str(before + 1))
