"""From the key that judges a case to the next one painted, in a real Chromium at a real service.

An analyst works off a queue: looks at a case for about half a second, presses L, and the page itself notes
when the key went down and when the first frame with the next case's title was painted. Cases with fresh
eyes are left out: their first verdict brings the machine's opinion, not the next case.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.service import BIN, served

VERDICTS, WARM_UP = 200, 10
THINKING_MILLISECONDS = 500
# Between the bounds of the shipped policy, at any amount.
DOUBTFUL = {"V14": -4.1, "V10": -2.4, "V4": 2.6, "V12": -2.2, "V17": -1.5}
ENVIRONMENT = {
    "TERTIUM_BLIND_SHARE": "0",
    "TERTIUM_SECOND_LOOK_SHARE": "0",
    "TERTIUM_SECOND_LOOK_FROM": "1e12",
}
# A frame's callback runs before it is painted; a message posted there arrives when it has been.
WATCH = """
() => {
  window.swaps = [];
  let pressed;
  addEventListener("keydown", () => (pressed = performance.now()), { capture: true });
  new MutationObserver(() => {
    const title = document.getElementById("case");
    if (pressed === undefined || !title || title.dataset.caseId === window.shown) return;
    window.shown = title.dataset.caseId;
    const since = pressed;
    pressed = undefined;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.swaps.push(performance.now() - since);
      port2.postMessage(undefined);
    });
  }).observe(document.body, { childList: true, subtree: true });
  window.shown = document.getElementById("case").dataset.caseId;
}
"""


def figures() -> dict[str, float]:
    """Return `next_case_p50_ms` and `next_case_p95_ms`."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        key = tertium("key", "add", "bench", "--data-dir", str(folder)).split()[-1]
        link = tertium("user", "add", "bench", "--data-dir", str(folder)).split("/login/")[-1].split()[0]
        with served(folder, ENVIRONMENT) as port:
            url = f"http://127.0.0.1:{port}"
            _fill(url, key)
            with _desk(f"{url}/login/{link}") as page:
                swaps = _judged(page)
    return {
        "next_case_p50_ms": float(np.median(swaps)),
        "next_case_p95_ms": float(np.quantile(swaps, 0.95)),
    }


def tertium(*words: str) -> str:
    """Run a command to its end; return what it printed."""
    done = subprocess.run([BIN / "tertium", *words], capture_output=True, text=True, check=True)
    return done.stdout


def _fill(url: str, key: str) -> None:
    """Post more cases than are judged, among payments that are known."""
    draws = np.random.default_rng(5)
    with httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=60) as client:
        names = client.get("/v1/model").json()["features"]

        def payment(features: dict[str, float], amount: float) -> dict[str, object]:
            return {
                "transaction_id": uuid4().hex,
                "occurred_at": "2026-05-01T12:00:00Z",
                "amount": f"{amount:.2f}",
                "currency": "EUR",
                "features": features,
                "attributes": {
                    "card": f"•••• {draws.integers(50):04}",
                    "merchant": "M-20417",
                    "country": "BE",
                },
            }

        ordinary = [
            payment(dict(zip(names, draws.normal(scale=0.9, size=len(names)).tolist(), strict=True)), 80)
            for _ in range(500)
        ]
        waiting = [
            payment(dict.fromkeys(names, 0.0) | DOUBTFUL, amount)
            for amount in np.linspace(900, 100, VERDICTS + WARM_UP + 20).tolist()
        ]
        for sent in (ordinary, waiting):
            client.post("/v1/transactions/batch", json=sent).raise_for_status()
        labels = [
            {
                "transaction_id": body["transaction_id"],
                "label": "legit" if place % 20 else "fraud",
                "source": "audit",
                "occurred_at": "2026-05-01T12:00:00Z",
                "learned_at": "2026-06-01T12:00:00Z",
            }
            for place, body in enumerate(ordinary)
        ]
        client.post("/v1/labels", json={"labels": labels}).raise_for_status()


@contextmanager
def _desk(link: str) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("The next-case benchmark needs Chromium (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(link)
        page.locator("#enter").click()
        yield page
        browser.close()


def _judged(page: Page) -> list[float]:
    """Return how long each next case took (milliseconds)."""
    page.locator("#case").wait_for()
    page.evaluate(WATCH)
    for _ in range(VERDICTS + WARM_UP):
        page.wait_for_timeout(THINKING_MILLISECONDS)
        page.keyboard.press("l")
    page.wait_for_timeout(2 * THINKING_MILLISECONDS)
    swaps: list[float] = page.evaluate("window.swaps")
    if len(swaps) != VERDICTS + WARM_UP:
        raise SystemExit(f"{len(swaps)} of {VERDICTS + WARM_UP} verdicts brought another case")
    return swaps[WARM_UP:]
