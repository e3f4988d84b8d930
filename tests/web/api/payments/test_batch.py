"""Many payments in one request: each row answered or refused by itself, in order."""

import asyncio
import json
from typing import Any

import orjson
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import FOREIGN, value
from tests.service import Service

BATCH = "/v1/transactions/batch"
NDJSON = "application/x-ndjson"


async def posted(service: Service, content: bytes, content_type: str = "application/json") -> Any:
    headers = service.headers | {"Content-Type": content_type}
    answer = await service.client.post(BATCH, content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def statuses(results: Any) -> list[int]:
    return [result["status"] for result in results]


def fields(result: Any) -> list[str]:
    return [error["field"] for error in result["problem"]["errors"]]


@pytest.mark.parametrize("content_type", ["application/json", NDJSON, "application/jsonl; charset=utf-8"])
async def test_array_and_lines_are_answered_alike(
    service: Service, engine: AsyncEngine, content_type: str
) -> None:
    bodies = [service.body(transaction_id=f"order-{number}") for number in range(5)]
    lines = b"\n".join(map(orjson.dumps, bodies))
    content = orjson.dumps(bodies) if content_type == "application/json" else lines + b"\r\n\n"
    results = await posted(service, content, content_type)
    assert [result["answer"]["transaction_id"] for result in results] == [f"order-{n}" for n in range(5)]
    assert results[0]["answer"].keys() == (await service.post(service.body())).json().keys()
    assert await value(engine, "SELECT count(*) FROM transactions") == 6


async def test_a_row_is_answered_as_it_would_be_alone(service: Service) -> None:
    bodies = [service.body(), service.body(currency=FOREIGN), service.body(features={"V3": -8.0})]
    results = await posted(service, orjson.dumps(bodies))
    assert [result["answer"] for result in results] == [(await service.post(body)).json() for body in bodies]


async def test_good_rows_are_not_lost_to_bad_ones(service: Service, engine: AsyncEngine) -> None:
    missing = service.body()
    del missing["features"]["V7"]
    bodies: list[Any] = [
        service.body(), service.body(amount="-1"), service.body(), missing, "no object", None, 7, [],
        service.body(transaction_id=""), service.body(),
    ]  # fmt: skip
    results = await posted(service, orjson.dumps(bodies))
    assert statuses(results) == [200, 422, 200, 422, 422, 422, 422, 422, 422, 200]
    assert [fields(results[place]) for place in (1, 3, 4, 8)] == [
        ["amount"],
        ["features.V7"],
        ["body"],
        ["transaction_id"],
    ]
    assert await value(engine, "SELECT count(*) FROM transactions") == 3


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
async def test_a_row_that_is_no_number_is_refused_alone(
    service: Service, engine: AsyncEngine, number: str, content_type: str
) -> None:
    good, bad = json.dumps(service.body()), json.dumps(service.body())
    bad = bad.replace(f'"V1": {json.loads(bad)["features"]["V1"]}', f'"V1": {number}')
    content = f"[{good}, {bad}]" if content_type == "application/json" else f"{good}\n{bad}"
    results = await posted(service, content.encode(), content_type)
    assert statuses(results) == [200, 422]
    assert fields(results[1]) == ["features.V1"]
    assert await value(engine, "SELECT count(*) FROM transactions") == 1


@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
async def test_text_that_is_no_text_is_refused_alone(service: Service, content_type: str) -> None:
    bodies = [
        service.body(),
        service.body(transaction_id="\ud800"),
        service.body(features={"\ud800": 1.0}),
        service.body(attributes={"\udfff": "x"}),
        service.body(attributes={"card": "\ud800"}),
        service.body(**{"\ud800": 1}),
        service.body(),
    ]
    lines = [json.dumps(body) for body in bodies]
    content = f"[{','.join(lines)}]" if content_type == "application/json" else "\n".join(lines)
    results = await posted(service, content.encode(), content_type)
    assert statuses(results) == [200, 422, 422, 422, 422, 422, 200]


async def test_a_line_that_is_no_json_is_refused_alone(service: Service) -> None:
    good = orjson.dumps(service.body())
    lines = [good, b"{nope", b'{"a": "\xff"}', b"[" * 5000, b"1" * 5000, good[:-1], b"\x00", good]
    results = await posted(service, b"\n".join(lines), NDJSON)
    assert statuses(results) == [200, 422, 422, 422, 422, 422, 422, 200]


async def test_equal_ids_in_one_batch_are_a_sequence(service: Service) -> None:
    one, other = service.body(transaction_id="a"), service.body(transaction_id="a", amount="7")
    results = await posted(service, orjson.dumps([one, other, one]))
    assert statuses(results) == [200, 409, 200]
    assert results[0]["answer"] == results[2]["answer"]


async def test_a_batch_sent_twice_is_answered_twice_alike(service: Service, engine: AsyncEngine) -> None:
    content = orjson.dumps([service.body() for _ in range(30)])
    first, again = await asyncio.gather(posted(service, content), posted(service, content))
    assert first == again == await posted(service, content)
    assert await value(engine, "SELECT count(*) FROM transactions") == 30


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{}", 400), (b"null", 400), (b'"text"', 400), (b"[1,", 400), (b"[" * 100_000, 400),
        (b'["\xff"]', 400), (b"[" + b"1" * 5000 + b"]", 400), (b"[" + b"1," * 10_000 + b"1]", 413),
        (b"[" + b" " * (32 * 1024 * 1024) + b"]", 413),
    ],
    ids=["empty", "object", "null", "text", "half", "deep", "not utf-8", "long number", "10,001", "huge"],
)  # fmt: skip
async def test_a_body_that_is_no_batch_is_refused_whole(
    service: Service, content: bytes, status: int
) -> None:
    headers = service.headers | {"Content-Type": "application/json"}
    answer = await service.client.post(BATCH, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]


async def test_more_lines_than_a_batch_holds_are_refused(service: Service, engine: AsyncEngine) -> None:
    line = orjson.dumps(service.body())
    headers = service.headers | {"Content-Type": NDJSON}
    answer = await service.client.post(BATCH, content=b"\n".join([line] * 10_001), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:tertium:problem:batch-too-large")
    assert await value(engine, "SELECT count(*) FROM transactions") == 0


@pytest.mark.parametrize("content", [b"[]", b" [ ] "])
async def test_nothing_is_a_batch_too(service: Service, content: bytes) -> None:
    assert await posted(service, content) == []


async def test_ten_thousand_rows_are_answered_in_order_while_others_are_served(
    service: Service, engine: AsyncEngine
) -> None:
    names = [f"order-{number}" for number in range(10_000)]
    content = orjson.dumps([service.body(transaction_id=name) for name in names])
    batch = asyncio.create_task(posted(service, content))
    served = 0
    while not batch.done():
        await asyncio.sleep(0)
        assert (await service.get("/healthz")).status_code == 200
        served += 1
    results = await batch
    assert [result["answer"]["transaction_id"] for result in results] == names
    assert await value(engine, "SELECT count(*) FROM transactions") == 10_000
    assert served > 20


def statements(service: Service) -> list[str]:
    """Return a list that fills with what payments ask of the database from now on."""
    asked: list[str] = []
    engine = service.services.payments.intake._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]), named=False)
    return asked


async def test_one_payment_two_thousand_times_is_one_payment_and_takes_no_longer(
    service: Service, engine: AsyncEngine
) -> None:
    """A client that lost count; every repeat used to cost a round trip of its own."""
    body = service.body(transaction_id="again")
    others = [service.body(transaction_id="again", amount=f"{number}.00") for number in range(100, 110)]
    rows = orjson.dumps([body, *others, *([body] * 2000)])
    asked = statements(service)
    results = await posted(service, rows)
    assert statuses(results) == [200, *([409] * 10), *([200] * 2000)]
    assert len({result["answer"]["decision_id"] for result in results if "answer" in result}) == 1
    assert await value(engine, "SELECT count(*) FROM decisions") == 1
    # And once more, now that another payment of this id is stored already.
    again = await posted(service, orjson.dumps([*others, *others, *([body] * 2000)]))
    assert statuses(again) == [*([409] * 20), *([200] * 2000)]
    assert again[-1] == results[0]
    assert len(asked) < 200
