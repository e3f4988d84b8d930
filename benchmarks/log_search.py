"""Finds what was posted in what was logged."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

#: Of these a line has nothing from a caller: the time, and numbers that we measured or counted.
OURS = frozenset({"timestamp", "duration_ms", "status", "client_id", "account_id", "seconds", "count"})
# Shorter ones, such as a country's two letters, stand in many words.
SHORTEST = 4
WORD = re.compile(r"[^\s\"'=,;:()\[\]{}]+")


def values_of(body: Any) -> set[str]:
    """Return every value of a posted body as a log might write it: texts, and numbers in full."""
    if isinstance(body, Mapping):
        return {value for each in body.values() for value in values_of(each)}
    if isinstance(body, (list, tuple)):
        return {value for each in body for value in values_of(each)}
    written = repr(body) if isinstance(body, float) else str(body)
    return {written} if isinstance(body, (str, float, int)) and len(written) >= SHORTEST else set()


def leaks(lines: Iterable[str], posted: set[str]) -> list[str]:
    """Return the lines in which something posted stands, as it is or as an address writes it."""
    posted = posted | {quote(value, safe="") for value in posted}
    numbers = {value for value in posted if re.fullmatch(r"-?[\d.]+(e-?\d+)?", value)}
    texts = posted - numbers
    lengths: dict[str, set[int]] = {}
    for value in texts:
        lengths.setdefault(value[:SHORTEST], set()).add(len(value))
    return [line for line in lines if _holds(_told(line), texts, lengths, numbers)]


def _told(line: str) -> str:
    """Return all of a line that is not surely ours."""
    try:
        fields = json.loads(line)
    except ValueError:
        return line
    if not isinstance(fields, dict):
        return line
    return json.dumps({name: value for name, value in fields.items() if name not in OURS}, ensure_ascii=False)


def _holds(told: str, texts: set[str], lengths: Mapping[str, set[int]], numbers: set[str]) -> bool:
    """Whether a text stands anywhere, or a number as a word; `lengths` of texts are by their beginnings."""
    for place in range(len(told)):
        for length in lengths.get(told[place : place + SHORTEST], ()):
            if told[place : place + length] in texts:
                return True
    return not numbers.isdisjoint(WORD.findall(told))
