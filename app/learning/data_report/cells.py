"""Ranges of columns, balance of classes, and amounts: what rows tell one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats

# Card payments above this many currency units are rare enough to be looked at.
LARGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRange:
    """Where the finite values of one column lie; the quantiles are of rows, unweighted."""

    name: str
    non_finite: int
    #: Minimum, 1 %, median, 99 % and maximum; None when no value is finite.
    quantiles: tuple[float, float, float, float, float] | None

    @property
    def is_constant(self) -> bool:
        """Whether all finite values are the same."""
        return self.quantiles is not None and self.quantiles[0] == self.quantiles[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalance:
    """How many rows are frauds, in the file and in the population it stands for."""

    frauds: int
    legits: int
    #: How many population rows each legit row stands for.
    legit_weight: float

    @property
    def fraud_rate(self) -> float:
        """Share of frauds among the rows."""
        return self.frauds / (self.frauds + self.legits)

    @property
    def weighted_fraud_rate(self) -> float:
        """Share of frauds in the population."""
        return self.frauds / (self.frauds + self.legits * self.legit_weight)

    def weight_for(self, fraud_rate: float) -> float | None:
        """Return the legit weight that makes this the population's fraud rate; None without both classes."""
        if not self.frauds or not self.legits:
            return None
        return self.frauds * (1 - fraud_rate) / (fraud_rate * self.legits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Counts of rows whose amount is worth a look."""

    negative: int
    zero: int
    #: Above `LARGE` currency units.
    large: int
    #: With more than two decimals.
    finer_than_cents: int


def column_ranges(columns: Mapping[str, Floats]) -> tuple[ColumnRange, ...]:
    """Return the range of each column, in their order; values have shape (rows,)."""
    return tuple(_range(name, values) for name, values in columns.items())


def _range(name: str, values: Floats) -> ColumnRange:
    finite = values[np.isfinite(values)]
    quantiles = None
    if finite.size:
        # Between the ends of the number range there is no step; the ends themselves stay right.
        with np.errstate(over="ignore", invalid="ignore"):
            lowest, low, middle, high, highest = np.quantile(finite, (0, 0.01, 0.5, 0.99, 1)).tolist()
        quantiles = (lowest, low, middle, high, highest)
    return ColumnRange(name=name, non_finite=values.size - finite.size, quantiles=quantiles)


def class_balance(is_fraud: Flags, *, legit_weight: float) -> ClassBalance:
    """Return how frauds and legits are mixed; `is_fraud` has shape (rows,), at least one."""
    frauds = int(is_fraud.sum())
    return ClassBalance(frauds=frauds, legits=is_fraud.size - frauds, legit_weight=legit_weight)


def amounts_told(amounts: Floats) -> Amounts:
    """Return what stands out among amounts of shape (rows,), in currency units; NaN stands for nothing."""
    finite = amounts[np.isfinite(amounts)]
    # Cents are not exact in binary; a millionth of a unit is nobody's money.
    is_finer = np.abs(finite - np.round(finite, 2)) > 1e-6
    return Amounts(
        negative=int((amounts < 0).sum()),
        zero=int((amounts == 0).sum()),
        large=int((amounts > LARGE).sum()),
        finer_than_cents=int(is_finer.sum()),
    )
