"""From a payload to the vector the network reads: names, order, scaling, and what a payload may hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from operator import itemgetter
from typing import Any

import numpy as np

from app.scoring.arrays import Floats

#: The column behind the payload's features: log1p of the amount.
AMOUNT = "amount"

# The largest |V| of the training data is about 120; beyond a million it is a unit error, not a payment.
LARGEST = 1e6


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureSchema:
    """Which features a payload holds, in which order and on which scale the network reads them.

    Raises ValueError when there are no names, or centre and scale do not fit the columns.
    """

    #: Names of the payload's features, in the order of the network's columns.
    names: tuple[str, ...]
    #: ISO 4217 codes of the currencies the model learned.
    currencies: tuple[str, ...] = ("EUR",)
    #: Subtracted from, then divided out of, each column; shape (columns,), amount as log1p.
    centre: Floats
    scale: Floats

    def __post_init__(self) -> None:
        """Refuse scaling that does not fit the columns."""
        columns = (len(self.names) + 1,)
        if not self.names or self.centre.shape != columns or self.scale.shape != columns:
            raise ValueError(f"expected {columns=}, got {self.centre.shape=}, {self.scale.shape=}")
        if not (self.scale > 0).all():
            raise ValueError("every column's scale must be above zero")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the network's columns: the payload's features, then the amount."""
        return (*self.names, AMOUNT)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    @cached_property
    def _in_order(self) -> Callable[[Mapping[str, float]], Any]:
        return itemgetter(*self.names)

    def knows_currency(self, code: str) -> bool:
        """Whether the model learned amounts in this currency."""
        return code in self.currencies

    def problems(self, features: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
        """Return (field, one sentence) for every feature that is missing, unknown or out of range."""
        # The length of the whole vector bounds each value; a NaN fails the comparison.
        if features.keys() == self._known and hypot(*features.values()) <= LARGEST:
            return ()
        missing = [(name, f"{name} is missing.") for name in self.names if name not in features]
        unknown = [
            (name, f"{name} is not a feature of this model.") for name in features if name not in self._known
        ]
        beyond = [
            (name, f"{name} must lie between -{LARGEST:g} and {LARGEST:g}, not {features[name]:g}.")
            for name in self.names
            if name in features and not abs(features[name]) <= LARGEST
        ]
        return (*missing, *unknown, *beyond)

    def vectorize(self, features: Sequence[Mapping[str, float]], amounts: Sequence[float]) -> Floats:
        """Return standardised float64 vectors of shape (transactions, columns).

        The payloads must be free of `problems`; amounts are in currency units, not cents.

        Raises KeyError for a missing feature, ValueError when the lengths differ.
        """
        if len(features) != len(amounts):
            raise ValueError(f"one amount per payload: {len(features)=}, {len(amounts)=}")
        raw = np.empty((len(features), len(self.names) + 1))
        if features:
            raw[:, :-1] = np.array([self._in_order(row) for row in features]).reshape(len(features), -1)
            raw[:, -1] = amounts
        return self._standardised_in_place(raw)

    def standardised(self, features: Floats, amounts: Floats) -> Floats:
        """Return the same vectors from arrays of shape (transactions, names) and (transactions,)."""
        if features.shape != (amounts.size, len(self.names)):
            raise ValueError(f"expected (transactions, {len(self.names)}), got {features.shape=}")
        return self._standardised_in_place(np.column_stack([features, amounts]))

    def _standardised_in_place(self, raw: Floats) -> Floats:
        np.log1p(raw[:, -1], out=raw[:, -1])
        raw -= self.centre
        raw /= self.scale
        return raw
