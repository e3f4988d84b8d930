"""`POST /v1/transactions`, in front of the framework: one payment at a time, thousands of times a second.

A request about which nothing is unusual is read, decided and answered here; whatever else comes, wrong
bodies and unknown keys among it, goes on to the full stack untouched, before anything was done with it.
Both ways share what decides, and what the answer is made of.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.database.server.session import DatabaseUnavailable
from app.observability.metrics import Metrics
from app.review.answer import Answer
from app.scoring.transaction import Transaction
from app.web.api.json_values import parse, quick_value
from app.web.api.payments.answers import REPLAYED, body_of
from app.web.api.payments.plain_payments import plain_transaction
from app.web.errors import is_known, known_error, unexpected_answer
from app.web.middleware import SECURITY_HEADERS, SMALL_BODY_BYTES
from app.web.problems import BodyUnreadable, KeyRepeated
from app.web.received_body import ReceivedBody
from app.web.request_log import GONE, RECORD, RequestRecord, request_ended, request_id_of, tell
from app.web.services import Services
from app.workflows.access.api_keys import ApiKeys, KeyUnknown

ADDRESS = "/v1/transactions"
JSON = frozenset({b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"})
#: Read here; a request that says one of them twice is unusual.
READ = frozenset({b"x-api-key", b"content-type", b"content-length", b"x-request-id"})
#: They change what a body is, or when it comes.
UNUSUAL = frozenset({b"content-encoding", b"expect"})
GUARDS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
REPEAT = (REPLAYED.lower().encode(), b"true")
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Payment:
    """A request that is answered here: what was sent, and what is noted of it.

    In place of the payment there may be the reason why nobody can say who sent it.
    """

    sent: Transaction | DatabaseUnavailable
    record: RequestRecord


class FastIntake:
    """Answers payments, and hands everything else to `app`; see the module."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or hand it on with its body as it came."""
        head = _usual_head(scope)
        if head is None:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        body = ReceivedBody(receive)
        payment = await _payment(scope, head, body)
        if payment is None:
            await self._app(scope, body.again, send)
            return
        status = GONE
        try:
            status = await self._answered(scope, payment, send)
        finally:
            request_ended(
                self._metrics, payment.record, status, time.perf_counter() - began,
                method="POST", route=ADDRESS, client=scope.get("client"),
            )  # fmt: skip

    async def _answered(self, scope: Scope, payment: Payment, send: Send) -> int:
        """Decide the payment, once, send the answer or the refusal, and return its status."""
        try:
            answer = await _decided(_services(scope), payment)
        except Exception as error:  # noqa: BLE001 - told by the same rules as in the full stack
            response = await self._refusal(scope, payment.record, error)
            status, headers, body = response.status_code, response.raw_headers, bytes(response.body)
        else:
            status, (headers, body) = 200, _told(answer)
        headers = [*headers, (b"x-request-id", payment.record.request_id.encode()), *GUARDS]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return status

    async def _refusal(self, scope: Scope, record: RequestRecord, error: Exception) -> Response:
        scope[RECORD] = record
        request = Request(scope)
        with structlog.contextvars.bound_contextvars(request_id=record.request_id):
            if is_known(error):
                return await known_error(request, error)
            tell(error, self._metrics)
            return await unexpected_answer(request, error)


async def _decided(services: Services, payment: Payment) -> Answer:
    if isinstance(payment.sent, DatabaseUnavailable):
        raise payment.sent
    return await services.payments.intake.receive(payment.sent)


def _services(scope: Scope) -> Services:
    services: Services = scope["app"].state.services
    return services


def _told(answer: Answer) -> tuple[Headers, bytes]:
    body = body_of(answer)
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    if answer.is_repeat:
        headers.append(REPEAT)
    return headers, body


def _usual_head(scope: Scope) -> dict[bytes, bytes] | None:
    """Return what is read of the head of a request for a payment; None: it is another, or unusual."""
    if scope["type"] != "http" or scope["path"] != ADDRESS or scope["method"] != "POST":
        return None
    if scope.get("root_path") or not hasattr(scope["app"].state, "services"):
        return None
    head: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in READ:
            if name in head:
                return None
            head[name] = value
        elif name in UNUSUAL:
            return None
    is_usual = b"x-api-key" in head and head.get(b"content-type", b"application/json").lower() in JSON
    return head if is_usual else None


async def _payment(scope: Scope, head: Mapping[bytes, bytes], body: ReceivedBody) -> Payment | None:
    """Return the payment that was sent, by whom; None: the full stack says what is wrong, or unusual."""
    value = _value(await body.whole(most_bytes=SMALL_BODY_BYTES))
    if value is None:
        return None
    services = _services(scope)
    record = RequestRecord(request_id=request_id_of(head.get(b"x-request-id", b"").decode("latin-1")))
    try:
        client_id = await _client_id(services.access.api_keys, head[b"x-api-key"].decode("latin-1"), record)
    except KeyUnknown:
        return None
    except DatabaseUnavailable as away:
        return Payment(away, record)
    record.client_id = client_id
    schema = services.models.serving.pair.model.schema
    transaction = plain_transaction(
        value, schema, client_id, services.clock(), services.payments.card_numbers
    )
    return None if transaction is None else Payment(transaction, record)


async def _client_id(keys: ApiKeys, key: str, record: RequestRecord) -> int:
    if (remembered := keys.remembered(key)) is not None:
        return remembered
    with structlog.contextvars.bound_contextvars(request_id=record.request_id):
        return await keys.client_id(key)


def _value(body: bytes | None) -> object:
    """Return the JSON value of a body; None where it cannot be read in one way only."""
    if not body:
        return None
    if (value := quick_value(body)) is not None:
        return value
    try:
        return parse(body)
    except (BodyUnreadable, KeyRepeated):
        return None
