"""The demo of named columns, as `make demo SCHEMA=payments` starts it: one case seen and judged."""

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from app.datasets.payment_files.world_files import world_schema
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.live import Live
from tests.journeys.test_two_demos import a_demo, run

pytestmark = MARKS

SCHEMA = ("--schema", "payments")


def test_a_case_of_the_demo_shows_named_columns_and_the_card_demo_leaves_it_alone(
    tmp_path: Path, browser: Browser, contexts: list[BrowserContext]
) -> None:
    folder = tmp_path / "demo"
    with a_demo(folder, *SCHEMA) as (process, site, token):
        live = Live(process=process, url=site, data_dir=folder)
        ada = a_visitor(browser, contexts, f"{site}/login/{token}")
        ada.goto(f"{site}/review")
        cells = ada.locator("table.strip tbody th")
        expect(cells.nth(5)).to_be_visible()
        described = {feature.name: feature.about for feature in world_schema().features}
        for cell in cells.all():
            name = cell.inner_text()
            assert name in {*described, "Amount", "Time of payment"}
            assert cell.get_attribute("title") == described.get(name)
        expect(ada.locator("body")).to_contain_text("demo data")
        expect(ada.locator("body")).not_to_contain_text("unlike what the model learned from")
        (feeds,) = live.asked("SELECT count(*) AS wrong FROM feed_watches WHERE wrong_since IS NOT NULL")
        assert feeds["wrong"] == 0
    other = run("demo", "--port", "0", folder=folder)
    assert other.returncode == 2
    assert "reads other payments than this demo makes: nothing was done" in other.stderr
