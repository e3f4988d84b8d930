"""The lab's form in a real Chromium: what is typed is what is kept, and what is asked for can be seen."""

import re
from contextlib import suppress
from dataclasses import fields
from math import isnan
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from app.triage.policies.document import digest_of
from app.triage.policies.policy import Policy
from tests.journeys.browsing import MARKS, a_visitor, post
from tests.journeys.live import Live
from tests.patience import PATIENCE_SECONDS
from tests.web.pages.test_typed import ASKED_BACK, MEANT

pytestmark = [*MARKS, pytest.mark.usefixtures("traffic")]

#: 1366x768, and the same screen at 150 %.
SIZES = ({"width": 1366, "height": 768}, {"width": 911, "height": 512})

#: Whether an element lies wholly in the window, and nothing lies over any corner or the middle of it.
IS_WHOLLY_SEEN = """element => {
  const box = element.getBoundingClientRect();
  const [left, right] = [box.left + 3, box.right - 3];
  const [top, bottom] = [box.top + 3, box.bottom - 3];
  const middle = [(left + right) / 2, (top + bottom) / 2];
  const points = [[left, top], [right, top], [left, bottom], [right, bottom], middle];
  return points.every(([x, y]) => {
    const found = document.elementFromPoint(x, y);
    return found !== null && element.contains(found);
  });
}"""


@pytest.fixture(scope="module")
def traffic(live: Live) -> None:
    """A few payments to look back on."""
    with httpx.Client(
        base_url=live.url, headers={"X-API-Key": live.key("traffic")}, timeout=PATIENCE_SECONDS
    ) as client:
        for _ in range(5):
            post(client)


@pytest.fixture
def manager(live: Live, browser: Browser, contexts: list[BrowserContext], request: Any) -> Page:
    page = a_visitor(browser, contexts, live.link(request.node.name[-40:], "manager"))
    page.goto(f"{live.url}/thresholds")
    return page


def is_seen(page: Page, selector: str) -> bool:
    """Whether the one element of this kind is wholly seen."""
    return bool(page.locator(selector).first.evaluate(IS_WHOLLY_SEEN))


def rested(page: Page) -> None:
    """Wait until the figures are those of the fields."""
    expect(page.locator("#figures")).not_to_have_attribute("aria-busy", "true")


def with_warnings(page: Page) -> list[str]:
    """Type bounds that speak against themselves; return the names of all answers that are required."""
    page.locator("#bound-approve").fill("9")
    page.locator("[name='staffing.analysts']").evaluate("each => { each.closest('details').open = true; }")
    page.locator("[name='staffing.analysts']").fill("0")
    rested(page)
    expect(page.locator("[name='answer.bounds_out_of_order']")).to_have_count(1)
    names: list[str] = page.locator("#bench [required]").evaluate_all("all => all.map(each => each.name)")
    assert len(names) >= 4
    return names


@pytest.mark.parametrize("size", SIZES, ids=["1366x768", "at 150 percent"])
def test_the_field_that_is_empty_is_the_one_that_is_pointed_at_and_it_is_seen(
    manager: Page, size: Any
) -> None:
    manager.set_viewport_size(size)
    names = with_warnings(manager)
    for name in names:
        for other in names:
            if not other.startswith(("approve_", "decline_")):
                manager.locator(f"[name='{other}']").fill("" if other == name else "It is a test.")
        if name.startswith(("approve_", "decline_")):
            was = manager.locator(f"[name='{name}']").input_value()
            manager.locator(f"[name='{name}']").fill("")
            expect(manager.locator("[role=alert]")).to_contain_text("is missing")
            manager.locator("#save-draft").click()
        else:
            rested(manager)
            manager.locator("#save-draft").click()
        assert manager.evaluate("document.activeElement.name") == name
        assert is_seen(manager, f"[name='{name}']"), name
        if name.startswith(("approve_", "decline_")):
            manager.locator(f"[name='{name}']").fill(was)
            rested(manager)
            names_now = manager.locator("#bench [required]").evaluate_all("all => all.map(each => each.name)")
            assert names_now == names
    assert manager.url.endswith("/thresholds")


@pytest.mark.parametrize("size", SIZES, ids=["1366x768", "at 150 percent"])
def test_every_field_and_every_sentence_to_sign_can_be_wholly_seen(manager: Page, size: Any) -> None:
    manager.set_viewport_size(size)
    with_warnings(manager)
    manager.locator("#bench details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    fields = manager.locator("#bench :is(input:not([type=hidden]), select, textarea, button):visible").all()
    assert len(fields) > 30
    for field in fields:
        field.focus()
        assert field.evaluate(IS_WHOLLY_SEEN), field.evaluate("each => each.outerHTML")
    for sentence in manager.locator("#statement p, .warning label").all():
        sentence.scroll_into_view_if_needed()
        assert sentence.evaluate(IS_WHOLLY_SEEN), sentence.inner_text()
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    manager.screenshot(path=folder / f"lab-form-{size['width']}.png")


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "fr-FR"])
def test_what_is_typed_in_a_locale_is_what_is_kept(
    live: Live, browser: Browser, contexts: list[BrowserContext], locale: str
) -> None:
    page = a_visitor(browser, contexts, live.link(f"in {locale}", "manager"), locale=locale)
    page.goto(f"{live.url}/thresholds")
    typed = {"en-US": "-1,234.5", "de-DE": "-1.234,5", "fr-FR": "-1 234,5"}[locale]
    for name, text in (("approve_at_most", typed), ("decline_at_least", "1,5")):
        page.locator(f"[name={name}]").select_text()
        page.keyboard.type(text)
    rested(page)
    expect(page.locator("[data-bound='bound-decline']")).to_have_attribute("aria-valuenow", "1.5")
    kept = keep(page, live)
    assert (kept["approve_at_most"], kept["decline_at_least"]) == (-1234.5, 1.5)


def test_what_may_mean_two_numbers_is_asked_back_at_its_field(manager: Page) -> None:
    manager.locator("[name='bands.0.amount_from']").evaluate(
        "each => { each.closest('details').open = true; }"
    )
    manager.locator("[name='bands.0.amount_from']").fill("1.000")
    manager.locator("#bands").evaluate("each => { each.open = false; }")
    manager.locator("#bound-approve").press("End")
    manager.locator("#bound-approve").fill("-9")
    expect(manager.locator("[role=alert]")).to_contain_text("may mean 1000 or 1. Write 1000, or 1.")
    wrong = manager.locator("[name='bands.0.amount_from']")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_visible()
    manager.locator("#reason").fill("A trial.")
    manager.locator("#save-draft").click()
    expect(manager.locator("[name='bands.0.amount_from']")).to_be_focused()
    assert is_seen(manager, "[name='bands.0.amount_from']")


def test_bands_are_added_removed_proposed_and_kept(manager: Page, live: Live) -> None:
    manager.locator("#bands summary").click()
    manager.locator("#add-band").click()
    expect(manager.locator("table.bands tbody tr")).to_have_count(2)
    expect(manager.get_by_label("Amount band 2, amounts from")).to_be_focused()
    for row, texts in enumerate((("100", "-9", "3"), ("1.500,50", "-9.25", "2,5"))):
        for name, text in zip(("amount_from", "approve_at_most", "decline_at_least"), texts, strict=True):
            manager.locator(f"[name='bands.{row}.{name}']").fill(text)
    manager.get_by_label("Remove amount band 1").click()
    expect(manager.locator("table.bands tbody tr")).to_have_count(1)
    kept = keep(manager, live)
    band = {"amount_from": 1500.5, "approve_at_most": -9.25, "decline_at_least": 2.5}
    assert [{name: each[name] for name in band} for each in kept["bands"]] == [band]
    manager.get_by_role("link", name="Draft from it").click()
    assert keep(manager, live)["bands"] == kept["bands"]
    manager.goto(f"{live.url}/thresholds")
    manager.locator("[name=set_by][value=cost]").check()
    manager.locator("#propose").click()
    expect(manager.locator(".note").first).to_contain_text("a day")
    assert len(keep(manager, live)["bands"]) > 1


def test_nothing_can_be_kept_while_the_figures_are_those_of_other_values(manager: Page) -> None:
    asked: list[Route] = []
    hold(manager, asked)
    save = manager.locator("#save-draft")
    for place, text in enumerate(("-9.5", "-9.75")):
        manager.locator("#bound-approve").fill(text)
        expect(save).to_be_disabled()
        while len(asked) <= place:
            manager.wait_for_timeout(20)
    with suppress(Error):  # nobody waits for it any more
        asked[0].continue_()
    manager.wait_for_timeout(200)
    expect(save).to_be_disabled()
    asked[1].continue_()
    expect(save).to_be_enabled()


def test_an_answer_about_other_values_than_the_typed_ones_is_never_shown(manager: Page) -> None:
    asked: list[Route] = []
    hold(manager, asked)
    manager.locator("#bound-approve").fill("-9.5")
    while not asked:
        manager.wait_for_timeout(20)
    # Between the keystroke and the next request the first answer arrives.
    manager.evaluate("""() => {
      const input = document.getElementById("bound-approve");
      input.value = "-9.75";
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    with suppress(Error):
        asked[0].continue_()
    manager.wait_for_timeout(60)
    expect(manager.locator("#save-draft")).to_be_disabled()


def test_the_browser_reads_numbers_by_the_rule_of_the_server(manager: Page, live: Live) -> None:
    ask = """async ([address, texts]) => {
      const { numberIn, unmistakable } = await import(address);
      return texts.map((text) => [numberIn(text), unmistakable(numberIn(text))]);
    }"""
    address = f"{live.url}/static/numbers.js"
    for text, (number, shown) in zip(MEANT, manager.evaluate(ask, [address, list(MEANT)]), strict=True):
        assert number == float(MEANT[text]), text
        again = manager.evaluate(ask, [address, [shown]])
        assert again[0][0] == number, shown
    # Too many digits, or too large a power: the server alone asks back.
    strict = [
        text for text in ASKED_BACK if sum(letter.isdigit() for letter in text) < 15 and "999" not in text
    ]
    for text, (number, _) in zip(strict, manager.evaluate(ask, [address, strict]), strict=True):
        assert isnan(number), text


def hold(page: Page, asked: list[Route]) -> None:
    """Keep every question about figures back."""

    def held(route: Route) -> None:
        asked.append(route)

    page.route("**/thresholds/simulate", held)


def keep(page: Page, live: Live) -> dict[str, Any]:
    """Answer all warnings, say why and keep the draft; return the document of its version."""
    rested(page)
    for field in page.locator("[name^='answer.']").all():
        field.fill("It is a test.")
    page.locator("#reason").fill("A trial.")
    shown = page.locator("[name=digest]").input_value()
    page.locator("#save-draft").click()
    expect(page.locator("#done")).to_contain_text(re.compile("another manager|anderer Manager"))
    number = int(page.url.partition("?")[0].rpartition("/")[2])
    (row,) = live.asked("SELECT * FROM policies WHERE id = :id", id=number)
    policy = _policy(row)
    assert digest_of(policy) == shown
    return row


def _policy(row: dict[str, Any]) -> Policy:
    from app.triage.policies.document import policy_of

    names = [field.name for field in fields(Policy)]
    return policy_of({name: row[name] for name in names})
