"""The cells of one column, read as a schema says; those that break its rule are remembered with their row.

A cell is what its text says, so that a text which stands in a thousand rows is read once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.datasets.cells import BadCell, cause_of, numbers_of
from app.datasets.payment_files.exact_amounts import AmountTexts
from app.scoring.arrays import Flags, Floats
from app.scoring.numbers import is_destroyed
from app.scoring.schema.columns import Column
from app.scoring.schema.schema import FileFormat

NAN = float("nan")
AS_USUAL = FileFormat()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadCells:
    """Cells as they were read; shape (cells,) each."""

    #: Numbers, or words by number.
    values: NDArray[Any]
    #: Which break the rule.
    is_bad: Flags
    #: Where nothing stands.
    is_missing: Flags

    def at(self, places: NDArray[np.int32]) -> "ReadCells":
        """Return the same of these places."""
        return ReadCells(
            values=self.values[places], is_bad=self.is_bad[places], is_missing=self.is_missing[places]
        )


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
    _parts: list[NDArray[Any]] = field(default_factory=list)

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
        self.add_repeated(texts, np.arange(len(texts), dtype=np.int32))

    def add_repeated(self, texts: Sequence[str], places: NDArray[np.int32]) -> None:
        """Read the next cells, each of them one of these texts, by its place; shape (cells,)."""
        self._keep(self._read(texts).at(places), lambda row: texts[int(places[row])])

    def _keep(self, read: ReadCells, text_at: Callable[[int], str]) -> None:
        bad = np.flatnonzero(read.is_bad)
        if bad.size and self.first_bad is None:
            row = int(bad[0])
            self.first_bad = BadCell(self.rows + row, text_at(row))
        self.bad += bad.size
        self.missing += int(read.is_missing.sum())
        self.rows += read.values.size
        self._parts.append(read.values)

    def _nothing_at(self, texts: Sequence[str]) -> Flags:
        return np.fromiter((not text or text in self.nothing for text in texts), np.bool_, len(texts))

    def cause_of(self, _text: str) -> str | None:
        """Return what happened to a cell that breaks the rule, where the cell tells."""
        return None

    @abstractmethod
    def _read(self, texts: Sequence[str]) -> ReadCells:
        """Read cells by the rule of the column."""

    def column(self) -> Column:
        """Return the numbers, NaN where there is none."""
        return Column(numbers=np.concatenate(self._parts) if self._parts else np.empty(0))


@dataclass(slots=True, kw_only=True)
class NumberCells(Cells):
    """Numbers in a range; an amount is kept to its last digit, too."""

    is_good: Callable[[Floats], NDArray[np.bool_]]
    written: FileFormat = AS_USUAL
    is_amount: bool = False
    #: No number beyond it can be meant.
    far: float = np.inf
    amounts: AmountTexts = field(default_factory=AmountTexts)

    def cause_of(self, text: str) -> str | None:
        """Return what a spreadsheet or another country's way of writing did to a number."""
        return cause_of(text, far=self.far) if self.written.decimal == AS_USUAL.decimal else None

    @property
    def takes_numbers(self) -> bool:
        """Numbers need no reading, unless one of them says that nothing stands there."""
        return not self.is_amount and not self.nothing

    @property
    def keeps_digits(self) -> bool:
        """An amount is what its digits say."""
        return self.is_amount

    def add_numbers(self, values: Floats) -> None:
        """Take numbers as a file stores them."""
        missing = np.isnan(values)
        is_bad = ~self.is_good(values)
        is_bad[missing] = not self.may_be_missing
        read = ReadCells(values=np.where(is_bad, NAN, values), is_bad=is_bad, is_missing=missing)
        self._keep(read, lambda row: "" if missing[row] else repr(float(values[row])))

    def add_repeated(self, texts: Sequence[str], places: NDArray[np.int32]) -> None:
        """Read the next cells, and of amounts keep the digits."""
        read = self._read(texts)
        if self.is_amount:
            self.amounts.add([self._plain(text) for text in texts], np.isnan(read.values), places)
        self._keep(read.at(places), lambda row: texts[int(places[row])])

    def _read(self, texts: Sequence[str]) -> ReadCells:
        plain = [self._plain(text) for text in texts] if self.written != AS_USUAL else texts
        values, missing = numbers_of(plain), self._nothing_at(texts)
        is_bad: Flags = ~self.is_good(values)
        is_bad[missing] = not self.may_be_missing
        values[is_bad | missing] = NAN
        return ReadCells(values=values, is_bad=is_bad, is_missing=missing)

    def _plain(self, text: str) -> str:
        """Return a number as everybody writes it; a point where the file has commas stays no number."""
        if self.written.thousands:
            text = text.replace(self.written.thousands, "")
        if self.written.decimal == ",":
            return text.replace(".", "\0").replace(",", ".")
        return text


@dataclass(slots=True, kw_only=True)
class BooleanCells(Cells):
    """True and false, as the file writes them; 1 and 0 in the column."""

    true: frozenset[str]
    false: frozenset[str]

    def _read(self, texts: Sequence[str]) -> ReadCells:
        missing = self._nothing_at(texts)
        known = dict.fromkeys(self.false, 0.0) | dict.fromkeys(self.true, 1.0)
        values = np.array([known.get(text, NAN) for text in texts])
        values[missing] = NAN
        is_bad: Flags = np.isnan(values)
        is_bad[missing] = not self.may_be_missing
        return ReadCells(values=values, is_bad=is_bad, is_missing=missing)


@dataclass(slots=True, kw_only=True)
class WordCells(Cells):
    """Words: categories, ids, entities. `is_entity`: they tell one from another."""

    is_entity: bool = False
    _places: dict[str, int] = field(default_factory=dict)

    def _read(self, texts: Sequence[str]) -> ReadCells:
        missing, places = self._nothing_at(texts), self._places
        codes = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int32)
        is_bad: Flags = np.zeros(len(texts), dtype=np.bool_)
        if self.is_entity:
            is_bad |= np.fromiter((is_destroyed(text) for text in texts), np.bool_, len(texts))
        is_bad[missing] = not self.may_be_missing
        codes[missing] = -1
        return ReadCells(values=codes, is_bad=is_bad, is_missing=missing)

    def column(self) -> Column:
        """Return the words by number; words that stand nowhere any more are none of them."""
        codes = np.concatenate(self._parts) if self._parts else np.empty(0, dtype=np.int32)
        return Column(codes=codes, words=tuple(self._places))
