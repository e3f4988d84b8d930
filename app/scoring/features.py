"""From a payload to the vector the network reads: names, order, scaling, and what a payload may hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import hypot
from operator import itemgetter
from typing import Any

import numpy as np

from app.scoring.arrays import Floats, Rows
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.feature import Kind, Value
from app.scoring.schema.history_features import is_of_history
from app.scoring.schema.schema import AMOUNT, Schema

__all__ = ["AMOUNT", "FeatureSchema"]

_NUMBERS = frozenset({float, int})


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureSchema:
    """What a payload holds, and in which columns on which scale the network reads it.

    Raises ValueError when centre and scale do not fit the columns.
    """

    #: The features of the model's schema, and how each becomes columns.
    encoding: Encoding
    #: Subtracted from, then divided out of, each column; shape (columns,), amount as log1p.
    centre: Floats
    scale: Floats

    def __post_init__(self) -> None:
        """Refuse scaling that does not fit the columns."""
        columns = (len(self.encoding.columns) + 1,)
        if self.centre.shape != columns or self.scale.shape != columns:
            raise ValueError(f"expected {columns=}, got {self.centre.shape=}, {self.scale.shape=}")
        if not (self.scale > 0).all():
            raise ValueError("every column's scale must be above zero")

    @property
    def described(self) -> Schema:
        """The schema as the team wrote it."""
        return self.encoding.schema

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the payload's features, in their order."""
        return self.encoding.schema.names

    @property
    def currencies(self) -> tuple[str, ...]:
        """ISO 4217 codes of the currencies the model learned."""
        return self.encoding.schema.payment.currencies

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the network's columns: those of the features, then the amount."""
        return (*self.encoding.columns, AMOUNT)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Of each column whose it is: a feature's name, or what of the payment's own it is read of."""
        return (*self.encoding.sources, AMOUNT)

    @cached_property
    def sent(self) -> Rows:
        """Places of the columns that tell of the payment alone; those of history drift by themselves."""
        derived = {each.name for each in self.described.derived}
        return np.flatnonzero([source not in derived for source in self.sources])

    @cached_property
    def read(self) -> tuple[str, ...]:
        """What the model reads of a payment, each once, in the order of its columns."""
        return tuple(dict.fromkeys(self.sources))

    @cached_property
    def columns_of(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the columns of each thing the model reads."""
        return {
            name: tuple(place for place, source in enumerate(self.sources) if source == name)
            for name in self.read
        }

    def by_source(self, of_columns: Floats) -> Floats:
        """Return contributions of columns (columns,) summed for each thing read, shape (things,).

        Exact for what adds up over columns, as contributions along a path do.
        """
        return np.array([of_columns[list(places)].sum() for places in self.columns_of.values()])

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    @cached_property
    def _read_of_history(self) -> frozenset[str]:
        return frozenset(each.name for each in self.described.derived)

    @cached_property
    def _expected(self) -> frozenset[str]:
        """Whatever is read of a payment of which nothing is missing, by its name."""
        return self._known | self._read_of_history

    @cached_property
    def _in_order(self) -> Callable[[Mapping[str, Value]], Any]:
        return itemgetter(*self.names)

    @cached_property
    def _length_at_most(self) -> float | None:
        """How long a payload's vector may be where every value is in range; None: it does not tell."""
        sent = self.described.features
        limits = {each.most for each in sent} | {-each.least for each in sent}
        are_numbers = all(each.kind is Kind.NUMERIC and not each.may_be_missing for each in sent)
        return limits.pop() if are_numbers and len(limits) == 1 else None

    def knows_currency(self, code: str) -> bool:
        """Whether the model learned amounts in this currency, or reads none."""
        return code in self.currencies or not self.described.reads_amount

    def problems(self, features: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
        """Return (field, one sentence) for every feature that is missing, unknown or out of range.

        A feature that may be missing may be left out, too.
        """
        if self._is_ordinary(features):
            return ()
        expected = self.described.features
        missing = (
            (each.name, f"{each.name} is missing.")
            for each in expected
            if each.name not in features and not each.may_be_missing
        )
        unknown = (
            (name, f"{name} is not a feature of this model.") for name in features if name not in self._known
        )
        wrong = (
            (each.name, problem)
            for each in expected
            if each.name in features and (problem := each.problem(features[each.name])) is not None
        )
        # What is missing or unknown says more than a value out of range: it may be another model's payload.
        return (*missing, *unknown, *wrong)

    def problems_of_stored(self, values: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
        """Return the same of a stored payment's features together with what was read of its history.

        What another model reads of history is no problem; what this one reads and nobody kept is.
        """
        others = values.keys() - self._expected
        if len(others) + len(self._expected) == len(values) and all(map(is_of_history, others)):
            return self.problems({name: values[name] for name in self.names})
        needed = self.described.derived
        if not needed and not any(map(is_of_history, values)):
            return self.problems(values)
        sent = {name: each for name, each in values.items() if name in self._known or not is_of_history(name)}
        missing = ((each.name, f"{each.name} is missing.") for each in needed if each.name not in values)
        return (*self.problems(sent), *missing)

    def lacks_history(self, derived: Mapping[str, Value]) -> bool:
        """Whether something that the model reads of history is not there."""
        return not self._read_of_history <= derived.keys()

    def _is_ordinary(self, features: Mapping[str, Value]) -> bool:
        """Whether a payload is seen at a glance to have no problems: nearly all are."""
        if features.keys() != self._known:
            return False
        if self._length_at_most is None:
            return all(feature.is_plainly_good(features[feature.name]) for feature in self.described.features)
        # The length of the whole vector bounds each value; a NaN fails the comparison.
        return (
            set(map(type, features.values())) <= _NUMBERS
            and hypot(*features.values()) <= self._length_at_most  # type: ignore[arg-type]  # numbers, as seen
        )

    def vectorize(
        self,
        features: Sequence[Mapping[str, Value]],
        amounts: Sequence[float],
        occurred_at: Sequence[datetime],
    ) -> Floats:
        """Return standardised float64 vectors of shape (transactions, columns).

        The payloads must be free of `problems`; amounts are in currency units, not cents.

        Raises KeyError for a missing feature, ValueError when the lengths differ.
        """
        if not len(features) == len(amounts) == len(occurred_at):
            raise ValueError(f"one amount and moment per payload: {len(features)=}, {len(amounts)=}")
        return self._standardised_in_place(self._raw(features, amounts, occurred_at))

    def values(self, features: Mapping[str, Value], amount: float, occurred_at: datetime) -> Floats:
        """Return a payload's columns before they are standardised, the amount as it is; shape (columns,)."""
        return np.asarray(self._raw([features], [amount], [occurred_at])[0])

    def encoded(
        self,
        features: Sequence[Mapping[str, Value]],
        amounts: Sequence[float],
        occurred_at: Sequence[datetime],
    ) -> Floats:
        """Return the columns of payloads before they are standardised, without the amount itself."""
        return np.asarray(self._raw(features, amounts, occurred_at)[:, :-1])

    def standardised(self, encoded: Floats, amounts: Floats) -> Floats:
        """Return the vectors of encoded features (transactions, columns - 1) and amounts (transactions,)."""
        if encoded.shape != (amounts.size, len(self.columns) - 1):
            raise ValueError(f"expected (transactions, {len(self.columns) - 1}), got {encoded.shape=}")
        return self._standardised_in_place(np.column_stack([encoded, amounts]))

    def _raw(
        self,
        features: Sequence[Mapping[str, Value]],
        amounts: Sequence[float],
        occurred_at: Sequence[datetime],
    ) -> Floats:
        raw = np.empty((len(features), len(self.columns)))
        if not features:
            return raw
        raw[:, -1] = amounts
        if self.encoding.is_plain:
            raw[:, :-1] = np.array([self._in_order(row) for row in features]).reshape(len(features), -1)
        else:
            raw[:, :-1] = self.encoding.encoded(features, occurred_at, raw[:, -1])
        return raw

    def _standardised_in_place(self, raw: Floats) -> Floats:
        if self.described.reads_amount:
            np.log1p(raw[:, -1], out=raw[:, -1])
        else:
            raw[:, -1] = 0.0
        raw -= self.centre
        raw /= self.scale
        return raw
