"""A long body never keeps other callers from their turn, and no body may be endlessly wide."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from app.web.api.json_bodies import ARRAY_OPEN
from app.web.api.json_rows import MOST_ROWS, ROWS_AT_ONCE, array_rows, gathered, line_rows
from app.web.api.json_values import MOST_KEYS
from app.web.api.payments.label_bodies import LabelsRoute
from app.web.api.payments.outcomes import post_labels
from app.web.errors import MOST_ERRORS
from tests.service import Service

ROWS = MOST_ROWS // 2
LABEL = {
    "transaction_id": "order-1",
    "label": "fraud",
    "source": "chargeback",
    "occurred_at": "2026-05-01T12:00:00Z",
    "learned_at": "2026-06-01T12:00:00Z",
}


async def turns_of_another(reading: Coroutine[Any, Any, object]) -> int:
    """Return how often somebody else came to run while a body was read."""
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(another())
    try:
        await reading
    finally:
        running.cancel()
    return turns


async def whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def labels_read(body: bytes) -> Coroutine[Any, Any, object]:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    request = Request({"type": "http", "method": "POST", "path": "/v1/labels", "headers": []}, receive)
    return LabelsRoute("/v1/labels", post_labels, methods=["POST"]).read(request)


@pytest.mark.parametrize("row", [b"1", b"x", b'{"a":1}'])
async def test_lines_of_one_piece_are_read_in_slices(row: bytes) -> None:
    reading = line_rows(gathered(whole((row + b"\n") * ROWS)))
    assert await turns_of_another(reading) >= ROWS // ROWS_AT_ONCE


async def test_values_of_one_piece_are_read_in_slices() -> None:
    body = b"[1" + b",1" * (ROWS - 1) + b"]"
    reading = array_rows(gathered(whole(body)), opening=ARRAY_OPEN, closing="]")
    assert await turns_of_another(reading) >= ROWS // ROWS_AT_ONCE


@pytest.mark.parametrize("labels", [300, 3_000], ids=["small", "long"])
async def test_labels_are_checked_in_slices(labels: int) -> None:
    reading = labels_read(json.dumps({"labels": [LABEL] * labels}).encode())
    assert await turns_of_another(reading) >= labels // ROWS_AT_ONCE


@pytest.mark.parametrize("labels", [10_000, 100_000], ids=["small", "long"])
async def test_labels_are_looked_at_until_as_many_are_wrong_as_an_answer_names(labels: int) -> None:
    body = b'{"labels":[{}' + b",{}" * (min(labels, MOST_ROWS) - 1) + b" " * labels + b"]}"
    with pytest.raises(RequestValidationError) as refusal:
        await labels_read(body)
    assert MOST_ERRORS <= len(refusal.value.errors()) < 2 * MOST_ERRORS


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/v1/transactions", "{}", (400, "body")),
        ("/v1/transactions/batch", "[{}]", (400, "body")),
        ("/v1/labels", '{{"labels": [{}]}}', (400, "body")),
    ],
)
async def test_an_object_of_endlessly_many_keys_is_refused(
    service: Service, path: str, body: str, answer: tuple[int, str]
) -> None:
    wide = json.dumps({f"key {number}": 1 for number in range(MOST_KEYS + 1)})
    heard = await service.client.post(
        path,
        content=body.format(wide),
        headers=service.headers | {"Content-Type": "application/json"},
    )
    assert (heard.status_code, heard.json()["errors"][0]["field"]) == answer
    assert f"{MOST_KEYS:,} keys" in heard.json()["detail"]
