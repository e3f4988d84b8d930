"""The cells of one column: read by one rule, and those that break it remembered with where they stand."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.datasets.header import shortened
from app.datasets.refusal import quoted, shown
from app.scoring.arrays import Floats
from app.scoring.numbers import decimal_of, not_a_number, number_of
from app.scoring.schema.schema import COMPONENT_MOST

AMOUNT, CLASS = "Amount", "Class"
# What plain numbers are made of; with nothing else in them, Python reads them by the same rule.
_PLAIN = b"0123456789+-."
_QUOTED_CATEGORY = re.compile(r"'([01])'")
_TRUTHS = {"True": 1.0, "False": 0.0, "true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that breaks its column's rule: the row's place (from 0), and what stands there."""

    row: int
    text: str


@dataclass(slots=True, kw_only=True)
class Column:
    """One column while it is read, and when it was."""

    name: str
    #: In words, such as "a number that is not negative".
    expected: str
    is_good: Callable[[Floats], NDArray[np.bool_]]
    is_time: bool = False
    #: To the last digit, as the texts say; only of the amount.
    exact: list[Decimal] = field(default_factory=list)
    first_bad: BadCell | None = None
    bad: int = 0
    rows: int = 0
    _parts: list[Floats] = field(default_factory=list)

    def cause_of(self, text: str) -> str | None:
        """Return what happened to a cell that breaks the rule, where the cell tells."""
        if self.name == CLASS:
            return None
        return cause_of(text, far=np.inf if self.is_time or self.name == AMOUNT else COMPONENT_MOST)

    @property
    def takes_numbers(self) -> bool:
        """Numbers are taken as a file stores them."""
        return True

    @property
    def keeps_digits(self) -> bool:
        """An amount is what its own digits say."""
        return self.name == AMOUNT

    @property
    def values(self) -> Floats:
        """Shape (rows,); NaN where there is no number."""
        return np.concatenate(self._parts) if self._parts else np.empty(0)

    def add_texts(self, texts: Sequence[str]) -> None:
        """Read the next cells as they are written."""
        values = classes_of(texts) if self.name == CLASS else numbers_of(texts)
        self._add(values, lambda place: texts[place])
        if self.name == AMOUNT:
            self.exact.extend(map(_exact, texts))

    def add_repeated(self, texts: Sequence[str], places: NDArray[np.int32]) -> None:
        """Read the next cells, each of them one of these texts, by its place; shape (cells,)."""
        self.add_texts([texts[place] for place in places.tolist()])

    def add_numbers(self, values: Floats) -> None:
        """Take the next cells as the numbers they are stored as."""
        self._add(values, lambda place: repr(float(values[place])))
        if self.name == AMOUNT:
            self.exact.extend(_exact(repr(value)) for value in values.tolist())

    def _add(self, values: Floats, text_at: Callable[[int], str]) -> None:
        bad = np.flatnonzero(~self.is_good(values))
        if bad.size and self.first_bad is None:
            place = int(bad[0])
            self.first_bad = BadCell(self.rows + place, text_at(place))
        self.bad += bad.size
        self.rows += values.size
        self._parts.append(values)


def column_named(name: str, *, time: str) -> Column:
    """Return the empty column of this name with its rule; every other than these three is a feature."""
    if name == CLASS:
        return Column(
            name=name, expected="1 (fraud), 0 (legit)", is_good=lambda values: np.isin(values, (0, 1))
        )
    if name in (AMOUNT, time):
        return Column(
            name=name,
            is_time=name == time,
            expected="a number that is not negative",
            is_good=lambda values: (values >= 0) & np.isfinite(values),
        )
    expected = f"a number between -{COMPONENT_MOST:g} and {COMPONENT_MOST:g}"
    return Column(name=name, expected=expected, is_good=lambda values: np.abs(values) <= COMPONENT_MOST)


class ReadColumn(Protocol):
    """A column that was read, and what broke its rule."""

    name: str
    expected: str
    first_bad: BadCell | None
    bad: int

    def cause_of(self, text: str, /) -> str | None:
        """Return what happened to a cell that breaks the rule, where the cell tells."""


def cell_faults(
    file: str, columns: Iterable[ReadColumn], place_of: Callable[[int], str], *, of_one: str = ""
) -> Iterator[str]:
    """Return one sentence per column with bad cells; columns that are bad for one cause share theirs.

    `place_of` says in the file's own count where a row (from 0) stands; `of_one` ends the sentence of one
    column with several bad cells.
    """
    by_cause: dict[str, list[tuple[BadCell, ReadColumn]]] = {}
    for column in columns:
        if column.first_bad is not None:
            cause = column.cause_of(column.first_bad.text) or f"of {column.name} alone"
            by_cause.setdefault(cause, []).append((column.first_bad, column))
    for bad in by_cause.values():
        yield _told(file, bad, place_of, of_one)


def _told(
    file: str, found: Sequence[tuple[BadCell, ReadColumn]], place_of: Callable[[int], str], of_one: str
) -> str:
    bad, first = min(found, key=lambda each: each[0].row)
    cause = first.cause_of(bad.text)
    why = f" ({cause})" if cause else ""
    sentence = (
        f"{file}: {place_of(bad.row)}, column {shown(first.name)}: expected {first.expected},"
        f" found {quoted(bad.text)}{why}"
    )
    cells = sum(column.bad for _, column in found)
    if cells == 1:
        return sentence
    where = of_one if len(found) == 1 else f", of {shortened([shown(column.name) for _, column in found])}"
    return f"{sentence}; {cells:,} such cells in all{where}"


_POINT_LOST = "too large by far: a spreadsheet may have lost its decimal point"
_NAMED_REASONS = frozenset(
    not_a_number(each)
    for each in ("#N/A", " 1", "1.000,5", "1,000.5", "1,5", "1_000", "\uff11", "1.000.000", "1.Jan")
) | {_POINT_LOST}


def cause_of(text: str, *, far: float) -> str | None:
    """Return what happened to a cell that should hold a number, if it tells; beyond `far` none is meant."""
    try:
        number = number_of(text)
    except ValueError:
        reason = not_a_number(text)
        return reason if reason in _NAMED_REASONS else None
    return _POINT_LOST if abs(number) > far else None


def numbers_of(texts: Sequence[str]) -> Floats:
    """Return float64 values, NaN where a text is no number by `app.scoring.numbers`."""
    together = "".join(texts)
    if together.isascii() and not together.encode().translate(None, _PLAIN):
        try:
            return np.array(list(map(float, texts)), dtype=np.float64)
        except ValueError:
            pass
    return np.array([_number_or_nan(text) for text in texts], dtype=np.float64)


def classes_of(texts: Sequence[str]) -> Floats:
    """Return numbers as `numbers_of`; OpenML writes a category in single quotes, others true and false."""
    return np.array([_class_or_nan(text) for text in texts], dtype=np.float64)


@lru_cache(maxsize=1024)
def _class_or_nan(text: str) -> float:
    quoted_category = _QUOTED_CATEGORY.fullmatch(text)
    if quoted_category is not None:
        return float(quoted_category[1])
    return _TRUTHS[text] if text in _TRUTHS else _number_or_nan(text)


def _number_or_nan(text: str) -> float:
    try:
        return number_of(text)
    except ValueError:
        return float("nan")


def _exact(text: str) -> Decimal:
    try:
        return decimal_of(text)
    except ValueError:
        return Decimal("NaN")
