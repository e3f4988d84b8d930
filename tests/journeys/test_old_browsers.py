"""The lab in a browser that cannot join or time signals; the desk in such browsers is tried with its keys."""

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.browsing import MARKS, a_visitor, post
from tests.journeys.live import Live

pytestmark = MARKS


@pytest.mark.parametrize("lack", ["any", "timeout"])
def test_the_lab_answers_without_joined_and_without_timed_signals(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, lack: str
) -> None:
    post(client)
    page = a_visitor(browser, contexts, live.link(f"grace-{lack}", "manager"))
    page.context.add_init_script(f"delete AbortSignal.{lack};")
    page.goto(f"{live.url}/thresholds")
    assert page.evaluate(f"AbortSignal.{lack}") is None
    field = page.locator("#bound-approve")
    with page.expect_response("**/thresholds/simulate") as answer:
        field.fill(str(float(field.input_value()) - 1))
    assert answer.value.status == 200
    expect(page.locator("#figures")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#figures")).not_to_contain_text("could not be reached")
    expect(page.locator("#figures table").first).to_be_visible()
