"""The rows of a batch body: a JSON array, or one JSON value per line."""

import json
from dataclasses import dataclass

import orjson


class BatchUnreadable(ValueError):
    """The body is neither a JSON array nor NDJSON in UTF-8."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no JSON; validation refuses it like any other wrong row."""


def rows_of(body: bytes, content_type: str) -> list[object]:
    """Return the batch's rows, unvalidated; raises `BatchUnreadable`."""
    if "ndjson" in content_type or "jsonl" in content_type:
        return [_line(line) for line in body.split(b"\n") if line.strip()]
    rows = _array(body)
    if not isinstance(rows, list):
        raise BatchUnreadable("The body must be a JSON array, or NDJSON with its content type.")
    return rows


def _array(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # NaN and huge integers are no JSON to orjson; the standard library reads them, so that only
        # their own rows are refused.
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BatchUnreadable("The body is not JSON.") from error


def _line(line: bytes) -> object:
    try:
        return _array(line)
    except BatchUnreadable:
        return Unreadable()
