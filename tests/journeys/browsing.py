"""Colleagues with browsers, and a payment service beside them."""

import os
import shutil
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.datasets import load_generator
from tests.models import MODELS
from tests.patience import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

#: A currency that no model learned.
FOREIGN = "CHF"
#: What every module of journeys is marked with.
MARKS = [
    pytest.mark.browser,
    # A browser among other processes on two cores now and then loses a key press; what fails twice is wrong.
    # The first failure is in the report.
    pytest.mark.flaky(reruns=1),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="NO CHROMIUM: the browser journeys were not tested (apt-get install chromium)",
    ),
]

VIEWPORT = {"width": 1366, "height": 768}


def a_visitor(browser: Browser, contexts: list[BrowserContext], link: str, **options: Any) -> Page:
    """Log a colleague in by their link."""
    context = browser.new_context(viewport=VIEWPORT, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    contexts.append(context)
    page = context.new_page()
    enter(page, link)
    return page


def enter(page: Page, link: str) -> None:
    """Follow a one-time link, and press its button."""
    page.goto(link)
    with page.expect_navigation():
        page.locator("#enter").click()


def a_payment(features: dict[str, float], **changes: Any) -> dict[str, Any]:
    """Return a payment as its service posts it."""
    body = {
        "transaction_id": uuid4().hex,
        "occurred_at": "2026-05-01T12:00:00Z",
        "amount": "41.90",
        "currency": "EUR",
        "features": features,
        "attributes": {"card": "•••• 8841", "merchant": "M-20417"},
    }
    return body | changes


def ordinary(count: int, *, fraud_share: float = 0.0, seed: int) -> list[tuple[dict[str, float], str]]:
    """Return features and amounts of payments like those the model learned from: of a feed that is right."""
    generator = load_generator(MODELS / "demo")
    drawn = generator.sample(count, fraud_share=fraud_share, rng=np.random.default_rng(seed))
    rows = zip(drawn.features.tolist(), drawn.amounts.tolist(), strict=True)
    return [(dict(zip(generator.names, row, strict=True)), f"{amount:.2f}") for row, amount in rows]


def post(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """Post a payment and return the machine's answer."""
    names = client.get("/v1/model").json()["features"]
    features = dict.fromkeys(names, 0.0) | changes.pop("features", {})
    answer = client.post("/v1/transactions", json=a_payment(features, **changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def an_unknown(client: httpx.Client, amount: str = "41.90") -> dict[str, Any]:
    """Post a payment that a person has to judge; a currency nobody learned is always one."""
    answer = post(client, amount=amount, currency=FOREIGN)
    assert answer["label"] == "unknown"
    return answer
