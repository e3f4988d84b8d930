"""Each request leaves its id, one line and its place in the metrics; each fault is told once."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.observability.logs import configure
from app.review.access.people import Role
from app.web.request_log import ID_SHAPE
from benchmarks.log_traffic import RAISING_AMOUNT, break_rules
from tests.builders import csrf_token
from tests.service import Service


class Whole(io.StringIO):
    """A stream that is asked for its lines in the turn of the event loop in which they were said."""

    def getvalue(self) -> str:
        """Return what was written, and what was about to be."""
        for handler in logging.getLogger().handlers:
            handler.flush()
        return super().getvalue()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level, stream = root.level, Whole()
    handler = configure(log_format="json", level="info", stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def told(log: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == event]


async def test_a_request_is_one_line_by_its_template_and_who_asked(
    service: Service, log: io.StringIO
) -> None:
    sent = service.body()
    await service.post(sent)
    await service.get(f"/v1/transactions/{sent['transaction_id']}")
    first, second = told(log, "request")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/transactions", 200)
    assert second["route"] == "/v1/transactions/{transaction_id:path}"
    assert first["client_id"] == second["client_id"] > 0
    assert first["peer"] == "127.0.0.1"
    assert first["duration_ms"] > 0
    assert first["request_id"] != second["request_id"]


async def test_what_machines_ask_again_and_again_is_no_line(service: Service, log: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/static/tertium.css"):
        await service.client.get(path)
    assert told(log, "request") == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_id_that_was_sent_is_kept_and_sent_back(
    service: Service, log: io.StringIO, method: str
) -> None:
    request_id = str(uuid4())
    answer = await service.client.request(method, "/login", headers={"X-Request-ID": request_id})
    assert answer.headers["X-Request-ID"] == request_id
    (line,) = told(log, "request")
    assert (line["request_id"], line["method"], line["route"]) == (request_id, method, "/login")


@pytest.mark.parametrize("given", ["", "4000001234567899", "../../etc", "x" * 500, "a b", "Zoë"])
async def test_an_id_of_another_shape_is_replaced(service: Service, log: io.StringIO, given: str) -> None:
    headers = [(b"x-request-id", given.encode())]
    answer = await service.client.get("/login", headers=headers)
    assert ID_SHAPE.fullmatch(answer.headers["X-Request-ID"])
    assert answer.headers["X-Request-ID"] == told(log, "request")[0]["request_id"] != given


async def test_a_fault_is_told_once_with_its_place_and_again_with_a_count(
    service: Service, log: io.StringIO, database_url: str
) -> None:
    await break_rules(database_url)
    answers = [await service.post(service.body(amount=RAISING_AMOUNT)) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {500}
    (fault,) = told(log, "payments failed together")
    assert fault["place"].startswith("app/")
    assert fault["sqlstate"] == "P0001"
    assert len(fault["fingerprint"]) == 8
    assert all(answer.headers["Content-Security-Policy"] for answer in answers)
    assert [line["status"] for line in told(log, "request")] == [500] * 5


async def test_rows_of_a_batch_that_fail_unexpectedly_are_told_once(
    service: Service, log: io.StringIO, database_url: str
) -> None:
    await break_rules(database_url)
    rows = [service.body(amount=RAISING_AMOUNT) for _ in range(30)]
    answer = await service.client.post("/v1/transactions/batch", json=rows, headers=service.headers)
    assert {each["status"] for each in answer.json()["results"]} == {500}
    (fault,) = told(log, "payments failed together")
    assert fault["sqlstate"] == "P0001"


async def test_logins_and_refusals_say_who_from_where_and_why(service: Service, log: io.StringIO) -> None:
    ada = await service.person(Role.ANALYST)
    for name in (ada.name, "nobody at all"):
        await service.client.post("/login", data={"name": name, "password": "wrong"})
    known, unknown = told(log, "login refused")
    assert (known["result"], known["account_id"], known["peer"]) == ("wrong", ada.id, "127.0.0.1")
    assert unknown["account_id"] is None
    assert "nobody at all" not in log.getvalue()
    async with await service.browser(ada) as browser:
        await browser.get("/thresholds")
    refused = told(log, "request")[-1]
    assert (refused["account_id"], refused["status"], refused["level"]) == (ada.id, 403, "warning")
    assert refused["refusal"] == "not-allowed"
    await service.client.post("/v1/transactions", json={}, headers={"X-API-Key": "wrong"})
    assert told(log, "request")[-1]["refusal"] in {"key-unknown", "invalid-request"}


async def test_a_login_is_told_and_counted(service: Service, log: io.StringIO) -> None:
    ada = await service.person(Role.ANALYST)
    token = await service.services.access.accounts.new_link_token(ada.name)
    await service.client.post(f"/login/{token}")
    assert told(log, "logged in")[0]["account_id"] == ada.id
    await service.client.post(f"/login/{token}")
    assert told(log, "login refused")[0]["result"] == "link-spent"
    assert token not in log.getvalue()


async def test_an_error_behind_the_first_byte_ends_the_answer_and_is_told_once(log: io.StringIO) -> None:
    from starlette.responses import StreamingResponse

    from app.observability.metrics import Metrics
    from app.web.errors import unexpected_answer
    from app.web.request_log import RequestLog

    app = FastAPI()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> Any:
            yield b"one"
            raise RuntimeError("two")

        return StreamingResponse(parts())

    app.add_middleware(RequestLog, metrics=Metrics(), when_unexpected=unexpected_answer)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(Exception):  # noqa: B017, PT011 - the client sees an answer that does not end
            await client.get("/stream")
    assert len(told(log, "unexpected error")) == 1


async def test_a_form_keeps_its_account_in_its_line(service: Service, log: io.StringIO) -> None:
    ada = await service.person(Role.ANALYST)
    async with await service.browser(ada) as browser:
        token = await csrf_token(service, browser)
        await browser.post("/logout", data={"csrf_token": token})
    assert told(log, "request")[-1]["account_id"] == ada.id
