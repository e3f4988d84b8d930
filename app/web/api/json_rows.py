"""A body of many rows, read in slices: after each one other callers have their turn."""

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Sized
from dataclasses import dataclass

from app.web.api.json_values import TWICE, Decoder, parse, quick_value, told, too_large, unreadable
from app.web.problems import BodyUnreadable, KeyRepeated

MOST_ROWS = 10_000
#: Blank lines are no rows, but reading them takes time too.
MOST_LINES = 2 * MOST_ROWS
#: A row is read by itself and may be as long as the body of a single payment.
LONGEST_ROW = 64 * 1024
#: Read in one go (bytes, and rows), a millisecond or so; then other callers have their turn.
PIECE = 64 * 1024
ROWS_AT_ONCE = 50

BEHIND_A_VALUE = frozenset(" \t\r\n,]")
LIKELY_END = re.compile(r"\}(?=[ \t\r\n]*(?:,[ \t\r\n]*\{|\]))")
SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that is no JSON value, or not a plain one: refused by itself, with what is wrong."""

    field: str
    detail: str


async def line_rows(pieces: AsyncIterator[bytes]) -> list[object]:
    """Return one row per line that is not blank."""
    rows: list[object] = []
    rest, lines = b"", 0
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        lines += len(whole)
        _refuse_too_many(len(rows), lines)
        for line in filter(bytes.strip, whole):
            rows.append(_line(line))
            _refuse_too_many(len(rows), lines)
            await turn_after(rows)
        if len(rest) > LONGEST_ROW:
            raise too_large(f"Row {len(rows) + 1:,} is longer than {LONGEST_ROW // 1024} KiB.")
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
            await turn_after(rows)
            follows = await text.next_character()
            if follows == "]":
                break
            if follows != ",":
                raise unreadable(f"Behind row {len(rows):,} there must be a comma or the array's end.")
            text.place += 1
    for expected in (*closing, ""):
        if await text.next_character() != expected:
            raise unreadable("The array's end must be the end of the body.")
        text.place += 1
    return rows


async def turn_after(rows: Sized, at_once: int = ROWS_AT_ONCE) -> None:
    """Give other callers their turn when as many rows as are taken in one go have been taken."""
    if len(rows) % at_once == 0:
        await asyncio.sleep(0)


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


class _Text:
    """The text of a body, of which no more is held than the value that is being read."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.place = 0
        self._pieces = pieces
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        # One for all values: to make one takes longer than to read a small value.
        self._decoder = Decoder()
        self._text = ""
        self._is_over = False

    async def open(self, opening: re.Pattern[str]) -> None:
        """Go behind what opens the array; raises `BodyUnreadable`."""
        first = await self.next_character()
        found = opening.match(self._text, self.place)
        if found is None:
            lines = " One value per line is application/x-ndjson." if first == "{" else ""
            raise unreadable(f"The body must be a JSON array.{lines}")
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
        if (quickly := self._quick_value()) is not None:
            return quickly
        decoder = self._decoder
        while True:
            decoder.repeated.clear()
            size = len(self._text) - self.place
            try:
                value, end = decoder.raw_decode(self._text, self.place)
            except (ValueError, RecursionError) as error:
                may_go_on = isinstance(error, json.JSONDecodeError)
                if may_go_on and size > LONGEST_ROW:
                    raise too_large(
                        f"Row {number:,} is no JSON, or longer than {LONGEST_ROW // 1024} KiB."
                    ) from error
                if not may_go_on or not await self._more():
                    raise unreadable(f"Row {number:,}: {told(error)}") from error
            else:
                # What looks like a whole number may go on in the next piece.
                is_whole = self._text[end : end + 1] in BEHIND_A_VALUE
                if is_whole or not await self._more():
                    self.place = end
                    return UnreadableRow(decoder.repeated[0], TWICE) if decoder.repeated else value

    def _quick_value(self) -> object:
        """Read a plain object that is likely to end where the next one, or the array's end, follows.

        What can be read by itself as an object ends nowhere else: its last bracket closes its first.
        """
        likely = LIKELY_END.search(self._text, self.place)
        if likely is None or self._text[self.place] != "{":
            return None
        end = likely.start() + 1
        if (value := quick_value(self._text[self.place : end])) is not None:
            self.place = end
        return value

    async def _more(self) -> bool:
        if self._is_over:
            return False
        piece = await anext(self._pieces, b"")
        self._is_over = not piece
        try:
            fresh = self._decode(piece, self._is_over)
        except UnicodeDecodeError as error:
            raise unreadable("The body is not UTF-8.") from error
        self._text = self._text[self.place :] + fresh
        self.place = 0
        return True


def _line(line: bytes) -> object:
    if (value := quick_value(line)) is not None:
        return value
    try:
        return parse(line)
    except (BodyUnreadable, KeyRepeated) as error:
        return UnreadableRow(error.errors[0].field, error.errors[0].detail)


def _refuse_too_many(rows: int, lines: int) -> None:
    if rows > MOST_ROWS:
        raise too_large(f"At most {MOST_ROWS:,} rows may be sent at once.")
    if lines > MOST_LINES:
        raise too_large(f"At most {MOST_LINES:,} lines may be sent at once, blank ones among them.")


def _cut(body: bytes) -> list[bytes]:
    return [body[begin : begin + PIECE] for begin in range(0, len(body), PIECE)]
