"""The time a case is somebody's, on machines that sleep and whose clocks jump."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.journeys.browsing import MARKS, VIEWPORT, enter
from tests.journeys.live import Live
from tests.journeys.review import CLOSE_ALL, a_case, shows

pytestmark = MARKS

AN_HOUR = 3_600_000
#: The browser's two clocks in a test's hands: `sleeps` lets one of them go ahead, the other stays behind.
CLOCKS = {
    "the clock that runs stands still": """
        const stopped = performance.now();
        performance.now = () => stopped;
        const date = Date.now;
        let ahead = 0;
        Date.now = () => date() + ahead;
        window.sleeps = (milliseconds) => (ahead += milliseconds);""",
    "the clock that runs does not count sleep": """
        const date = Date.now;
        let ahead = 0;
        Date.now = () => date() + ahead;
        window.sleeps = (milliseconds) => (ahead += milliseconds);""",
    "the date stays behind": """
        const runs = performance.now.bind(performance);
        let ahead = 0;
        performance.now = () => runs() + ahead;
        window.sleeps = (milliseconds) => (ahead += milliseconds);""",
}
# Lets both clocks sleep, jump and be set back at random, and compares with what has really passed.
COMPARED = """
async () => {
  const clocks = { runs: 1000, date: 1_000_000 };
  performance.now = () => clocks.runs;
  Date.now = () => clocks.date;
  const { now } = await import("/static/clock.js?v=compared");
  const began = now();
  let [passed, setBack, last, seed] = [0, 0, began, 7];
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let step = 0; step < 5000; step += 1) {
    const milliseconds = random() < 0.1 ? random() * 1e7 : random() * 600;
    const asleep = random() < 0.3;
    passed += milliseconds;
    if (!asleep) clocks.runs += milliseconds;
    clocks.date += milliseconds;
    if (random() < 0.05) {
      const by = random() * 5000;
      clocks.date -= by;
      setBack += by;
    }
    const seen = now();
    if (seen < last) return `ran back by ${last - seen}`;
    last = seen;
  }
  return [passed, setBack, last - began];
}
"""


@pytest.fixture(autouse=True)
def _nothing_is_left(live: Live) -> Iterator[None]:
    """Every journey begins at an empty queue."""
    yield
    live.asked(CLOSE_ALL)


def is_beat(answer: Response) -> bool:
    return answer.url.endswith("/heartbeat")


@pytest.fixture
def visit(live: Live, browser: Browser, contexts: list[BrowserContext]) -> Callable[[str, str], Page]:
    """Log somebody in by a browser whose clocks are in the test's hands."""

    def visited(name: str, script: str) -> Page:
        context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(script)
        page = context.new_page()
        enter(page, live.link(name, "analyst"))
        return page

    return visited


@pytest.mark.parametrize("clocks", CLOCKS)
def test_who_wakes_asks_the_server_whose_the_case_is(
    live: Live, client: httpx.Client, visit: Callable[[str, str], Page], clocks: str
) -> None:
    answer = a_case(client, 900)
    name = f"sleeper-{list(CLOCKS).index(clocks)}"
    # Without scripts a case is held longer; the first beat brings that down, so it has to come.
    page = visit(name, CLOCKS[clocks])
    shows(page, answer)
    expect(page.locator("#countdown")).to_have_text(re.compile(r"^[0-2]:|^3:00"))
    with page.expect_response(is_beat) as beat:
        page.evaluate("(milliseconds) => sleeps(milliseconds)", AN_HOUR)
    assert beat.value.status == 200
    expect(page.locator("#countdown")).to_have_text(re.compile(r"^(2:5\d|3:00)$"))
    expect(page.locator("#message")).to_be_hidden()
    # Meanwhile its time ran out, and nobody may know that but the server.
    live.asked("UPDATE cases SET lease_expires_at = now() WHERE id = :case_id", case_id=answer["case_id"])
    page.evaluate("(milliseconds) => sleeps(milliseconds)", AN_HOUR)
    expect(page.locator("#message")).to_contain_text("Nothing was recorded")


def test_no_sleep_is_missed_and_time_never_runs_back(page_of_ours: Page) -> None:
    """A date that is set back during a sleep hides as much of it; less than a second is rounding."""
    passed, set_back, counted = page_of_ours.evaluate(COMPARED)
    assert passed - set_back - 1000 <= counted <= passed + 1


@pytest.fixture
def page_of_ours(live: Live, browser: Browser, contexts: list[BrowserContext]) -> Page:
    """A page of the service that runs no scripts of its own."""
    context = browser.new_context()
    contexts.append(context)
    page = context.new_page()
    page.goto(f"{live.url}/login")
    return page
