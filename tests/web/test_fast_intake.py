"""Payments are answered in front of the framework, and nobody can tell that from the answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Message, Receive, Scope, Send

from app.main.application import Application
from app.web.fast_intake import ADDRESS
from app.web.middleware import SMALL_BODY_BYTES
from app.web.proxies import BehindProxy
from app.web.public_addresses import LOOPBACK
from tests.builders import value, with_policy
from tests.service import Service
from tests.web.payment_requests import PaymentRequest, requests

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What differs from one answer to the same request to the next.
OF_ONE_ANSWER = {"x-request-id", "idempotent-replayed"}


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: each payment has an id of its own, or is meant to meet another."""
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


def application(service: Service) -> Application:
    assert isinstance(service.app, Application)
    return service.app


async def sent(service: Service, request: PaymentRequest, *, in_front: bool) -> httpx.Response:
    """Send a request to the whole application, or past what stands in front of the framework."""
    app = application(service)

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = app
        await app.framework(scope, receive, send)

    called = app if in_front else BehindProxy(framework, public_url=None, trusted=LOOPBACK)
    transport = httpx.ASGITransport(app=called, raise_app_exceptions=False)
    given = [("Content-Type", "application/json"), *service.headers.items()]
    changed = {name for name, _ in request.headers}
    headers = [*(pair for pair in given if pair[0] not in changed), *request.headers]

    async def pieces() -> AsyncIterator[bytes]:
        for piece in request.pieces:
            yield piece

    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        raw = [(name.encode(), word.encode("latin-1")) for name, word in headers]
        return await client.post(ADDRESS, content=pieces(), headers=raw)


def told(response: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = sorted(pair for pair in response.headers.items() if pair[0] not in OF_ONE_ANSWER)
    return response.status_code, headers, response.content


async def compare(service: Service, request: PaymentRequest) -> None:
    """A payment that one way understood differently would be another payment to the other: a 409."""
    first = await sent(service, request, in_front=True)
    second = await sent(service, request, in_front=False)
    again = await sent(service, request, in_front=True)
    assert told(first) == told(second) == told(again)
    assert second.headers.get("idempotent-replayed") == again.headers.get("idempotent-replayed")
    for response in (first, second, again):
        assert len(response.headers["x-request-id"]) == 32


@given(data=st.data())
@settings(max_examples=120, suppress_health_check=list(HealthCheck))
async def test_both_ways_answer_the_same(service: Service, data: st.DataObject) -> None:
    await compare(service, data.draw(requests(service)))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=3_000, suppress_health_check=list(HealthCheck))
async def test_both_ways_answer_the_same_at_length(service: Service, data: st.DataObject) -> None:
    await compare(service, data.draw(requests(service)))


@pytest.fixture
def without_framework(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreachable(scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError(scope["path"])

    monkeypatch.setattr(application(service), "middleware_stack", unreachable)


@pytest.mark.usefixtures("without_framework")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"amount": 41.9},
        {"amount": 7, "respond_by": "2026-05-01T14:15:00+02:00"},
        {"attributes": {"url": "https://example.com:8443/a"}},
        {"features": {"V1": 1}},
    ],
)
async def test_an_ordinary_payment_never_reaches_the_framework(
    service: Service, changes: dict[str, Any]
) -> None:
    for _ in range(2):
        answer = await service.post(service.body(transaction_id=f"front {sorted(changes)}", **changes))
        assert answer.status_code == 200, answer.text
    assert answer.headers["Idempotent-Replayed"] == "true"


@pytest.mark.usefixtures("without_framework")
async def test_a_conflict_is_refused_in_front_too(service: Service) -> None:
    await service.post(service.body(transaction_id="front once", amount="1.00"))
    answer = await service.post(service.body(transaction_id="front once", amount="2.00"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tertium:problem:transaction-conflict")


async def test_what_is_handed_on_is_decided_once(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_approved=0.0)
    before = await value(engine, "SELECT count(*) FROM decisions")
    body = service.body(attributes={"note": "a\\b"})
    for headers in ([], [("Content-Type", "application/vnd.bank+json")], [("Expect", "100-continue")]):
        sent_body = orjson.dumps(body | {"transaction_id": f"handed {headers}"})
        answer = await sent(service, PaymentRequest([sent_body], headers), in_front=True)
        assert answer.status_code == 200, answer.text
        assert "idempotent-replayed" not in answer.headers
    assert await value(engine, "SELECT count(*) FROM decisions") == before + 3


class Caller:
    """A server's side of one request, whose body comes in as many pieces as are asked for."""

    def __init__(self, pieces: list[Message]) -> None:
        self.asked = 0
        self.heard: list[Message] = []
        self._pieces = pieces

    async def receive(self) -> Message:
        self.asked += 1
        return self._pieces[min(self.asked, len(self._pieces)) - 1]

    async def send(self, message: Message) -> None:
        self.heard.append(message)

    async def ask(self, service: Service, method: str = "POST", length: int | None = None) -> None:
        headers = [(name.lower().encode(), word.encode()) for name, word in service.headers.items()]
        headers += [(b"host", b"test"), (b"content-type", b"application/json")]
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": ADDRESS, "raw_path": ADDRESS.encode(), "query_string": b"",
            "root_path": "", "headers": headers, "client": ("127.0.0.1", 5), "server": ("test", 80),
        }  # fmt: skip
        await service.app(scope, self.receive, self.send)


def piece(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_without_end_is_refused_at_the_limit(service: Service) -> None:
    caller = Caller([piece(b" " * 1024, more=True)])
    await caller.ask(service)
    assert caller.heard[0]["status"] == 413
    assert caller.asked == SMALL_BODY_BYTES // 1024 + 1


async def test_a_caller_who_goes_away_leaves_nothing(service: Service, engine: AsyncEngine) -> None:
    body = orjson.dumps(service.body(transaction_id="went away"))
    caller = Caller([piece(body[:100], more=True), {"type": "http.disconnect"}])
    await caller.ask(service)
    assert not await value(engine, "SELECT count(*) FROM transactions WHERE transaction_id = 'went away'")


async def test_a_caller_who_goes_away_after_the_body_is_decided_all_the_same(
    service: Service, engine: AsyncEngine
) -> None:
    body = orjson.dumps(service.body(transaction_id="sent and went"))
    caller = Caller([piece(body, more=False), {"type": "http.disconnect"}])
    asking = asyncio.create_task(caller.ask(service))
    await asking
    assert caller.heard[0]["status"] == 200
    assert (
        await value(engine, "SELECT count(*) FROM transactions WHERE transaction_id = 'sent and went'") == 1
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_the_frameworks(service: Service, method: str) -> None:
    answer = await service.client.request(method, ADDRESS, headers=service.headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
