"""A team's own file becomes a served model: replayed, its bounds moved by two managers, a case judged."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.live import TERTIUM, Live, live_service
from tests.journeys.review import press
from tests.journeys.test_lab import answer_all, confirm, sign
from tests.own_payments import SCHEMA, train_own_model
from tests.workflows.policies.looked_back import spread_over_days

pytestmark = MARKS

POSTED = 400


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    train_own_model(folder)
    return folder


@pytest.fixture(scope="module")
def shop(own: Path) -> Iterator[Live]:
    """The service with that model alone, as `tertium start` says to serve it."""
    assert (own / "schema.toml").read_text(encoding="utf-8") == SCHEMA
    with live_service(own / "data", TERTIUM_MODELS_DIR=str(own / "models")) as live:
        yield live


def replay(live: Live, own: Path) -> None:
    done = subprocess.run(
        [
            *(TERTIUM, "replay", own / "orders.csv", "--url", live.url, "--key", live.key("shop")),
            *("--limit", str(POSTED), "--with-labels"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def move_the_bound(live: Live, browser: Browser, contexts: list[BrowserContext]) -> None:
    """Let one manager lower the approve bound, and another sign and activate it."""
    grace = a_visitor(browser, contexts, live.link("grace", "manager"))
    grace.goto(f"{live.url}/thresholds")
    grace.locator("#bound-approve").fill("-30")
    grace.locator("#bound-approve").press("Tab")
    expect(grace.locator("[data-mark='draft']")).to_contain_text("your draft")
    answer_all(grace, "Everything is looked at in the first week.")
    grace.locator("#reason").fill("a new model: people look first")
    grace.locator("#save-draft").click()
    expect(grace.locator("#done")).to_contain_text("another manager has to approve it")
    version = int(grace.url.partition("?")[0].rpartition("/")[2])
    barbara = a_visitor(browser, contexts, live.link("barbara", "manager"))
    sign(barbara, live, version)
    confirm(barbara, "#activate", "as agreed", live)
    expect(barbara.locator("#done")).to_contain_text(f"Version {version} decides every payment")


def test_from_a_file_to_a_case_with_named_columns(
    shop: Live, own: Path, browser: Browser, contexts: list[BrowserContext]
) -> None:
    replay(shop, own)
    assert_kept_as_the_file_has_it(shop)
    shop.within(spread_over_days)
    move_the_bound(shop, browser, contexts)
    ada = a_visitor(browser, contexts, shop.link("ada", "analyst"))
    ada.goto(f"{shop.url}/review")
    strip = ada.locator("table.strip")
    for name in ("distance", "orders_before", "category", "chip", "Time of payment"):
        expect(strip).to_contain_text(name)
    expect(strip.locator("th[title='What was bought.']")).to_have_text("category")
    expect(ada.locator("body")).not_to_contain_text("unlike what the model learned from")
    case = ada.locator("#case").get_attribute("data-case-id")
    press(ada, "l")
    # Chance may have drawn it as a control case: judged once before the score is shown, and once after.
    opinion = ada.get_by_text("In blind review you said")
    expect(opinion.or_(ada.locator("#last", has_text=f"Case {case} "))).to_be_visible()
    if opinion.is_visible():
        press(ada, "l")
    expect(ada.locator("#last")).to_contain_text(f"Case {case} ")
    assert shop.asked("SELECT id FROM verdicts WHERE case_id = :id", id=int(case or 0))


def assert_kept_as_the_file_has_it(live: Live) -> None:
    """Ids, entities and moments are the file's own; what it does not know is not there."""
    (first, *others) = live.asked("SELECT * FROM transactions ORDER BY occurred_at")
    assert len(others) == POSTED - 1
    assert first["transaction_id"] == "A-000000"
    assert first["attributes"]["card"].startswith("card-")
    # Midnight in Vienna.
    assert first["occurred_at"].isoformat() == "2026-02-28T23:00:00+00:00"
    assert {type(value) for value in first["features"].values()} <= {float, int, str}
