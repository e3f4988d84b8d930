"""One JSON value of a body, in which each key stands once; what cannot be read so is refused."""

import json
from collections import Counter
from typing import Any

import orjson

from app.web.problems import BatchTooLarge, BodyUnreadable, FieldProblem, KeyRepeated

#: Of one object. No payment has as many, and looking at each that is wrong takes time.
MOST_KEYS = 1_000
#: Brackets of a value that cannot be too deep for anybody.
MOST_OPENED = 50
TWICE = "is given more than once"


def parse(body: bytes) -> object:
    """Return the one JSON value that a body is; raises `BodyUnreadable` and `KeyRepeated`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(f"The body is not UTF-8 (at byte {error.start:,}).") from error
    decoder = Decoder()
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise unreadable(told(error)) from error
    if decoder.repeated:
        raise KeyRepeated([FieldProblem(field=key[:200], detail=TWICE) for key in decoder.repeated[:50]])
    return value


def quick_value(written: bytes | str) -> object:
    """Return what `parse` would of a plain value, in a third of the time; None where only that can tell.

    Plain is what holds no escapes, no key twice, and is neither deep nor long. A whole number beyond 64 bits
    becomes the nearest float: no field of ours takes one, or tells it from that.
    """
    text = written if isinstance(written, bytes) else written.encode()
    colons = text.count(b":")
    if b"\\" in text or colons > MOST_KEYS or text.count(b"{") + text.count(b"[") > MOST_OPENED:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    # Without escapes a value is written with as many colons as it was read with: of two fields of one name
    # the first is lost, and with it its colon.
    return value if orjson.dumps(value).count(b":") == colons else None


class TooManyKeys(ValueError):
    """An object holds more keys than anything that is read here."""


class Decoder(json.JSONDecoder):
    """JSON in which a key that stands twice is noticed, however deep it stands."""

    def __init__(self) -> None:
        self.repeated: list[str] = []
        super().__init__(object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > MOST_KEYS:
            raise TooManyKeys
        found = dict(pairs)
        if len(found) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            self.repeated += [name for name, times in counted.items() if times > 1]
        return found


def told(error: Exception) -> str:
    """Return the sentence about a value that `json` refused."""
    if isinstance(error, TooManyKeys):
        return f"An object holds more than {MOST_KEYS:,} keys."
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply."
    if isinstance(error, json.JSONDecodeError):
        return f"This is no JSON: {error.msg} (at character {error.pos + 1:,})."
    return "This is no JSON that can be read: a number in it has too many digits."


def unreadable(detail: str) -> BodyUnreadable:
    """Return the refusal of a body that cannot be read in one way only."""
    return BodyUnreadable([FieldProblem(field="body", detail=detail)])


def too_large(detail: str) -> BatchTooLarge:
    """Return the refusal of a body that holds more than is read at once."""
    return BatchTooLarge([FieldProblem(field="body", detail=detail)])
