"""How a body may be wrapped: one stated rule for single payments, batches and labels."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.web.api.json_bodies import ARRAY_OPEN
from app.web.api.json_rows import UnreadableRow, array_rows, gathered, line_rows
from app.web.api.payments.label_bodies import LABELS_OPEN
from tests.builders import value
from tests.service import Service

SINGLE, BATCH, LABELS = "/v1/transactions", "/v1/transactions/batch", "/v1/labels"
NDJSON = "application/x-ndjson"


def a_label() -> dict[str, Any]:
    return {
        "transaction_id": "order-1",
        "label": "fraud",
        "source": "chargeback",
        "occurred_at": "2026-05-01T12:00:00Z",
        "learned_at": "2026-06-01T12:00:00Z",
    }


MAKERS: dict[str, Callable[[Service], Any]] = {
    SINGLE: lambda service: service.body(),
    BATCH: lambda service: [service.body()],
    LABELS: lambda _: {"labels": [a_label()]},
}
everywhere = pytest.mark.parametrize("path", MAKERS)


async def answered(service: Service, path: str, content: bytes, **headers: str) -> tuple[int, list[str]]:
    """Return the status, and which fields the problem, or the first refused row, names."""
    sent = service.headers | {"Content-Type": "application/json"} | headers
    answer = await service.client.post(path, content=content, headers=sent)
    told = answer.json()
    if path == BATCH and answer.status_code == 200:
        status, told = told["results"][0]["status"], told["results"][0].get("problem", {})
    else:
        status = answer.status_code
    return status, [error["field"] for error in told.get("errors", [])]


@everywhere
@pytest.mark.parametrize(
    "media_type", ["Application/JSON", "application/json; charset=UTF-8", "application/vnd.shop+json"]
)
async def test_json_is_read_by_any_of_its_names(service: Service, path: str, media_type: str) -> None:
    content = json.dumps(MAKERS[path](service)).encode()
    assert await answered(service, path, content, **{"Content-Type": media_type}) == (200, [])


@everywhere
async def test_a_byte_order_mark_is_no_part_of_the_body(service: Service, path: str) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(MAKERS[path](service)).encode()
    assert await answered(service, path, content) == (200, [])


@everywhere
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/json"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": 'application/json; charset="latin1"'},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br, gzip"},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_not_read_is_refused_by_its_name(
    service: Service, path: str, headers: dict[str, str]
) -> None:
    content = gzip.compress(json.dumps(MAKERS[path](service)).encode())
    assert await answered(service, path, content, **headers) == (415, ["content-type"])


@pytest.mark.parametrize(
    "media_type", ["application/X-NDJSON", "application/ndjson", "application/jsonl", "application/jsonlines"]
)
async def test_lines_are_read_by_any_of_their_names(service: Service, media_type: str) -> None:
    content = json.dumps(service.body()).encode() + b"\n"
    assert await answered(service, BATCH, content, **{"Content-Type": media_type}) == (200, [])


async def test_lines_sent_as_an_array_are_told_their_name(service: Service) -> None:
    content = b"\n".join([json.dumps(service.body()).encode()] * 2)
    headers = service.headers | {"Content-Type": "application/json"}
    answer = await service.client.post(BATCH, content=content, headers=headers)
    assert answer.status_code == 400
    assert "application/x-ndjson" in answer.json()["detail"]


@everywhere
@pytest.mark.parametrize("is_escaped", [False, True], ids=["plain", "escaped"])
async def test_a_key_that_stands_twice_is_refused_by_its_name(
    service: Service, engine: AsyncEngine, path: str, *, is_escaped: bool
) -> None:
    again = "\\u0074ransaction_id" if is_escaped else "transaction_id"
    content = json.dumps(MAKERS[path](service)).replace(
        '{"transaction_id"', f'{{"{again}": "x", "transaction_id"'
    )
    assert await answered(service, path, content.encode()) == (422, ["transaction_id"])
    assert (
        await value(engine, "SELECT (SELECT count(*) FROM transactions) + (SELECT count(*) FROM labels)") == 0
    )


async def test_a_key_that_stands_twice_in_the_features_is_refused(service: Service) -> None:
    content = json.dumps(service.body()).replace('"V1":', '"V2": 0.0, "V1":')
    assert await answered(service, SINGLE, content.encode()) == (422, ["V2"])
    assert await answered(service, BATCH, f"[{content}]".encode()) == (422, ["V2"])
    assert await answered(service, BATCH, content.encode(), **{"Content-Type": NDJSON}) == (422, ["V2"])


@pytest.mark.parametrize(
    "amount",
    ["1_000", "\uff11\uff12", "\u0664\u0662", " 12 ", "12\n", "12,50", "1 000"],
)
async def test_an_amount_as_text_is_written_as_json_writes_numbers(service: Service, amount: str) -> None:
    content = json.dumps(service.body(amount=amount)).encode()
    assert await answered(service, SINGLE, content) == (422, ["amount"])
    assert await answered(service, BATCH, b"[" + content + b"]") == (422, ["amount"])


async def test_what_nobody_can_know_yet_is_refused(service: Service) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await service.post(service.body(transaction_id="order-1"))
    content = json.dumps({"labels": [a_label(), a_label() | {"learned_at": later}]}).encode()
    assert await answered(service, LABELS, content) == (422, ["labels.1.learned_at"])
    content = json.dumps(service.body(occurred_at=later)).encode()
    assert await answered(service, SINGLE, content) == (422, ["occurred_at"])
    content = json.dumps(service.body(respond_by="2026-05-01T12:00:00Z")).encode()
    assert await answered(service, SINGLE, content) == (422, ["respond_by"])


# The readers by themselves: however a body is cut, its rows are the same.


async def cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]
        await asyncio.sleep(0)


ROWS: list[Any] = [{"a": 1, "b": [1, 2.5, "ü€😀"]}, 12345, "x,]}", [], None, -0.5, {"deep": {"er": ["]"]}}]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
async def test_an_array_is_the_same_however_it_is_cut(size: int) -> None:
    body = json.dumps(ROWS, ensure_ascii=False, indent=1).encode()
    assert await array_rows(cut(body, size), opening=ARRAY_OPEN, closing="]") == ROWS
    labels = b' {"labels" : ' + body + b" } "
    assert await array_rows(cut(labels, max(size, 20)), opening=LABELS_OPEN, closing="]}") == ROWS


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
async def test_lines_are_the_same_however_they_are_cut(size: int) -> None:
    body = "\r\n\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    assert await line_rows(cut(body, size)) == ROWS
    assert await line_rows(gathered(cut(body, size))) == ROWS


async def test_only_the_row_that_repeats_a_key_is_refused() -> None:
    rows = await array_rows(
        cut(b'[{"a": 1}, {"a": 1, "a": 2}, {"a": 3}]', 5), opening=ARRAY_OPEN, closing="]"
    )
    assert [isinstance(row, UnreadableRow) for row in rows] == [False, True, False]
