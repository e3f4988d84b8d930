"""Talking to a running service as its client: patient with restarts, plain about refusals."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from app.scoring.schema.document import schema_from
from app.scoring.schema.feature import Value
from app.scoring.schema.refusal import SchemaRefused
from app.scoring.schema.schema import Schema

# A restarted service listens again within seconds; after a minute a person should look.
PATIENCE_SECONDS = 60.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
TIMEOUT_SECONDS = 30.0

#: Answers that mean "again, later": too many requests, and a service or its proxy that is not up.
BUSY = frozenset({429, 502, 503, 504})
NOT_ALLOWED = frozenset({401, 403})


class ServiceRefused(Exception):
    """The service cannot be worked with; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service said in the end."""

    status: int
    body: Any
    #: The service had answered this before we asked: not merely an answer of ours that got lost.
    is_repeat: bool
    #: Of the attempt that was answered.
    milliseconds: float

    @property
    def is_answer(self) -> bool:
        """Whether the request was carried out."""
        return self.status == 200 and isinstance(self.body, dict)

    @property
    def problem(self) -> str:
        """One line on why it was not."""
        return problem_line(self.status, self.body)


@dataclass(frozen=True, slots=True)
class LiveModel:
    """What the active model of the service expects."""

    version: str
    features: tuple[str, ...]
    currencies: tuple[str, ...]


class Service:
    """A client's view of a service; use it as an async context manager.

    Raises `ServiceRefused` when the address or the key cannot even be sent.
    """

    def __init__(self, url: str, key: str, *, concurrency: int, patience: float = PATIENCE_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._patience = patience
        if not key.strip().isascii():
            raise ServiceRefused("a key holds only letters, digits and signs of ASCII")
        # One client per connection: a shared pool looks at all of its connections for every request.
        self._idle = asyncio.LifoQueue[httpx.AsyncClient]()
        self._open = AsyncExitStack()
        certificates = httpx.create_ssl_context()
        try:
            self._clients = [
                httpx.AsyncClient(
                    base_url=self._url,
                    headers={"X-API-Key": key.strip(), "Content-Type": "application/json"},
                    timeout=TIMEOUT_SECONDS,
                    verify=certificates,
                )
                for _ in range(concurrency)
            ]
        except httpx.InvalidURL as strange:
            raise ServiceRefused(f"{url} is not an address ({strange})") from strange

    async def __aenter__(self) -> Self:
        """Make the connections ready."""
        for client in self._clients:
            await self._open.enter_async_context(client)
            self._idle.put_nowait(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._open.aclose()

    async def _send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        client = await self._idle.get()
        try:
            return await client.request(method, path, content=content)
        finally:
            self._idle.put_nowait(client)

    async def model(self) -> LiveModel:
        """Return what the live model expects, without patience: the first thing a command asks.

        Raises `ServiceRefused` with one sentence.
        """
        try:
            response = await self._send("GET", "/v1/model")
        except httpx.TransportError as failure:
            raise ServiceRefused(f"nothing answers at {self._url} ({_named(failure)})") from failure
        body = self._checked(response)
        try:
            return LiveModel(body["version"], tuple(body["features"]), tuple(body["currencies"]))
        except (KeyError, TypeError) as strange:
            said = problem_line(response.status_code, body)
            raise ServiceRefused(f"{self._url} does not answer as a Tertium service ({said})") from strange

    async def schema(self) -> Schema:
        """Return how the live model's payments are written.

        Raises `ServiceRefused` when it does not say, or in a way this release does not know.
        """
        try:
            response = await self._send("GET", "/v1/model/schema")
        except httpx.TransportError as gone:
            raise ServiceRefused(f"the service at {self._url} went away ({gone})") from gone
        is_schema = response.headers.get("Content-Type", "").startswith("application/toml")
        if response.status_code != HTTPStatus.OK or not is_schema:
            raise ServiceRefused(f"the service at {self._url} does not say how its payments are written")
        try:
            return schema_from(response.text)
        except SchemaRefused as strange:
            raise ServiceRefused(
                f"the schema of the service at {self._url} cannot be read ({strange})"
            ) from strange

    async def feed(self) -> bytes | None:
        """Return what the live model's training rows look like as a whole; None where it does not say."""
        try:
            response = await self._send("GET", "/v1/model/feed")
        except httpx.TransportError:
            return None
        is_reference = response.headers.get("Content-Type") == "application/octet-stream"
        return response.content if response.status_code == HTTPStatus.OK and is_reference else None

    async def post(self, path: str, body: Any) -> Reply:
        """Post until the service answers, waiting as it asks; a repeated request does no harm there.

        Raises `ServiceRefused` when it does not accept the key, or stays away longer than the patience.
        """
        content = orjson.dumps(body)
        give_up_at = perf_counter() + self._patience
        pause, may_have_arrived = FIRST_PAUSE_SECONDS, False
        while True:
            _end_if_cancelled()
            began = perf_counter()
            try:
                response = await self._send("POST", path, content)
            except httpx.TransportError as failure:
                may_have_arrived |= not isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout)
                asked, why = 0.0, _named(failure)
            else:
                if response.status_code not in BUSY:
                    milliseconds = (perf_counter() - began) * 1000
                    return self._reply(response, milliseconds, ours=may_have_arrived)
                asked, why = _retry_after(response), problem_line(response.status_code, _json(response))
            # Many waiters should not come back in the same instant.
            waiting = max(asked, pause) * (1 + random.random() / 4)
            if perf_counter() + waiting > give_up_at:
                raise ServiceRefused(f"the service at {self._url} stayed away too long ({why})")
            await asyncio.sleep(waiting)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _reply(self, response: httpx.Response, milliseconds: float, *, ours: bool) -> Reply:
        body = self._checked(response)
        is_repeat = response.headers.get("Idempotent-Replayed") == "true" and not ours
        return Reply(response.status_code, body, is_repeat, milliseconds)

    def _checked(self, response: httpx.Response) -> Any:
        body = _json(response)
        if response.status_code in NOT_ALLOWED:
            said = problem_line(response.status_code, body)
            raise ServiceRefused(f"the service at {self._url} does not accept this key ({said})")
        return body


def transaction_body(
    transaction_id: str,
    *,
    occurred_at: datetime,
    amount: str,
    features: Mapping[str, Value],
    attributes: Mapping[str, str],
    currency: str = "EUR",
) -> dict[str, Any]:
    """Return the body of `POST /v1/transactions`."""
    return {
        "transaction_id": transaction_id,
        "occurred_at": occurred_at.isoformat(),
        "amount": amount,
        "currency": currency,
        "features": features,
        "attributes": attributes,
    }


def problem_line(status: int, body: Any) -> str:
    """Return one line on a problem (RFC 9457): status, detail, and the first field that is wrong."""
    if not isinstance(body, dict):
        return f"status {status}"
    said = str(body.get("detail") or body.get("title") or "no detail")
    fields = [error for error in body.get("errors") or () if isinstance(error, dict)]
    first = f" [{fields[0].get('field')}: {fields[0].get('detail')}]" if fields else ""
    return f"status {status}: {said}{first}"


def _end_if_cancelled() -> None:
    """End a task that was to end: what waits on a connection may have swallowed its cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _json(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None


def _retry_after(response: httpx.Response) -> float:
    """Return the seconds the service asks us to wait; none when it does not say so in seconds."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


def _named(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
