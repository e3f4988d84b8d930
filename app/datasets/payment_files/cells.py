"""The cells of one column, read as a schema says; those that break its rule are remembered with their row."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.datasets.cells import BadCell, numbers_of
from app.scoring.arrays import Floats
from app.scoring.numbers import is_destroyed, number_of
from app.scoring.schema.columns import Column
from app.scoring.schema.schema import ISO, SECONDS_OF, FileFormat

NAN = float("nan")
AS_USUAL = FileFormat()


@dataclass(slots=True, kw_only=True)
class Cells(ABC):
    """One column while it is read, and when it was."""

    name: str
    #: In words, such as "a number that is not negative".
    expected: str
    #: What a file writes where nothing stands, beside nothing itself.
    nothing: frozenset[str] = frozenset()
    may_be_missing: bool = False
    first_bad: BadCell | None = None
    bad: int = 0
    missing: int = 0
    rows: int = 0

    @property
    def takes_numbers(self) -> bool:
        """Whether numbers come as a file stores them: 1 may be a word, and is then not 1.0."""
        return False

    @property
    def keeps_digits(self) -> bool:
        """Whether they are kept to the last digit."""
        return False

    def add_numbers(self, values: Floats) -> None:
        """Take numbers as a file stores them."""
        self.add_texts([repr(value) for value in values.tolist()])

    def add_texts(self, texts: Sequence[str]) -> None:
        """Read the next cells as they are written."""
        self._count(self._read(texts), texts)

    def _count(self, is_bad: NDArray[np.bool_], texts: Sequence[str]) -> None:
        places = np.flatnonzero(is_bad)
        if places.size and self.first_bad is None:
            place = int(places[0])
            self.first_bad = BadCell(self.rows + place, texts[place])
        self.bad += places.size
        self.rows += len(texts)

    def _nothing_at(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        empty = np.fromiter((not text or text in self.nothing for text in texts), np.bool_, len(texts))
        self.missing += int(empty.sum())
        return empty

    @abstractmethod
    def _read(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Keep the cells, and return which of them break the rule, shape (cells,)."""

    @abstractmethod
    def column(self) -> Column:
        """Return what was read."""


@dataclass(slots=True, kw_only=True)
class NumberCells(Cells):
    """Numbers in a range; an amount is kept to its last digit, too."""

    is_good: Callable[[Floats], NDArray[np.bool_]]
    written: FileFormat = AS_USUAL
    is_amount: bool = False
    exact: list[Decimal] = field(default_factory=list)
    _parts: list[Floats] = field(default_factory=list)

    @property
    def takes_numbers(self) -> bool:
        """Numbers need no reading."""
        return True

    @property
    def keeps_digits(self) -> bool:
        """An amount is what its digits say."""
        return self.is_amount

    def add_numbers(self, values: Floats) -> None:
        """Take numbers as a file stores them."""
        missing = np.isnan(values)
        is_good = self.is_good(values) | (missing & self.may_be_missing)
        if self.is_amount or not is_good.all():
            texts = [
                "" if is_missing else repr(value)
                for value, is_missing in zip(values.tolist(), missing, strict=True)
            ]
            self.add_texts(texts)
            return
        self.missing += int(missing.sum())
        self.rows += values.size
        self._parts.append(values)

    def _read(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        plain = [self._plain(text) for text in texts] if self.written != AS_USUAL else texts
        values, empty = numbers_of(plain), self._nothing_at(texts)
        bad: NDArray[np.bool_] = ~self.is_good(values)
        bad[empty] = not self.may_be_missing
        values[bad | empty] = NAN
        self._parts.append(values)
        if self.is_amount:
            pairs = zip(plain, np.isnan(values).tolist(), strict=True)
            self.exact.extend(Decimal("NaN") if is_lost else Decimal(text) for text, is_lost in pairs)
        return bad

    def _plain(self, text: str) -> str:
        """Return a number as everybody writes it; a point where the file has commas stays no number."""
        if self.written.thousands:
            text = text.replace(self.written.thousands, "")
        if self.written.decimal == ",":
            return text.replace(".", "\0").replace(",", ".")
        return text

    def column(self) -> Column:
        """Return the numbers, NaN where there is none."""
        return Column(numbers=np.concatenate(self._parts) if self._parts else np.empty(0))


@dataclass(slots=True, kw_only=True)
class BooleanCells(Cells):
    """True and false, as the file writes them."""

    true: frozenset[str]
    false: frozenset[str]
    _values: list[float] = field(default_factory=list)

    def _read(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        empty = self._nothing_at(texts)
        known = dict.fromkeys(self.false, 0.0) | dict.fromkeys(self.true, 1.0)
        values = np.array([known.get(text, NAN) for text in texts])
        values[empty] = NAN
        self._values.extend(values.tolist())
        bad: NDArray[np.bool_] = np.isnan(values)
        bad[empty] = not self.may_be_missing
        return bad

    def column(self) -> Column:
        """Return 1 and 0, NaN where there is neither."""
        return Column(numbers=np.array(self._values))


@dataclass(slots=True, kw_only=True)
class WordCells(Cells):
    """Words: categories, ids, entities. `is_entity`: they tell one from another."""

    is_entity: bool = False
    _places: dict[str, int] = field(default_factory=dict)
    _codes: list[int] = field(default_factory=list)

    def _read(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        empty, places = self._nothing_at(texts), self._places
        codes = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int32)
        bad: NDArray[np.bool_] = np.zeros(len(texts), dtype=np.bool_)
        if self.is_entity:
            bad |= np.fromiter((is_destroyed(text) for text in texts), np.bool_, len(texts))
        bad[empty] = not self.may_be_missing
        codes[empty] = -1
        self._codes.extend(codes.tolist())
        return bad

    def column(self) -> Column:
        """Return the words by number; words that stand nowhere any more are none of them."""
        return Column(codes=np.array(self._codes, dtype=np.int32), words=tuple(self._places))


@dataclass(slots=True, kw_only=True)
class MomentCells(Cells):
    """Moments, as the file writes them; those without a zone are read in the schema's."""

    time_format: str
    zone: ZoneInfo
    _values: list[float] = field(default_factory=list)

    def _read(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        empty = self._nothing_at(texts)
        values = np.array(
            [NAN if is_empty else self._seconds(text) for text, is_empty in zip(texts, empty, strict=True)]
        )
        self._values.extend(values.tolist())
        bad: NDArray[np.bool_] = np.isnan(values)
        bad[empty] = not self.may_be_missing
        return bad

    def _seconds(self, text: str) -> float:
        """Return seconds since 1970, or since the first payment where the file counts so; NaN for neither."""
        try:
            if self.time_format in SECONDS_OF:
                return number_of(text) * SECONDS_OF[self.time_format]
            if self.time_format == ISO:
                moment = datetime.fromisoformat(text)
            else:
                moment = datetime.strptime(text, self.time_format)  # noqa: DTZ007  # its zone comes next
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC).timestamp()
        except (ValueError, OverflowError):
            return NAN

    def column(self) -> Column:
        """Return seconds, NaN where there is no moment."""
        return Column(numbers=np.array(self._values))
