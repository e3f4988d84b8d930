"""How the API reads a body: its media type, its encoding, and JSON in which each key stands once."""

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.web.problems import BatchTooLarge, BodyUnreadable, FieldProblem, KeyRepeated, MediaTypeRefused

MOST_ROWS = 10_000
#: Blank lines are no rows, but reading them takes time too.
MOST_LINES = 2 * MOST_ROWS
#: A row is read by itself and may be as long as the body of a single payment.
LONGEST_ROW = 64 * 1024
#: Read in one go (bytes), a millisecond or so; then other callers have their turn.
PIECE = 64 * 1024
TWICE = "is given more than once"

JSON_LINES = frozenset({"x-ndjson", "ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines"})
BEHIND_A_VALUE = frozenset(" \t\r\n,]")
SPACE = re.compile(r"[ \t\r\n]*")
LABELS_OPEN = re.compile(r'[ \t\r\n]*\{[ \t\r\n]*"labels"[ \t\r\n]*:[ \t\r\n]*\[')
ARRAY_OPEN = re.compile(r"[ \t\r\n]*\[")


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that is no JSON value, or not a plain one: refused by itself, with what is wrong."""

    field: str
    detail: str


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


class LabelsRoute(JsonRoute):
    """A route whose body is `{"labels": [...]}`, as long as a batch."""

    async def read(self, request: Request) -> object:
        """Return the body's value; a long one is read row by row."""
        refuse_other_media_types(request)
        pieces = gathered(request.stream())
        first, second = await anext(pieces, b""), await anext(pieces, b"")
        if not second:
            return parse(first) if first else None
        rows = await array_rows(_chained(first, second, pieces), opening=LABELS_OPEN, closing="]}")
        for place, row in enumerate(rows):
            if isinstance(row, UnreadableRow):
                raise KeyRepeated([FieldProblem(field=f"labels.{place}.{row.field}", detail=row.detail)])
        return {"labels": rows}


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


def parse(body: bytes) -> object:
    """Return the one JSON value that a body is; raises `BodyUnreadable` and `KeyRepeated`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(f"The body is not UTF-8 (at byte {error.start:,}).") from error
    decoder = _Decoder()
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(_told(error)) from error
    if decoder.repeated:
        raise KeyRepeated([FieldProblem(field=key[:200], detail=TWICE) for key in decoder.repeated[:50]])
    return value


async def line_rows(pieces: AsyncIterator[bytes]) -> list[object]:
    """Return one row per line that is not blank."""
    rows: list[object] = []
    rest, lines = b"", 0
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        lines += len(whole)
        rows += [_line(line) for line in whole[: MOST_ROWS + 1] if line.strip()]
        _refuse_too_many(len(rows), lines)
        if len(rest) > LONGEST_ROW:
            raise _too_large(f"Row {len(rows) + 1:,} is longer than {LONGEST_ROW // 1024} KiB.")
    if rest.strip():
        rows.append(_line(rest))
    _refuse_too_many(len(rows), lines)
    return rows


async def array_rows(pieces: AsyncIterator[bytes], *, opening: re.Pattern[str], closing: str) -> list[object]:
    """Return the values of an array, each read as soon as it is whole.

    What stands before the first value must match `opening`; `closing` is each character behind the last.
    """
    text = _Text(pieces)
    await text.open(opening)
    rows: list[object] = []
    if await text.next_character() != "]":
        while True:
            rows.append(await text.value(number=len(rows) + 1))
            _refuse_too_many(len(rows), len(rows))
            follows = await text.next_character()
            if follows == "]":
                break
            if follows != ",":
                raise _unreadable(f"Behind row {len(rows):,} there must be a comma or the array's end.")
            text.place += 1
    for expected in (*closing, ""):
        if await text.next_character() != expected:
            raise _unreadable("The array's end must be the end of the body.")
        text.place += 1
    return rows


async def gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give a stream in pieces of about `PIECE` bytes, with a turn for others after each."""
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            for piece in _cut(b"".join(held)):
                yield piece
                await asyncio.sleep(0)
            held, size = [], 0
    if size:
        yield b"".join(held)


class _Decoder(json.JSONDecoder):
    """JSON in which a key that stands twice is noticed, however deep it stands."""

    def __init__(self) -> None:
        self.repeated: list[str] = []
        super().__init__(object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            self.repeated += [name for name in found if names.count(name) > 1]
        return found


class _Text:
    """The text of a body, of which no more is held than the value that is being read."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.place = 0
        self._pieces = pieces
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._is_over = False

    async def open(self, opening: re.Pattern[str]) -> None:
        """Go behind what opens the array; raises `BodyUnreadable`."""
        first = await self.next_character()
        found = opening.match(self._text, self.place)
        if found is None:
            lines = " One value per line is application/x-ndjson." if first == "{" else ""
            raise _unreadable(f"The body must be a JSON array.{lines}")
        self.place = found.end()

    async def next_character(self) -> str:
        """Go to the next character that is no space, and return it; empty at the end."""
        while True:
            found = SPACE.match(self._text, self.place)
            self.place = found.end() if found else self.place
            if self.place < len(self._text) or not await self._more():
                return self._text[self.place : self.place + 1]

    async def value(self, *, number: int) -> object:
        """Read one value; one that repeats a key is an `UnreadableRow`, for it alone is refused."""
        await self.next_character()
        decoder = _Decoder()
        while True:
            size = len(self._text) - self.place
            try:
                value, end = decoder.raw_decode(self._text, self.place)
            except (ValueError, RecursionError) as error:
                may_go_on = isinstance(error, json.JSONDecodeError)
                if may_go_on and size > LONGEST_ROW:
                    raise _too_large(
                        f"Row {number:,} is no JSON, or longer than {LONGEST_ROW // 1024} KiB."
                    ) from error
                if not may_go_on or not await self._more():
                    raise _unreadable(f"Row {number:,}: {_told(error)}") from error
            else:
                # What looks like a whole number may go on in the next piece.
                is_whole = self._text[end : end + 1] in BEHIND_A_VALUE
                if is_whole or not await self._more():
                    self.place = end
                    return UnreadableRow(decoder.repeated[0], TWICE) if decoder.repeated else value
            decoder.repeated.clear()

    async def _more(self) -> bool:
        if self._is_over:
            return False
        piece = await anext(self._pieces, b"")
        self._is_over = not piece
        try:
            fresh = self._decode(piece, self._is_over)
        except UnicodeDecodeError as error:
            raise _unreadable("The body is not UTF-8.") from error
        self._text = self._text[self.place :] + fresh
        self.place = 0
        return True


def _line(line: bytes) -> object:
    try:
        return parse(line)
    except (BodyUnreadable, KeyRepeated) as error:
        return UnreadableRow(error.errors[0].field, error.errors[0].detail)


def _told(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    if isinstance(error, json.JSONDecodeError):
        return f"This is no JSON: {error.msg} (at character {error.pos + 1:,})."
    return "This is no JSON that can be read: a number in it has too many digits."


def _refuse_too_many(rows: int, lines: int) -> None:
    if rows > MOST_ROWS:
        raise _too_large(f"At most {MOST_ROWS:,} rows may be sent at once.")
    if lines > MOST_LINES:
        raise _too_large(f"At most {MOST_LINES:,} lines may be sent at once, blank ones among them.")


def _media_type(detail: str) -> MediaTypeRefused:
    return MediaTypeRefused([FieldProblem(field="content-type", detail=detail)])


def _unreadable(detail: str) -> BodyUnreadable:
    return BodyUnreadable([FieldProblem(field="body", detail=detail)])


def _too_large(detail: str) -> BatchTooLarge:
    return BatchTooLarge([FieldProblem(field="body", detail=detail)])


def _cut(body: bytes) -> list[bytes]:
    return [body[begin : begin + PIECE] for begin in range(0, len(body), PIECE)]


async def _chained(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for piece in rest:
        yield piece
