"""How the API reads a body: its media type, its encoding, and JSON by the rules of `json_values`."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.web.api.json_rows import array_rows, gathered, line_rows
from app.web.api.json_values import parse
from app.web.problems import FieldProblem, MediaTypeRefused

JSON_LINES = frozenset({"x-ndjson", "ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines"})
ARRAY_OPEN = re.compile(r"[ \t\r\n]*\[")


class JsonRoute(APIRoute):
    """A route whose body is JSON, read by this module's rules before anything is validated."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler; a body that cannot be read raises before it is called."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_first(request: Request) -> Response:
            return await handle(ReadRequest(request, await self.read(request)))

        return read_first

    async def read(self, request: Request) -> object:
        """Return the body's JSON value, or None for an empty body."""
        refuse_other_media_types(request)
        body = await request.body()
        return parse(body) if body else None


class ReadRequest(Request):
    """A request whose body has been read."""

    def __init__(self, request: Request, value: object) -> None:
        super().__init__(request.scope, request.receive)
        self._value = value

    async def body(self) -> bytes:
        """Return whether there was a body, which is all that the framework still asks."""
        return b"" if self._value is None else b"read"

    async def json(self) -> object:
        """Return the value that was read."""
        return self._value


async def rows_of(request: Request) -> list[object]:
    """Return a batch's rows, unvalidated, at most `MOST_ROWS`.

    Raises `MediaTypeRefused`, `BodyUnreadable` and `BatchTooLarge`.
    """
    subtype = refuse_other_media_types(request, *JSON_LINES)
    pieces = gathered(request.stream())
    if subtype in JSON_LINES:
        return await line_rows(pieces)
    return await array_rows(pieces, opening=ARRAY_OPEN, closing="]")


def refuse_other_media_types(request: Request, *others: str) -> str:
    """Return the body's subtype of `application`, `json` where none is named; raises `MediaTypeRefused`."""
    subtype, _, parameters = request.headers.get("content-type", "application/json").partition(";")
    main, _, subtype = subtype.strip().lower().partition("/")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters.lower())
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    readable = subtype == "json" or subtype.endswith("+json") or subtype in others
    if main != "application" or not readable:
        also = " or application/x-ndjson" if others else ""
        raise _media_type(f"must be application/json{also}, not {main}/{subtype}"[:200])
    if charset and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
        raise _media_type(f"the body must be UTF-8, not {charset[1]}"[:200])
    if encoding != "identity":
        raise _media_type(f"the body must be sent as it is, not with Content-Encoding {encoding}"[:200])
    return subtype


def _media_type(detail: str) -> MediaTypeRefused:
    return MediaTypeRefused([FieldProblem(field="content-type", detail=detail)])
