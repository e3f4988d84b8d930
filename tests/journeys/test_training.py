"""A manager sends a file and trains on it in the browser; a worker is killed meanwhile."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.live import Live, live_service, wait_until
from tests.models import shipped_under
from tests.own_payments import RECIPE, SCHEMA, write_own_payments

pytestmark = MARKS

#: In the made-up file distance alone tells nearly all, and the shop does know it before.
KNOWN = SCHEMA.replace("digits = 1", "digits = 1\nknown_before = true")
#: A check and a training of two seconds each, with a start of the command before either.
TRAINED_SECONDS = 180
STATE = "SELECT state, attempts, produced, outcome FROM jobs ORDER BY id DESC LIMIT 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def live(folder: Path, shipped: Path) -> Iterator[Live]:
    recipe = folder.parent / "small.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    told = {
        "TERTIUM_TRAINING_FILES_DIR": str(folder),
        "TERTIUM_TRAINING_UPLOAD_MB": "10",
        "TERTIUM_TRAINING_RECIPE": str(recipe),
        "TERTIUM_MODELS_DIR": str(shipped),
        "TERTIUM_WORKERS": "2",
    }
    with live_service(folder.parent / "data", **told) as live:
        yield live


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shipped_under(tmp_path_factory.mktemp("models"), "2026-01-01a")


def begin(page: Page, live: Live, file: Path) -> str:
    """Send a file, put its schema right, start; return the job's address."""
    page.goto(f"{live.url}/models")
    page.get_by_role("link", name="Train a model").click()
    page.locator("#upload").set_input_files(file)
    page.locator("#send").click()
    expect(page.locator("#schema-title")).to_have_text("Schema of orders.csv")
    expect(page.locator("body")).to_contain_text("it is deleted when its job has ended")
    page.locator("#schema").fill(KNOWN)
    page.locator("#start").click()
    expect(page.locator("h1")).to_contain_text("Training")
    return page.url


def the_child(live: Live) -> tuple[int, int]:
    """Return the number of the process that trains, and of the worker that asked for it; zeros: none does."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    models = str(live.data_dir.parent)
    for line in listed.splitlines():
        if "--progress-to" in line and models in line:
            pid, ppid, *_ = line.split()
            return int(pid), int(ppid)
    return 0, 0


def test_from_a_sent_file_to_a_drafted_model(
    live: Live, folder: Path, tmp_path: Path, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("grace", "manager"))
    begin(page, live, write_own_payments(tmp_path, rows=1500, frauds=200))
    # Nobody reloads the page: it asks by itself.
    expect(page.locator("#outcome")).to_contain_text("is trained", timeout=TRAINED_SECONDS * 1000)
    expect(page.locator("#job-steps")).to_contain_text("1,500 payments, 4 features")
    page.locator("#job-state").get_by_role("link", name="Model").click()
    (job,) = live.asked(STATE)
    page.get_by_role("button", name=f"Draft its first policy: {job['produced']}").click()
    expect(page).to_have_url(rf"{live.url}/thresholds/versions/2?done=first")
    wait_until(lambda: list(folder.glob("received/*")) == [])


def test_a_training_whose_worker_was_killed_is_begun_anew_and_another_one_is_cancelled(
    live: Live, tmp_path: Path, browser: Browser, contexts: list[BrowserContext]
) -> None:
    page = a_visitor(browser, contexts, live.link("barbara", "manager"))
    file = write_own_payments(tmp_path, rows=1500, frauds=200)
    address = begin(page, live, file)
    wait_until(lambda: the_child(live) != (0, 0))
    child, worker = the_child(live)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: the_child(live)[0] != child)
    expect(page.locator("#outcome")).to_contain_text("is trained", timeout=TRAINED_SECONDS * 1000)
    (job,) = live.asked(STATE)
    assert (job["state"], job["attempts"]) == ("succeeded", 2)
    assert begin(page, live, file) != address
    wait_until(lambda: the_child(live) != (0, 0))
    page.locator("#cancel").click()
    expect(page.locator("#outcome")).to_contain_text("Cancelled while it ran.")
    assert the_child(live) == (0, 0)
    expect(page.locator("#retry")).to_be_visible()
