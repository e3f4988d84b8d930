"""The cells of one column: read by one rule, and those that break it remembered with where they stand."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.datasets.header import shortened
from app.datasets.refusal import quoted
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


def cell_faults(file: str, columns: Iterable[Column], place_of: Callable[[int], str]) -> tuple[str, ...]:
    """Return one sentence per column with bad cells; columns that are bad for one reason share theirs.

    `place_of` says in the file's own count where a row (from 0) stands.
    """
    by_reason: dict[str, list[Column]] = {}
    for column in columns:
        if column.first_bad is not None:
            by_reason.setdefault(_reason(column, column.first_bad), []).append(column)
    return tuple(_told(file, reason, bad, place_of) for reason, bad in by_reason.items())


def _told(file: str, reason: str, columns: Sequence[Column], place_of: Callable[[int], str]) -> str:
    first = min(columns, key=lambda column: column.first_bad.row if column.first_bad else 0)
    cell = first.first_bad or BadCell(0, "")
    why = f" ({reason})" if reason in _NAMED_REASONS else ""
    sentence = (
        f"{file}: {place_of(cell.row)}, column {first.name}: expected {first.expected},"
        f" found {quoted(cell.text)}{why}"
    )
    cells = sum(column.bad for column in columns)
    if cells == 1:
        return sentence
    where = "of this column" if len(columns) == 1 else f"of {shortened([each.name for each in columns])}"
    return f"{sentence}; {cells:,} such cells in all, {where}"


_POINT_LOST = "too large by far: a spreadsheet may have lost its decimal point"
_NAMED_REASONS = frozenset(
    not_a_number(each)
    for each in ("#N/A", " 1", "1.000,5", "1,000.5", "1,5", "1_000", "\uff11", "1.000.000", "1.Jan")
) | {_POINT_LOST}


def _reason(column: Column, cell: BadCell) -> str:
    """Return why a cell is bad where that is a whole file's fault, else the column's name."""
    if column.name == CLASS:
        return column.name
    return _reason_in_words(column, cell.text) or column.name


def _reason_in_words(column: Column, text: str) -> str | None:
    is_feature = column.name not in (AMOUNT, CLASS) and not column.is_time
    return cause_of(text, far=COMPONENT_MOST if is_feature else np.inf)


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
