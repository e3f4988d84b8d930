"""The desk's keys in a real Chromium: whatever the keyboard, only what was meant is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.settings import REPOSITORY
from tests.journeys.browsing import MARKS, VIEWPORT, a_visitor, enter
from tests.journeys.data_folders import migrated
from tests.journeys.keyboards import EFFECTS, KEYBOARDS, METHODS, NOTHING, Keyboard, Method, Stroke, table
from tests.journeys.live import Live, live_service
from tests.journeys.review import CLOSE_ALL, a_case, press, press_and_go, rested, shows, shows_nothing
from tests.patience import PATIENCE_SECONDS

pytestmark = MARKS

GIVEN = "SELECT judgement FROM pending_verdicts ORDER BY judged_at"

# Sends strokes to the desk one by one, at moments of the test's own choosing, and says what each did. What
# would be sent to the server is caught on its way, so that the case stays; what a stroke opened or chose is
# put back.
DOES = """
async (strokes) => {
  const judged = { "verdict-form": (button) => button.value, last: () => "undo" };
  const sent = [];
  const caught = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    sent.push((judged[event.target.id] ?? ((button) => `skipped, ${button.value}`))(event.submitter));
  };
  addEventListener("submit", caught, true);
  const open = (id) => document.getElementById(id).getClientRects().length > 0;
  const reasons = [...document.querySelectorAll("[name=reason]")];
  const reset = () => {
    for (const panel of document.querySelectorAll(".panel")) if (open(panel.id)) panel.hidePopover();
    for (const reason of reasons) reason.checked = false;
    document.getElementById("case").focus();
  };
  const did = () => {
    const found = [...sent];
    if (open("skip-ways")) found.push("skip");
    if (open("help")) found.push("help");
    const chosen = reasons.findIndex((reason) => reason.checked);
    if (chosen >= 0) found.push(`reason ${chosen + 1}`);
    else if (document.activeElement.id === "note") found.push("note");
    return found.join(" and ") || "nothing";
  };
  let at = performance.now() + 1000;
  const effects = [];
  for (const stroke of strokes) {
    reset();
    sent.length = 0;
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...stroke });
    Object.defineProperty(event, "timeStamp", { value: (at += 1000) });
    document.activeElement.dispatchEvent(event);
    effects.push(did());
  }
  reset();
  removeEventListener("submit", caught, true);
  return effects;
}
"""
# A stroke at so many milliseconds after the case in sight wakes up; negative ones come while it rests.
PRESSED_AT = """
async ([key, milliseconds]) => {
  const { restsUntil } = await import("/static/rest.js");
  const code = `Key${key.toUpperCase()}`;
  const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
  Object.defineProperty(event, "timeStamp", { value: restsUntil() + milliseconds });
  const sent = [];
  const caught = (submit) => {
    submit.preventDefault();
    submit.stopImmediatePropagation();
    sent.push(submit.submitter.value);
  };
  addEventListener("submit", caught, true);
  document.activeElement.dispatchEvent(event);
  removeEventListener("submit", caught, true);
  return sent;
}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service whose verdicts can be undone for long."""
    folder = migrated(tmp_path_factory.mktemp("keys") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="600") as live:
        yield live


@pytest.fixture(scope="module")
def desk(live: Live, browser: Browser) -> Iterator[Page]:
    """A desk with a case, behind a verdict that can be undone."""
    with httpx.Client(
        base_url=live.url, headers={"X-API-Key": live.key("shop of keys")}, timeout=PATIENCE_SECONDS
    ) as client:
        posted = [a_case(client, amount) for amount in (900, 400)]
    contexts: list[BrowserContext] = []
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    shows(page, posted[0])
    press_and_go(page, "e")
    shows(page, posted[1])
    expect(page.locator("#undo")).to_be_visible()
    yield page
    contexts[0].close()
    live.asked(CLOSE_ALL)


def effects(page: Page, strokes: list[Stroke]) -> list[tuple[Stroke, str]]:
    """Return what each of these strokes did at this desk."""
    did = page.evaluate(DOES, [stroke.sent() for stroke in strokes])
    return list(zip(strokes, did, strict=True))


@pytest.mark.parametrize("keyboard", KEYBOARDS, ids=lambda keyboard: keyboard.name)
def test_every_key_works_on_every_keyboard_and_nothing_else_does(desk: Page, keyboard: Keyboard) -> None:
    found = effects(desk, list(keyboard.strokes()))
    assert {did for _, did in found} == {*EFFECTS.values(), NOTHING}
    assert [(stroke, did) for stroke, did in found if did != stroke.effect] == []


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_what_an_input_method_or_a_modifier_is_at_never_does_anything(desk: Page, method: Method) -> None:
    found = effects(desk, list(method.strokes()))
    assert [(stroke, did) for stroke, did in found if did != NOTHING] == []


def test_the_documented_table_is_the_tested_one() -> None:
    assert table() in (Path(REPOSITORY) / "docs" / "keyboards.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("escape", [{"keyCode": 229}, {"isComposing": True}, {"key": "Process"}])
def test_escape_that_ends_a_composition_leaves_the_note_no_more_than_a_letter_does(
    live: Live, desk: Page, escape: dict[str, Any]
) -> None:
    before = live.asked(GIVEN)
    desk.locator("#note").fill("")
    desk.locator("#note").focus()
    desk.evaluate(
        """(more) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Escape", code: "Escape", bubbles: true, ...more }))""",
        escape,
    )
    expect(desk.locator("#note")).to_be_focused()
    desk.keyboard.type("fl")
    expect(desk.locator("#note")).to_have_value("fl")
    press(desk, "Escape")
    expect(desk.locator("#case")).to_be_focused()
    assert live.asked(GIVEN) == before


def test_strokes_without_a_key_break_nothing(desk: Page) -> None:
    """What fills in forms sends plain events under the name of a key's."""
    errors: list[str] = []
    desk.on("pageerror", lambda error: errors.append(str(error)))
    desk.evaluate("document.body.dispatchEvent(new Event('keydown', { bubbles: true }))")
    assert effects(desk, [Stroke(key="f", code="", effect="fraud")])[0][1] == "fraud"
    assert errors == []


@pytest.mark.parametrize("key", ["f", "l", "e"])
def test_a_case_cannot_be_judged_before_anybody_can_have_seen_it(desk: Page, key: str) -> None:
    desk.reload()
    expect(desk.locator("#case")).to_be_focused()
    said = {"f": "fraud", "l": "legit", "e": "escalate"}[key]
    for milliseconds in (-1e6, -300, -1, -0.001):
        assert desk.evaluate(PRESSED_AT, [key, milliseconds]) == []
    assert desk.evaluate(PRESSED_AT, [key, 1000]) == [said]
    expect(desk.locator("#verdict-form")).not_to_have_attribute("data-resting", "")


def test_resting_begins_with_each_case_and_lasts_three_tenths_of_a_second(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    posted = [a_case(client, amount) for amount in (9000, 8000)]
    page = a_visitor(browser, contexts, live.link("grace", "analyst"))
    shows(page, posted[0])
    page.evaluate(
        """() => new MutationObserver(async () => {
            const { restsUntil } = await import("/static/rest.js");
            window.seen = [restsUntil() - performance.now(), performance.now()];
        }).observe(document.body, { childList: true })"""
    )
    press_and_go(page, "l")
    shows(page, posted[1])
    left, at = page.evaluate("window.seen")
    assert 0 < left <= 300
    assert page.evaluate("import('/static/rest.js').then((rest) => rest.restsUntil())") <= at + 300
    press_and_go(page, "l")
    assert live.asked(GIVEN)[-2:] == [{"judgement": "legit"}] * 2


def test_two_strokes_in_a_row_judge_one_case(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    posted = [a_case(client, amount) for amount in (9000, 8000)]
    page = a_visitor(browser, contexts, live.link("mary", "analyst"))
    shows(page, posted[0])
    page.wait_for_load_state("networkidle")
    rested(page)
    page.evaluate(
        """() => {
            for (const key of ["l", "l", "f", "e"]) {
                document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", { key, code: `Key${key.toUpperCase()}`, bubbles: true }));
            }
        }"""
    )
    shows(page, posted[1])
    expect(page.locator("#last")).to_contain_text(f"Case {posted[0]['case_id']} → legit")
    of_these = "SELECT case_id, judgement FROM pending_verdicts WHERE case_id = ANY(:cases)"
    judged = live.asked(of_these, cases=[answer["case_id"] for answer in posted])
    assert judged == [{"case_id": posted[0]["case_id"], "judgement": "legit"}]


# What old browsers lack, taken away before the page's own scripts run.
LACKS = {
    "nothing": "",
    "the popover API": """
        for (const name of ["togglePopover", "showPopover", "hidePopover", "popover"]) {
            delete HTMLElement.prototype[name];
        }""",
    "the selector of open popovers": """
        for (const name of ["querySelector", "querySelectorAll", "matches"]) {
            for (const of of [Document, Element, DocumentFragment]) {
                const own = of.prototype[name];
                if (own) of.prototype[name] = function (selector) {
                    if (selector.includes(":popover-open")) throw new SyntaxError(selector);
                    return own.call(this, selector);
                };
            }
        }""",
    "joined and timed signals": "delete AbortSignal.any; delete AbortSignal.timeout;",
}


@pytest.fixture(params=LACKS)
def old_browser(
    live: Live, browser: Browser, contexts: list[BrowserContext], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """An analyst at a desk in a browser that lacks something; its scripts must not stumble."""
    context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
    contexts.append(context)
    context.add_init_script(LACKS[request.param])
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    enter(page, live.link(f"joan-{list(LACKS).index(request.param)}-{request.node.name[5:20]}", "analyst"))
    yield page
    assert errors == []


def test_an_open_panel_takes_the_keys_in_browsers_old_and_new(
    live: Live, client: httpx.Client, old_browser: Page
) -> None:
    page, answer = old_browser, a_case(client, 9000)
    shows(page, answer)
    rested(page)
    before = live.asked(GIVEN)
    for opens, panel in (("s", "#skip-ways"), ("?", "#help")):
        expect(page.locator(panel)).to_be_hidden()
        press(page, opens)
        expect(page.locator(panel)).to_be_visible()
        press(page, "f", "l", "e", "n", "z")
        expect(page.locator(panel)).to_be_visible()
        press(page, "Escape")
        expect(page.locator(panel)).to_be_hidden()
    shows(page, answer)
    expect(page.locator("#case")).to_be_focused()
    assert live.asked(GIVEN) == before
    live.asked(CLOSE_ALL)


def click_at(page: Page, place: str) -> None:
    """Click where something is, whether or not it can be reached."""
    box = page.locator(place).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 4, box["y"] + 4)


def test_panels_open_and_close_by_pointer_and_by_key_in_browsers_old_and_new(
    live: Live, client: httpx.Client, old_browser: Page
) -> None:
    page, posted = old_browser, [a_case(client, amount) for amount in (9000, 8000)]
    shows(page, posted[0])
    before = len(live.asked(GIVEN))
    page.locator("#skip").click()
    expect(page.locator("#skip-ways")).to_be_visible()
    click_at(page, "#show-help")
    expect(page.locator("#skip-ways")).to_be_hidden()
    expect(page.locator("#help")).to_be_hidden()
    page.locator("#show-help").click()
    expect(page.locator("#help")).to_be_visible()
    click_at(page, "#case")
    expect(page.locator("#help")).to_be_hidden()
    press(page, "2")
    expect(page.locator("[name=reason]").nth(1)).to_be_checked()
    press(page, "s")
    press_and_go(page, "2")
    shows(page, posted[1])
    press_and_go(page, "f")
    assert live.asked(GIVEN)[before:] == [{"judgement": "fraud"}]
    live.asked(CLOSE_ALL)


def test_a_day_in_another_alphabet_judges_what_was_pressed(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client
) -> None:
    posted = [a_case(client, amount) for amount in (9000, 8000, 7000)]
    page = a_visitor(browser, contexts, live.link("sofia", "analyst"))
    before = len(live.asked(GIVEN))
    for answer, key, code in zip(posted, "адУ", ("KeyF", "KeyL", "KeyE"), strict=True):
        shows(page, answer)
        rested(page)
        page.evaluate(
            """(stroke) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", { bubbles: true, ...stroke }))""",
            {"key": key, "code": code},
        )
        expect(page.locator("#last")).to_contain_text(f"Case {answer['case_id']} ")
    shows_nothing(page)
    given = [row["judgement"] for row in live.asked(GIVEN)[before:]]
    assert given == ["fraud", "legit", "escalate"]
