"""Where in a TOML file a field stands, and which stand twice: what its parser does not tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_TABLE = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")
_QUOTES = ('"""', "'''")


@dataclass(slots=True)
class FieldLines:
    """The lines of a file's fields, by names such as `costs.review`, `bands.0.amount_from`."""

    lines: Mapping[str, list[int]] = field(default_factory=dict)

    def twice(self) -> Iterator[str]:
        """Say which fields and tables stand twice, one sentence each."""
        for name, lines in self.lines.items():
            if len(lines) > 1:
                others = " and ".join(map(str, lines))
                yield f"{name} stands in lines {others}: one of them is too many"

    def line_of(self, name: str) -> int | None:
        """Return the line of a field, or of the part it would be in; None when neither is there."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            known = self.lines.get(".".join(parts[:length]))
            if known:
                return known[0]
        return next((lines[0] for each, lines in self.lines.items() if _matches(each, parts)), None)


def field_lines(text: str) -> FieldLines:
    """Return where the fields of a TOML text stand, whether or not a parser would take it."""
    lines: dict[str, list[int]] = {}
    counts: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            inside = "" if inside in line else inside
            continue
        header = _TABLE.match(line)
        if header is not None:
            table = _plain(header[2])
            if header[1] == "[[":
                place = counts.get(table, 0)
                counts[table] = place + 1
                table = f"{table}.{place}"
            lines.setdefault(table, []).append(number)
            continue
        key = _KEY.match(line)
        if key is not None:
            name = f"{table}.{_plain(key[1])}" if table else _plain(key[1])
            lines.setdefault(name, []).append(number)
            inside = next((sign for sign in _QUOTES if line.count(sign) % 2), "")
    return FieldLines(lines)


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _matches(name: str, parts: list[str]) -> bool:
    """Whether a name is that of a field in a list that was named without its place."""
    return [part for part in name.split(".") if not part.isdecimal()] == parts
