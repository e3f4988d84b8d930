"""One service and one browser for the journeys of a module."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.journeys.browsing import CHROMIUM, FOREIGN
from tests.journeys.data_folders import rated
from tests.journeys.live import Live, live_service
from tests.patience import PATIENCE_SECONDS

# Machines that run tests are busy: how soon a page is there is no fact about it.
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One service for the journeys of this module."""
    folder = tmp_path_factory.mktemp("journey") / "data"
    rated(folder, FOREIGN)
    with live_service(folder) as live:
        yield live


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser that users would use, without a screen."""
    assert CHROMIUM is not None, "CI must have a Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def contexts() -> Iterator[list[BrowserContext]]:
    """Every colleague has a browser of their own; all are closed in the end."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def client(live: Live) -> Iterator[httpx.Client]:
    """A payment service."""
    key = live.key(f"shop {uuid4().hex[:6]}")
    with httpx.Client(base_url=live.url, headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS) as client:
        yield client
