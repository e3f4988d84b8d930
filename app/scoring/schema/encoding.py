"""From the values of a payment to numbers a network reads: one column or several for each feature.

A number is itself; money and counts enter as logarithms; a category is a column for each common word, one
for the rare ones together and one for words that were never seen; a moment is its distance from the payment.
Nothing here knows a label, so that no figure is flattered by it. Standardising comes afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats
from app.scoring.schema.feature import Feature, Kind, Value, moment_of
from app.scoring.schema.schema import HOUR, OCCURRED_AT, WEEKEND, Schema

SECONDS_A_DAY = 86_400.0
SATURDAY = 5
ZERO = timedelta()


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
class Encoding:
    """How the features of a schema become columns; what of it was fitted is told by `described`."""

    schema: Schema
    #: Of each feature that may be missing and is no category: what stands in its place.
    fill: Mapping[str, float] = field(default_factory=dict)
    #: Of each category.
    words: Mapping[str, Words] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> tuple["Block", ...]:
        """Where each feature's columns lie."""
        blocks, begin = [], 0
        for feature in self.schema.features:
            blocks.append(Block(feature=feature, begin=begin, words=self.words.get(feature.name)))
            begin += len(blocks[-1].columns)
        return tuple(blocks)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns but the amount's."""
        return (*(name for block in self.blocks for name in block.columns), *self._time_columns)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Of each column the feature it belongs to, or `occurred_at`."""
        of_features = [block.feature.name for block in self.blocks for _ in block.columns]
        return (*of_features, *(OCCURRED_AT for _ in self._time_columns))

    @cached_property
    def unseen(self) -> NDArray[np.intp]:
        """Places of the columns that stand for words nobody has seen, in the order of the categories."""
        return np.array([block.unseen for block in self.blocks if block.words is not None], dtype=np.intp)

    @cached_property
    def is_plain(self) -> bool:
        """Whether each feature is a number that enters as it is."""
        kinds = {each.kind for each in self.schema.features}
        may_be_missing = any(each.may_be_missing for each in self.schema.features)
        return kinds <= {Kind.NUMERIC} and not may_be_missing and not self._time_columns

    @property
    def _time_columns(self) -> tuple[str, ...]:
        read = self.schema.payment.read_of_time
        hours = ("hour (sine)", "hour (cosine)") if HOUR in read else ()
        return (*hours, *((WEEKEND,) if WEEKEND in read else ()))

    def encoded(self, rows: Sequence[Mapping[str, Value]], occurred_at: Sequence[datetime]) -> Floats:
        """Return the columns of payloads without problems, shape (rows, columns)."""
        seconds = np.array([moment.timestamp() for moment in occurred_at])
        columns = {
            feature.name: _column_of(feature, [row.get(feature.name) for row in rows])
            for feature in self.schema.features
        }
        return self.encoded_columns(columns, seconds)

    def encoded_columns(self, columns: Mapping[str, Column], seconds: Floats) -> Floats:
        """Return the columns of many payments; `seconds` since 1970, shape (rows,).

        Where `seconds` is not known (NaN), what depends on it is nought.
        """
        out = np.zeros((seconds.size, len(self.columns)))
        for block in self.blocks:
            block.fill_in(out, columns[block.feature.name], seconds, self.fill.get(block.feature.name, 0.0))
        if self._time_columns:
            out[:, -len(self._time_columns) :] = self._of_time(seconds)
        return out

    def _of_time(self, seconds: Floats) -> Floats:
        """Return hour and weekend on the schema's clocks, shape (rows, columns)."""
        read = self.schema.payment.read_of_time
        local = _local_seconds(seconds, self.schema)
        parts = []
        if HOUR in read:
            turn = 2 * np.pi * (local % SECONDS_A_DAY) / SECONDS_A_DAY
            parts += [np.sin(turn), np.cos(turn)]
        if WEEKEND in read:
            # 1 January 1970 was a Thursday.
            parts.append(((local // SECONDS_A_DAY + 3) % 7 >= SATURDAY).astype(np.float64))
        return np.asarray(np.nan_to_num(np.column_stack(parts)))

    def described(self) -> dict[str, Any]:
        """Return what was fitted, as JSON may hold it; `encoding_from` reads it."""
        return {
            "fill": dict(self.fill),
            "words": {
                name: {"common": list(words.common), "rare": sorted(words.rare)}
                for name, words in self.words.items()
            },
        }


def encoding_from(schema: Schema, described: Mapping[str, Any]) -> Encoding:
    """Read what `Encoding.described` gave; raises KeyError or TypeError for anything else."""
    words = {
        name: Words(common=tuple(each["common"]), rare=frozenset(each["rare"]))
        for name, each in described.get("words", {}).items()
    }
    return Encoding(schema=schema, fill=dict(described.get("fill", {})), words=words)


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
    if feature.kind in {Kind.NUMERIC, Kind.BOOLEAN}:
        return numbers
    return np.asarray(np.copysign(np.log1p(np.abs(numbers)), numbers))


def _column_of(feature: Feature, values: Sequence[Value]) -> Column:
    """Return the values of a payload's feature; they have no problems."""
    if feature.kind is Kind.CATEGORY:
        words = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
        place = {word: number for number, word in enumerate(words)}
        codes = [place[value] if isinstance(value, str) else -1 for value in values]
        return Column(codes=np.array(codes, dtype=np.int32), words=words)
    if feature.kind is Kind.TIME:
        moments = [moment_of(value) if isinstance(value, str) else None for value in values]
        return Column(numbers=np.array([np.nan if each is None else each.timestamp() for each in moments]))
    return Column(numbers=np.array([np.nan if value is None else float(value) for value in values]))


def _local_seconds(seconds: Floats, schema: Schema) -> Floats:
    """Return seconds of the wall clocks of the schema's zone, shape (rows,)."""
    zone = schema.zone
    hours = np.floor(seconds / 3600)
    known, place = np.unique(hours[~np.isnan(hours)], return_inverse=True)
    offsets = [
        (datetime.fromtimestamp(hour * 3600, tz=zone).utcoffset() or ZERO).total_seconds()
        for hour in known.tolist()
    ]
    local = seconds.copy()
    local[~np.isnan(hours)] += np.array(offsets)[place] if known.size else 0.0
    return local
