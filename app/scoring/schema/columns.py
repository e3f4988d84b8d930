"""The columns of one feature: how its values lie in memory, and as which columns they enter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats
from app.scoring.schema.feature import Feature, Kind, Value, moment_of

SECONDS_A_DAY = 86_400.0
#: They enter as signed logarithms.
BENT = frozenset({Kind.MONEY, Kind.COUNT, Kind.TIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a category as the training rows had them."""

    #: Each has a column of its own.
    common: tuple[str, ...]
    #: These share one.
    rare: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """The values of one feature in many payments: numbers, or words by number; shape (rows,) each."""

    #: Numbers, NaN where there is none: of a boolean 0 or 1, of a moment seconds since 1970. Empty for words.
    numbers: Floats = field(default_factory=lambda: np.empty(0))
    #: Of a category: the place of each row's word in `words`, -1 where there is none.
    codes: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    words: tuple[str, ...] = ()

    def taken(self, rows: NDArray[Any]) -> "Column":
        """Return the same of some rows."""
        if self.codes.size:
            return Column(codes=self.codes[rows], words=self.words)
        return Column(numbers=self.numbers[rows])

    @property
    def is_missing(self) -> Flags:
        """Where there is no value, shape (rows,)."""
        return self.codes < 0 if self.codes.size else np.isnan(self.numbers)


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """The columns of one feature, from `begin` on."""

    feature: Feature
    begin: int
    words: Words | None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        name = self.feature.name
        missing = (f"{name} is missing",) if self.feature.may_be_missing else ()
        if self.words is None:
            return (name, *missing)
        return (
            *(f"{name} = {word}" for word in self.words.common),
            f"{name} is rare",
            f"{name} is unseen",
            *missing,
        )

    @property
    def unseen(self) -> int:
        """Place of the column of unseen words."""
        return self.begin + len(self.words.common if self.words else ()) + 1

    @cached_property
    def _place_of_word(self) -> Mapping[str, int]:
        words = self.words or Words(common=())
        rare = dict.fromkeys(words.rare, self.begin + len(words.common))
        return rare | {word: self.begin + place for place, word in enumerate(words.common)}

    def place_of(self, value: Value) -> int:
        """Return the column of a category's value, or of none."""
        if not isinstance(value, str):
            return self.begin + len(self.columns) - 1
        return self._place_of_word.get(value, self.unseen)

    def fill_in(self, out: Floats, column: Column, seconds: Floats, fill: float) -> None:
        """Write the feature's columns of `out`, which are nought."""
        missing = column.is_missing
        if self.feature.may_be_missing:
            out[missing, self.begin + len(self.columns) - 1] = 1.0
        if self.words is not None:
            places = np.array(
                [self._place_of_word.get(word, self.unseen) for word in column.words], dtype=np.intp
            )
            present = np.flatnonzero(~missing)
            if present.size:
                out[present, places[column.codes[present]]] = 1.0
            return
        numbers = column.numbers
        if self.feature.kind is Kind.TIME:
            numbers = (seconds - numbers) / SECONDS_A_DAY
        numbers = bent(self.feature, numbers)
        out[:, self.begin] = np.where(np.isnan(numbers), fill, numbers)


def bent(feature: Feature, numbers: Floats) -> Floats:
    """Return a feature's numbers as they enter: money, counts and distances in time as signed logarithms."""
    return signed_log(numbers) if feature.kind in BENT else numbers


def signed_log(numbers: Floats) -> Floats:
    """Return sign(x) ln(1 + |x|): far values stay apart, but no longer shout."""
    return np.asarray(np.copysign(np.log1p(np.abs(numbers)), numbers))


def column_of(feature: Feature, values: Sequence[Value]) -> Column:
    """Return the values of a payload's feature that is no category; they have no problems."""
    if feature.kind is Kind.TIME:
        moments = [moment_of(value) if isinstance(value, str) else None for value in values]
        return Column(numbers=np.array([np.nan if each is None else each.timestamp() for each in moments]))
    return Column(numbers=np.array([np.nan if value is None else float(value) for value in values]))
