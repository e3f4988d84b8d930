"""A panel over the review page holds the focus and the keys; nothing behind it can be reached."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, VIEWPORT, a_visitor, enter
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service
from tests.journeys.review import CLOSE_ALL, a_case, press, rested, shows

pytestmark = MARKS

GIVEN = "SELECT judgement FROM pending_verdicts"
WITHOUT_POPOVERS = """
for (const name of ["togglePopover", "showPopover", "hidePopover", "popover"]) {
    delete HTMLElement.prototype[name];
}
"""
#: Which key opens which panel.
PANELS = (("s", "#skip-ways"), ("?", "#help"))
# What has the focus, as far as it is on the page at all and not in a panel.
ASTRAY = """
(panel) => {
  const focused = document.activeElement;
  return focused === document.body || focused.closest(panel) ? "" : focused.outerHTML.slice(0, 80);
}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service where no case is reviewed blind."""
    folder = migrated(tmp_path_factory.mktemp("panels") / "data")
    with live_service(folder) as live:
        yield live


@pytest.fixture(params=["", WITHOUT_POPOVERS], ids=["popovers", "none"])
def page(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:  # fmt: skip
    """A review page with a case, in a browser with popovers and in one without."""
    answer = a_case(client, 900)
    context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
    contexts.append(context)
    context.add_init_script(request.param)
    page = context.new_page()
    enter(page, live.link("ada", "analyst"))
    shows(page, answer)
    rested(page)
    yield page
    live.asked(CLOSE_ALL)


@pytest.mark.parametrize(("opens", "panel"), PANELS)
def test_neither_tab_nor_enter_reaches_what_is_behind_an_open_panel(
    live: Live, page: Page, opens: str, panel: str
) -> None:
    press(page, opens)
    expect(page.locator(panel)).to_be_visible()
    expect(page.locator(f"{panel}:focus, {panel} :focus")).to_have_count(1)
    expect(page.locator("#verdict-form")).to_have_js_property("inert", value=True)
    for _ in range(30):
        press(page, "Tab")
        assert page.evaluate(ASTRAY, panel) == ""
    for _ in range(30):
        press(page, "Shift+Tab")
        assert page.evaluate(ASTRAY, panel) == ""
    press(page, "Escape")
    expect(page.locator(panel)).to_be_hidden()
    expect(page.locator("#case")).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)
    assert live.asked(GIVEN) == []


@pytest.mark.parametrize(("opens", "panel"), PANELS)
def test_a_panel_gives_the_focus_back_to_the_button_that_opened_it(
    page: Page, opens: str, panel: str
) -> None:
    button = page.locator(f"[popovertarget={panel[1:]}]")
    button.focus()
    press(page, "Enter")
    expect(page.locator(panel)).to_be_visible()
    press(page, opens)
    expect(page.locator(panel)).to_be_hidden()
    expect(button).to_be_focused()


def test_a_click_beside_a_panel_closes_it_and_presses_nothing(live: Live, page: Page) -> None:
    place = page.locator("#verdict-legit").bounding_box()
    assert place is not None
    press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    page.mouse.click(place["x"] + 5, place["y"] + 5)
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("[inert]")).to_have_count(0)
    expect(page.locator("#last")).not_to_contain_text("legit")
    assert live.asked(GIVEN) == []


def test_what_went_wrong_in_a_panel_is_told_on_a_page_that_can_be_used(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    press(page, "s")
    press(page, "1")
    expect(page.locator("#message")).to_contain_text("not confirmed")
    expect(page.locator("#skip-ways")).to_be_hidden()
    expect(page.locator("[inert]")).to_have_count(0)
    page.context.set_offline(False)


def test_the_next_case_is_not_behind_the_panel_of_the_one_before(
    browser: Browser, contexts: list[BrowserContext], live: Live, client: httpx.Client
) -> None:
    first, second = a_case(client, 900), a_case(client, 400)
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows(page, first)
    page.wait_for_load_state("networkidle")
    press(page, "s", "1")
    shows(page, second)
    expect(page.locator("#case")).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)
    live.asked(CLOSE_ALL)
