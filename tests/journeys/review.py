"""What journeys at the desk have in common: cases, keys, and what the database holds of both."""

from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, expect

from tests.journeys.browsing import a_payment, ordinary, post
from tests.journeys.live import Live

#: Between the bounds of the shipped policy, at any amount.
DOUBTFUL = {"V14": -4.1, "V10": -2.4, "V4": 2.6, "V12": -2.2, "V17": -1.5}
VERDICT_KEYS = "fle"
VERDICTS = """
SELECT judgement, reason, note, claims.token FROM verdicts JOIN claims USING (token)
WHERE verdicts.case_id = :case_id ORDER BY verdicts.id
"""
ENDS = """
SELECT name, how, reason FROM claims JOIN accounts ON accounts.id = account_id
LEFT JOIN claim_ends USING (token) WHERE case_id = :case_id ORDER BY claimed_at, ended_at
"""
CLOSE_ALL = """
UPDATE cases SET state = 'closed', closed_at = now(), holder_id = NULL, lease_token = NULL,
    lease_expires_at = NULL, is_reserved = false, shown_at = NULL, assigned_to = NULL, assigned_until = NULL,
    waits_until = NULL
WHERE state IN ('open', 'escalated')
"""


def a_case(client: httpx.Client, amount: int) -> dict[str, Any]:
    """Post a payment the machine cannot tell; the higher its amount, the sooner somebody gets it."""
    answer = post(client, amount=f"{amount}.00", features=DOUBTFUL)
    assert answer["label"] == "unknown"
    return answer


def some_known(client: httpx.Client, *, legits: int = 600, frauds: int = 30) -> list[dict[str, float]]:
    """Post ordinary payments and some like the doubtful one, and report what they turned out to be.

    Of those the machine declines a few by itself; the others wait, and what waits is not told of. Returns the
    features of the frauds that are told of: chance has drawn none of them for an audit.
    """
    sent = [a_payment(features, amount=amount) for features, amount in ordinary(legits, seed=3)]
    draws = np.random.default_rng(3)
    for features, amount in ordinary(frauds, seed=4):
        noise = draws.normal(scale=0.5, size=len(features)).tolist()
        near = {
            name: 1.4 * DOUBTFUL.get(name, 0.0) + each for name, each in zip(features, noise, strict=True)
        }
        sent.append(a_payment(near, amount=amount))
    # Among each other: a feed of frauds alone would be taken for a wrong one.
    order = draws.permutation(legits + frauds)
    sent = [sent[row] for row in order]
    labels = ["legit" if row < legits else "fraud" for row in order]
    results = client.post("/v1/transactions/batch", json=sent).json()["results"]
    assert {result["status"] for result in results} == {200}
    reports = [
        {
            "transaction_id": body["transaction_id"],
            "label": label,
            "source": "chargeback" if label == "fraud" else "audit",
            "occurred_at": "2026-05-01T12:00:00Z",
            "learned_at": "2026-06-01T12:00:00Z",
        }
        for body, label in zip(sent, labels, strict=True)
    ]
    assert client.post("/v1/labels", json={"labels": reports}).json()["accepted"] == legits + frauds
    answers = [result["answer"] for result in results]
    told = [answer["label"] == "fraud" and answer["case_id"] is None for answer in answers]
    return [
        body["features"]
        for body, is_told, label in zip(sent, told, labels, strict=True)
        if is_told and label == "fraud"
    ]


def shows(page: Page, answer: dict[str, Any]) -> None:
    """Wait until this payment's case lies on the desk."""
    expect(page.locator("#case")).to_have_attribute("data-case-id", str(answer["case_id"]))


def case_on(page: Page) -> int:
    """Return which case lies on the desk."""
    return int(page.locator("#case").get_attribute("data-case-id") or 0)


def shows_nothing(page: Page) -> None:
    """Wait until the desk is empty."""
    expect(page.locator("#nothing-title")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other; those that judge when the case in sight can be judged."""
    for key in keys:
        if key in VERDICT_KEYS:
            rested(page)
        page.keyboard.press(key)


def rested(page: Page) -> None:
    """Wait until the case in sight has been there for long enough to be judged."""
    expect(page.locator("#verdict-form[data-resting]")).to_have_count(0)


def press_and_go(page: Page, key: str) -> None:
    """Press a key that ends the case in sight, and wait until it is gone and the server has said so."""
    case_id = case_on(page)
    press(page, key)
    expect(page.locator(f"#case[data-case-id='{case_id}']")).to_have_count(0)
    expect(page.locator("#last")).to_contain_text(f"Case {case_id} ")


def write_note(page: Page, note: str) -> None:
    """Write a note and leave the field, by keys."""
    press(page, "n")
    page.keyboard.type(note)
    press(page, "Escape")


def verdicts_on(live: Live, answer: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Return the verdicts on a payment's case: judgement, reason and note."""
    rows = live.asked(VERDICTS, case_id=answer["case_id"])
    return [(row["judgement"], row["reason"], row["note"]) for row in rows]


def ends_on(live: Live, answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return who held a payment's case, in order, and how each hold ended."""
    return [(row["name"], row["how"]) for row in live.asked(ENDS, case_id=answer["case_id"])]
