"""The rows of a file of ground truth, each as the service would take it, or why it would not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.datasets import DatasetRefused, shown
from app.datasets.file_kind import Kind, kind_of, opened_text
from app.datasets.header import Header
from app.datasets.records import records
from app.datasets.refusal import quoted, shown_line
from app.scoring.numbers import number_of
from app.web.api.payments.schemas import LabelIn
from app.web.pages.csv_cells import unguarded

COLUMNS = ("transaction_id", "label", "source", "occurred_at", "learned_at")
#: May be missing, as a column and in any row.
PROPENSITY = "propensity"
_LINES_TOLD = 3

#: How a spreadsheet damages what it is given: what is left of it, and of what.
_DAMAGE = (
    (
        ("transaction_id",),
        re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"),
        "a spreadsheet shortened this number, and the id is lost: export the ids as text",
    ),
    (
        ("transaction_id",),
        re.compile(r"=?\".*\"|=.*"),
        "this is a spreadsheet's formula, not an id: export the ids as text",
    ),
    (
        COLUMNS,
        re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|#+).*"),
        "this is a spreadsheet's error",
    ),
    (
        ("occurred_at", "learned_at"),
        re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}.*"),
        "a spreadsheet wrote this date; write ISO 8601 with a zone, such as 2026-05-01T12:00:00Z",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """One row, ready to be posted."""

    #: The line of the file it begins in.
    line: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """All rows of a file, none of which the service would refuse for what it says."""

    #: As it is shown.
    name: str
    rows: Sequence[LabelRow]
    #: Which columns nobody reads, in one sentence; empty when there are none.
    note: str


def read_labels(path: Path) -> LabelFile:
    """Return the rows of a CSV file; blank lines are passed over.

    Raises `DatasetRefused` with every kind of fault, where it stands first, and in how many lines.
    """
    name = shown(path.name)
    if not path.exists():
        raise DatasetRefused(f"there is no file {shown_line(str(path))}")
    if kind_of(path) is Kind.PARQUET:
        raise DatasetRefused(f"{name} is a Parquet file: labels are loaded from CSV")
    with opened_text(path) as text:
        lines = list(records(text, name))
    if not lines:
        raise DatasetRefused(f"{name} is blank: it holds only spaces and line ends")
    (_, names), *rows = lines
    header = _header(name, names, rows)
    if faults := header.faults():
        raise DatasetRefused(*faults)
    found = _Faults(name)
    read = [_row(found, line, names, cells) for line, cells in rows]
    if found.sentences:
        raise DatasetRefused(*found.sentences)
    if not read:
        raise DatasetRefused(f"{name} holds no labels")
    return LabelFile(name=name, rows=[row for row in read if row is not None], note=header.note())


def _header(name: str, names: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> Header:
    return Header(
        file=name,
        present=names,
        needed=COLUMNS,
        optional=(PROPENSITY,),
        first_row=",".join(rows[0][1]) if rows else "",
        reader="the service",
    )


def _row(found: "_Faults", line: int, names: Sequence[str], cells: Sequence[str]) -> LabelRow | None:
    if len(cells) != len(names):
        found.add("", f"{len(cells)} cells, the header has {len(names)}", "", line)
        return None
    told = dict(zip(names, cells, strict=True))
    damages = _damage(told)
    for column, why in damages:
        found.add(column, why, told[column], line)
    if damages:
        return None
    # Our own files guard text that a spreadsheet would run or change.
    body: dict[str, Any] = {column: unguarded(told[column]) for column in COLUMNS}
    faults = _propensity_faults(body, told.get(PROPENSITY, "")) or list(_service_faults(body))
    for column, why in faults:
        found.add(column, why, told.get(column, ""), line)
    return None if faults else LabelRow(line=line, body=body)


def _propensity_faults(body: dict[str, Any], told: str) -> list[tuple[str, str]]:
    """Put the propensity into the body where the row has one; return why it is no number, if it is none."""
    if not told:
        return []
    try:
        body[PROPENSITY] = number_of(told)
    except ValueError as why:
        return [(PROPENSITY, str(why))]
    return []


def _service_faults(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what the service would refuse, by its own validation."""
    try:
        LabelIn.model_validate(body)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_context=False):
            yield ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")


def _damage(told: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (column, why)
        for columns, pattern, why in _DAMAGE
        for column in columns
        if pattern.fullmatch(told[column])
    ]


class _Faults:
    """What is wrong with rows, equal faults told once."""

    def __init__(self, name: str) -> None:
        self._name = name
        #: By column and reason: what stands in the first such cell, and all lines.
        self._found: dict[tuple[str, str], tuple[str, list[int]]] = {}

    def add(self, column: str, why: str, cell: str, line: int) -> None:
        """Remember one."""
        self._found.setdefault((column, why), (cell, []))[1].append(line)

    @property
    def sentences(self) -> list[str]:
        """One for each kind."""
        return [self._sentence(column, why, *found) for (column, why), found in self._found.items()]

    def _sentence(self, column: str, why: str, cell: str, lines: Sequence[int]) -> str:
        about = f"{column} {quoted(cell)}: " if column else ""
        more = ""
        if len(lines) > 1:
            dots = ", ..." if len(lines) > _LINES_TOLD + 1 else ""
            others = ", ".join(map(str, lines[1 : _LINES_TOLD + 1]))
            more = f"; so it is in {len(lines):,} lines, next {others}{dots}"
        return f"{self._name}: line {lines[0]}: {about}{why}{more}"
