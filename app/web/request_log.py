"""What is recorded of every request: its id, one line in the log, the metrics, its fault."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability.faults import fault_of
from app.observability.fields import address_of
from app.observability.logs import logger_of, say_at_once
from app.observability.metrics import METHODS, OTHER, Metrics

logger = logger_of(__name__)
access = logging.getLogger("app.access")

REQUEST_ID = "X-Request-ID"
#: A UUID, or 32 digits of base 16 as proxies and traces make them: nothing else that a caller might
#: know by heart, such as the number of a card, has this shape.
ID_SHAPE = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", re.ASCII)
RECORD = "tertium.record"
#: The method a request came with, where `HeadAsGet` asks in its place.
ASKED_METHOD = "tertium.method"
UNMATCHED = "unmatched"
STATIC = "/static"
GONE = 499
# Asked again and again by machines, and never news.
HARDLY_NEWS = frozenset({"/healthz", "/readyz", "/metrics", STATIC})
WARNED = frozenset({401, 403, 429})


@dataclass(slots=True)
class RequestRecord:
    """What is found out about a request on its way."""

    request_id: str
    client_id: int | None = None
    account_id: int | None = None
    #: Name of the problem it was refused with.
    refusal: str | None = None


def record_of(scope: Scope) -> RequestRecord:
    """Return the record of a request; one that nobody reads where there is none."""
    found = scope.get(RECORD)
    return found if isinstance(found, RequestRecord) else RequestRecord(request_id="")


class RequestLog:
    """Gives each request its id, answers what nobody expected, and tells of each once."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        when_unexpected: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._when_unexpected = when_unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the id that was sent or a new one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        record = RequestRecord(request_id=request_id_of(Headers(scope=scope).get(REQUEST_ID, "")))
        scope[RECORD] = record
        header = (b"x-request-id", record.request_id.encode())
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=record.request_id):
            try:
                await self._app(scope, receive, noted)
            except Exception as error:  # noqa: BLE001 - told here once; the server would tell it again
                tell(error, self._metrics)
                if not status:
                    answer = await self._when_unexpected(Request(scope, receive), error)
                    await answer(scope, receive, noted)
            finally:
                request_ended(
                    self._metrics, record, status or GONE, time.perf_counter() - began,
                    method=scope.get(ASKED_METHOD, scope["method"]), route=_route(scope),
                    client=scope.get("client"),
                )  # fmt: skip


def request_id_of(given: str) -> str:
    """Return a request's id: the one it was sent with, or a new one."""
    return given.lower() if given and ID_SHAPE.fullmatch(given) else token_hex(16)


def tell(error: Exception, metrics: Metrics) -> None:
    """Log and count an error nobody expected."""
    logger.error("unexpected error", exc_info=error)
    metrics.error_happened(fault_of(error).kind)


def request_ended(
    metrics: Metrics,
    record: RequestRecord,
    status: int,
    seconds: float,
    *,
    method: str,
    route: str,
    client: object,
) -> None:
    """Count an answered request, and write its line."""
    metrics.request_ended(method, route, status, seconds)
    level = logging.INFO
    if route in HARDLY_NEWS:
        level = logging.DEBUG
    elif status in WARNED:
        level = logging.WARNING
    if not access.isEnabledFor(level):
        return
    fields: dict[str, object] = {
        "method": method if method in METHODS else OTHER,
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
        "peer": address_of(client),
    }
    for name in ("client_id", "account_id", "refusal"):
        value = getattr(record, name)
        if value is not None:
            fields[name] = value
    fields["request_id"] = record.request_id
    say_at_once(access, level, "request", fields)


def _route(scope: Scope) -> str:
    """Return the template of the route a request met; an address itself may hold a payment's id."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return STATIC if scope["path"].startswith(f"{STATIC}/") else UNMATCHED
