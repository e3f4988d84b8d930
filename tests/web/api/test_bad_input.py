"""What nobody should send: always a problem that names the field, never a 500, never half-stored."""

import json
import math
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import value
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST = "/v1/transactions"
MISSING = object()


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: what is refused here leaves no trace."""
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


async def stored(engine: AsyncEngine) -> int:
    """Return how many rows there are of all that a request can leave behind."""
    tables = ("payments", "payment_keys", "decisions", "cases", "outcomes", "labels")
    count: int = await value(engine, f"SELECT {' + '.join(f'(SELECT count(*) FROM {t})' for t in tables)}")
    return count


async def refused(service: Service, engine: AsyncEngine, content: bytes, **headers: str) -> list[str]:
    """Post bytes that must be refused, and return the fields the problem names."""
    sent = service.headers | {"Content-Type": "application/json"} | headers
    before = await stored(engine)
    answer = await service.client.post(POST, content=content, headers=sent)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "errors"}
    assert (problem["status"], bool(problem["detail"])) == (answer.status_code, True)
    assert problem["type"].startswith("urn:tertium:problem:")
    assert await stored(engine) == before
    return [error["field"] for error in problem["errors"]]


def changed(service: Service, field: str, wrong: Any) -> bytes:
    """Return a good body with one field changed, or left out; `a.b` is b in a."""
    body = service.body()
    *path, name = field.split(".", maxsplit=1)
    part = body[path[0]] if path else body
    part[name] = wrong
    if wrong is MISSING:
        del part[name]
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "field",
    ["transaction_id", "occurred_at", "amount", "currency", "features", "features.V1", "features.V28"],
)
async def test_what_is_missing_is_named(service: Service, engine: AsyncEngine, field: str) -> None:
    assert await refused(service, engine, changed(service, field, MISSING)) == [field]


@pytest.mark.parametrize("field", ["colour", "features.V29", "features.Time", "features.", "x" * 150])
async def test_what_is_too_much_is_named(service: Service, engine: AsyncEngine, field: str) -> None:
    assert await refused(service, engine, changed(service, field, 1.0)) == [field]


@pytest.mark.parametrize(
    "wrong",
    [
        None, "1.0", "", True, False, [], {}, float("nan"), float("inf"), float("-inf"), 1e7, -1e7, 1e308,
        10**400, -(10**400),
    ],
    ids=str,
)  # fmt: skip
async def test_a_feature_that_is_no_sensible_number_is_named(
    service: Service, engine: AsyncEngine, wrong: Any
) -> None:
    assert await refused(service, engine, changed(service, "features.V14", wrong)) == ["features.V14"]


@pytest.mark.parametrize("wrong", [None, [], "V1=1", 7, [["V1", 1.0]]], ids=str)
async def test_features_that_are_no_features_are_named(
    service: Service, engine: AsyncEngine, wrong: Any
) -> None:
    assert await refused(service, engine, changed(service, "features", wrong)) == ["features"]


@pytest.mark.parametrize(
    "wrong",
    [
        -1, "-0.01", -1e-4, True, False, None, "", "ten", "41,90", "1.23456", 0.1 + 0.2, "1" * 16, 10**15,
        "1" * 13, "1234567890123456.1", "1e13", "1e400", "1e1000000", "1e-5", "1e-1000000", "NaN", "sNaN",
        "Infinity", "-Infinity", float("nan"), float("inf"), [], {}, "0x10", "\x00",
    ],
    ids=repr,
)  # fmt: skip
async def test_an_amount_that_is_no_amount_is_named(
    service: Service, engine: AsyncEngine, wrong: Any
) -> None:
    assert await refused(service, engine, changed(service, "amount", wrong)) == ["amount"]


@pytest.mark.parametrize("field", ["occurred_at", "respond_by"])
@pytest.mark.parametrize(
    "wrong",
    [
        "2026-05-01T12:00:00", "2026-05-01", "2026", "1714564800", "-5", "1e9", "", "now", 1714564800, 0.5,
        True, [], "1969-12-31T23:59:59Z", "2200-01-01T00:00:01Z", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "2026-05-01T12:00:00+25:00", "2026-05-01T12:00:00+99:99", "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z", "2026-05-01T24:00:01Z", "2026-05-01T12:00:00 Europe/Paris",
        "2026-05-01T12:00:00Z\x00", "٢٠٢٦-05-01T12:00:00Z",
    ],
    ids=repr,
)  # fmt: skip
async def test_a_moment_that_is_no_moment_is_named(
    service: Service, engine: AsyncEngine, field: str, wrong: Any
) -> None:
    assert await refused(service, engine, changed(service, field, wrong)) == [field]


@pytest.mark.parametrize(
    "wrong",
    [None, "", 7, True, [], "x" * 129, "x" * 10_240, "a\x00b", "a\nb", "\x7f", "\ud800", "a\udfffb"],
    ids=lambda wrong: repr(wrong)[:20],
)
async def test_an_id_that_is_no_id_is_named(service: Service, engine: AsyncEngine, wrong: Any) -> None:
    assert await refused(service, engine, changed(service, "transaction_id", wrong)) == ["transaction_id"]


@pytest.mark.parametrize(
    "wrong", [None, "", "eur", "EURO", "EU", "E R", "EUR\n", "€€€", "ÉUR", 978, "EUR\x00"], ids=repr
)
async def test_a_currency_that_is_no_code_is_named(service: Service, engine: AsyncEngine, wrong: Any) -> None:
    assert await refused(service, engine, changed(service, "currency", wrong)) == ["currency"]


@pytest.mark.parametrize(
    "wrong",
    [
        None, [], "card", {"card": 7}, {"card": None}, {"card": {}}, {"card": "x" * 257}, {"card": "a\x00b"},
        {"card": "\ud800"}, {"": "x"}, {"x" * 65: "x"}, {"a\x00b": "x"}, {"\ud800": "x"},
        {str(number): "x" for number in range(33)},
    ],
    ids=lambda wrong: repr(wrong)[:20],
)  # fmt: skip
async def test_attributes_that_are_no_attributes_are_named(
    service: Service, engine: AsyncEngine, wrong: Any
) -> None:
    fields = await refused(service, engine, changed(service, "attributes", wrong))
    assert [field.split(".")[0] for field in fields] == ["attributes"]


@pytest.mark.parametrize("where", ["", "features.", "attributes."])
async def test_a_name_that_is_no_text_is_refused(service: Service, engine: AsyncEngine, where: str) -> None:
    assert await refused(service, engine, changed(service, f"{where}\ud800", 1.0))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[]", b'"text"', b"7", b"{", b"{nope", b'{"a": 1,}', b"\x00", b"\xff\xfe",
        b'{"a": "\xff"}', b'{"transaction_id": "\xed\xa0\x80"}', b"[" * 60_000, b'{"a":' * 10_000,
        b'{"amount": ' + b"1" * 5000 + b"}", b"{}" * 2, b"NaN",
    ],
    ids=lambda content: repr(content)[:20],
)  # fmt: skip
async def test_a_body_that_is_no_object_is_named(
    service: Service, engine: AsyncEngine, content: bytes
) -> None:
    fields = await refused(service, engine, content)
    assert fields in (["body"], ["transaction_id", "occurred_at", "amount", "currency", "features"])


async def test_features_nested_a_thousand_deep_are_refused(service: Service, engine: AsyncEngine) -> None:
    deep = b'{"a": ' * 900 + b"1" + b"}" * 900
    body = json.dumps(service.body(features={})).encode()
    content = body.replace(b'"V1": ', b'"V1": ' + deep + b', "W": ')
    assert "features.V1" in await refused(service, engine, content)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"]
)
async def test_another_media_type_is_refused(service: Service, engine: AsyncEngine, media_type: str) -> None:
    content = json.dumps(service.body()).encode()
    assert await refused(service, engine, content, **{"Content-Type": media_type}) == ["content-type"]


@pytest.mark.parametrize("is_told", [True, False], ids=["told its length", "in chunks"])
@pytest.mark.parametrize("path", [POST, "/v1/transactions/batch", "/v1/labels"])
async def test_a_body_beyond_the_limit_is_refused(
    service: Service, engine: AsyncEngine, path: str, *, is_told: bool
) -> None:
    size = 65 * 1024 if path == POST else 33 * 1024 * 1024
    content = {
        POST: b'{"transaction_id": "' + b"x" * size + b'"}',
        "/v1/transactions/batch": b"[" + b" " * size + b"]",
        "/v1/labels": b'{"labels": [' + b" " * size + b"]}",
    }[path]

    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    headers = service.headers | {"Content-Type": "application/json"}
    before = await stored(engine)
    sent = content if is_told else in_chunks()
    answer = await service.client.post(path, content=sent, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]
    assert await stored(engine) == before


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", f"{POST}/{quote(chr(0))}", "transaction_id"),
        ("GET", f"{POST}/{'x' * 10_240}", "transaction_id"),
        ("GET", f"{POST}/x?wait=nan", "wait"),
        ("GET", f"{POST}/x?wait=inf", "wait"),
        ("GET", f"{POST}/x?wait=-1", "wait"),
        ("GET", f"{POST}/x?wait=61", "wait"),
        ("GET", f"{POST}/x?wait=soon", "wait"),
        ("GET", "/v1/outcomes?after=x", "after"),
        ("GET", "/v1/outcomes?after=", "after"),
        ("GET", "/v1/outcomes?after=1", "after"),
        ("GET", "/v1/outcomes?after=1-2-3-4", "after"),
        ("GET", "/v1/outcomes?after=-1-1", "after"),
        ("GET", "/v1/outcomes?after=1-%00", "after"),
        ("GET", "/v1/outcomes?after=%D9%A1-1", "after"),
        ("GET", f"/v1/outcomes?after={'9' * 30}-1", "after"),
        ("GET", "/v1/outcomes?limit=0", "limit"),
        ("GET", "/v1/outcomes?limit=1001", "limit"),
        ("GET", f"/v1/outcomes?limit={'9' * 30}", "limit"),
        ("POST", "/v1/decisions/x/replay", "decision_id"),
        ("POST", "/v1/decisions/0/replay", "decision_id"),
        ("POST", f"/v1/decisions/{2**63}/replay", "decision_id"),
        ("POST", f"/v1/decisions/{'9' * 30}/replay", "decision_id"),
    ],
    ids=lambda part: part[:30],
)
async def test_an_address_that_makes_no_sense_is_named(
    service: Service, method: str, path: str, field: str
) -> None:
    answer = await service.client.request(method, path, headers=service.headers)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "maybe"}, {"source": ""}, {"source": "a\x00b"}, {"source": "x" * 65},
        {"occurred_at": "2026"}, {"learned_at": "2026-05-01T12:00:00"}, {"transaction_id": "\x00"},
        {"propensity": 0}, {"propensity": 1e-160}, {"propensity": 0.000999}, {"propensity": -0.1},
        {"propensity": 1.000001}, {"propensity": True},
        {"propensity": "0.5"}, {"propensity": math.nan}, {"propensity": math.inf},
        {"extra": 1}, {"\ud800": 1},
    ],
    ids=repr,
)  # fmt: skip
async def test_one_wrong_label_refuses_them_all(
    service: Service, engine: AsyncEngine, wrong: dict[str, Any]
) -> None:
    await service.post(body := service.body())
    right = {
        "transaction_id": body["transaction_id"],
        "label": "fraud",
        "source": "chargeback",
        "occurred_at": "2026-05-01T12:00:00Z",
        "learned_at": "2026-06-01T12:00:00Z",
    }
    content = json.dumps({"labels": [right, right | wrong]})
    headers = service.headers | {"Content-Type": "application/json"}
    answer = await service.client.post("/v1/labels", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    if "\ud800" not in wrong:
        assert error["field"] == f"labels.1.{next(iter(wrong))}"
    assert await value(engine, "SELECT count(*) FROM labels") == 0


@pytest.mark.parametrize("count", [0, 10_001])
async def test_labels_come_in_bounded_numbers(service: Service, count: int) -> None:
    answer = await service.client.post("/v1/labels", json={"labels": [{}] * count}, headers=service.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("labels")
    assert len(answer.json()["errors"]) <= 50
