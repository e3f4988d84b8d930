"""From the values of a payment to numbers a network reads: one column or several for each feature.

A number is itself; money and counts enter as logarithms; a category is a column for each common word, one
for the rare ones together and one for words that were never seen; a moment is its distance from the payment.
Nothing here knows a label, so that no figure is flattered by it. Standardising comes afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import BENT, Block, Column, Words, column_of, signed_log
from app.scoring.schema.feature import Kind, Value
from app.scoring.schema.own_columns import amount_columns, of_amount, of_time, time_columns
from app.scoring.schema.schema import AMOUNT_ENDING, OCCURRED_AT, Schema


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoding:
    """How the features of a schema become columns; what of it was fitted is told by `described`."""

    schema: Schema
    #: Of each feature that may be missing and is no category: what stands in its place.
    fill: Mapping[str, float] = field(default_factory=dict)
    #: Of each category.
    words: Mapping[str, Words] = field(default_factory=dict)
    #: Of the currencies' amounts, as ISO 4217 had them when it was fitted; None where no ending is read.
    decimals: int | None = None

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Where each feature's columns lie."""
        blocks, begin = [], 0
        for feature in (*self.schema.features, *self.schema.derived):
            blocks.append(Block(feature=feature, begin=begin, words=self.words.get(feature.name)))
            begin += len(blocks[-1].columns)
        return tuple(blocks)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns but the amount itself."""
        of_features = (name for block in self.blocks for name in block.columns)
        return (*of_features, *self._time_columns, *self._amount_columns)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Of each column the feature it belongs to, or what of the payment's own it is read of."""
        of_features = [block.feature.name for block in self.blocks for _ in block.columns]
        of_time = [OCCURRED_AT] * len(self._time_columns)
        return (*of_features, *of_time, *[AMOUNT_ENDING] * len(self._amount_columns))

    @cached_property
    def unseen(self) -> NDArray[np.intp]:
        """Places of the columns that stand for words nobody has seen, in the order of the categories."""
        return np.array([block.unseen for block in self.blocks if block.words is not None], dtype=np.intp)

    @cached_property
    def is_plain(self) -> bool:
        """Whether each feature is a number that enters as it is."""
        kinds = {each.kind for each in self.schema.features}
        may_be_missing = any(each.may_be_missing for each in self.schema.features)
        has_others = may_be_missing or self._time_columns or self._amount_columns or self.schema.derived
        return kinds <= {Kind.NUMERIC} and not has_others

    @cached_property
    def _time_columns(self) -> tuple[str, ...]:
        return time_columns(self.schema.payment.read_of_time)

    @cached_property
    def _amount_columns(self) -> tuple[str, ...]:
        return amount_columns(self.schema.payment.read_of_amount)

    def encoded(
        self, rows: Sequence[Mapping[str, Value]], occurred_at: Sequence[datetime], amounts: Floats
    ) -> Floats:
        """Return the columns of payloads without problems, with what is read of history; (rows, columns).

        `amounts`: in currency units, shape (rows,).
        """
        seconds = np.array([moment.timestamp() for moment in occurred_at])
        out = np.zeros((len(rows), len(self.columns)))
        if self._plain_numbers and rows:
            self._fill_plain_numbers(out, rows)
        for block in self._other_blocks:
            values = [row.get(block.feature.name) for row in rows]
            if block.words is not None:
                for number, value in enumerate(values):
                    out[number, block.place_of(value)] = 1.0
            else:
                column = column_of(block.feature, values)
                block.fill_in(out, column, seconds, self.fill.get(block.feature.name, 0.0))
        return self._with_own(out, seconds, amounts)

    @cached_property
    def _plain_numbers(self) -> tuple[Block, ...]:
        """Those that are one number each, and always there."""
        plain = (Kind.NUMERIC, Kind.MONEY, Kind.COUNT, Kind.BOOLEAN)
        return tuple(
            each for each in self.blocks if each.feature.kind in plain and not each.feature.may_be_missing
        )

    @cached_property
    def _numbers_of(self) -> Callable[[Mapping[str, Value]], Any]:
        return itemgetter(*(each.feature.name for each in self._plain_numbers))

    @cached_property
    def _is_bent(self) -> Flags:
        return np.array([each.feature.kind in BENT for each in self._plain_numbers])

    @cached_property
    def _places_of_numbers(self) -> NDArray[np.intp]:
        return np.array([each.begin for each in self._plain_numbers], dtype=np.intp)

    @cached_property
    def _other_blocks(self) -> tuple[Block, ...]:
        return tuple(each for each in self.blocks if each not in self._plain_numbers)

    def _fill_plain_numbers(self, out: Floats, rows: Sequence[Mapping[str, Value]]) -> None:
        values = np.array(list(map(self._numbers_of, rows)), dtype=np.float64).reshape(len(rows), -1)
        values[:, self._is_bent] = signed_log(values[:, self._is_bent])
        out[:, self._places_of_numbers] = values

    def encoded_columns(self, columns: Mapping[str, Column], seconds: Floats, amounts: Floats) -> Floats:
        """Return the columns of many payments; `seconds` since 1970 and amounts, shape (rows,).

        Where `seconds` is not known (NaN), what depends on it is nought.
        """
        out = np.zeros((seconds.size, len(self.columns)))
        for block in self.blocks:
            block.fill_in(out, columns[block.feature.name], seconds, self.fill.get(block.feature.name, 0.0))
        return self._with_own(out, seconds, amounts)

    def _with_own(self, out: Floats, seconds: Floats, amounts: Floats) -> Floats:
        """Fill in the last columns: those of the payments' own moment and amount."""
        payment = self.schema.payment
        end = len(self.columns)
        if self._amount_columns:
            if self.decimals is None:
                raise ValueError("the decimals of the amounts are not known")
            begin = end - len(self._amount_columns)
            out[:, begin:end] = of_amount(amounts, decimals=self.decimals)
            end = begin
        if self._time_columns:
            begin = end - len(self._time_columns)
            out[:, begin:end] = of_time(payment.read_of_time, seconds, self.schema.zone)
        return out

    def described(self) -> dict[str, Any]:
        """Return what was fitted, as JSON may hold it; `encoding_from` reads it."""
        found: dict[str, Any] = {
            "fill": dict(self.fill),
            "words": {
                name: {"common": list(words.common), "rare": sorted(words.rare)}
                for name, words in self.words.items()
            },
        }
        return found if self.decimals is None else found | {"decimals": self.decimals}


def encoding_from(schema: Schema, described: Mapping[str, Any]) -> Encoding:
    """Read what `Encoding.described` gave; raises KeyError or TypeError for anything else."""
    words = {
        name: Words(common=tuple(each["common"]), rare=frozenset(each["rare"]))
        for name, each in described.get("words", {}).items()
    }
    return Encoding(
        schema=schema,
        fill=dict(described.get("fill", {})),
        words=words,
        decimals=described.get("decimals"),
    )
