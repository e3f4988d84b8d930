"""How far a figure would move on other rows of the same kind: the bootstrap, class by class.

A replicate changes nothing but the weights: a row drawn twice weighs twice, a row not drawn is left
out. The rows are sorted once by the first column, after which the sort in a metric is linear.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.learning.metrics.columns import base_rate_of, checked
from app.scoring.arrays import Flags, Floats

#: Called as metric(*columns, is_fraud, weights), all along the same rows.
Metric = Callable[..., float]
Columns = tuple[NDArray[Any], ...]
Counts = NDArray[np.intp]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure on the rows as they are, and its percentile interval over the replicates."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows by rising first column."""

    order: Counts
    columns: Columns
    is_fraud: Flags
    weights: Floats

    def figure(self, metric: Metric, drawn: Counts) -> float:
        """Return the metric with each row as often as drawn; `drawn` is in the order of the caller."""
        times = drawn[self.order]
        rows = np.flatnonzero(times)
        columns = (column[rows] for column in self.columns)
        return float(metric(*columns, self.is_fraud[rows], self.weights[rows] * times[rows]))


def class_bootstrap(
    metric: Metric,
    columns: Columns,
    is_fraud: Flags,
    weights: Floats,
    *,
    replicates: int,
    generator: np.random.Generator,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Return a figure with its interval, frauds and legits drawn separately with replacement.

    `metric(*columns, is_fraud, weights)` is called on the whole and on every replicate. Columns have
    the transactions along the first axis; `is_fraud` and `weights` have shape (transactions,). Rows of
    weight zero stand for nobody and are never drawn. A metric must know a row only by its weight (row
    counts, as of sparse regions, are those of the distinct rows).

    Raises ValueError without frauds, without legits or without replicates.
    """
    rows = _sorted(columns, is_fraud, weights)
    values = [rows.figure(metric, drawn) for drawn in _draws(is_fraud, weights, replicates, generator)]
    whole = rows.figure(metric, (weights > 0).astype(np.intp))
    return _interval(whole, values, confidence)


def paired_difference(
    metric: Metric,
    first: Columns,
    second: Columns,
    is_fraud: Flags,
    weights: Floats,
    *,
    replicates: int,
    generator: np.random.Generator,
) -> Interval:
    """Return metric(first) - metric(second) with its interval, both on the same draws of rows.

    `first` and `second` are columns as in `class_bootstrap`, of the same transactions in the same
    order. Raises ValueError as `class_bootstrap` does.
    """
    one, other = _sorted(first, is_fraud, weights), _sorted(second, is_fraud, weights)

    def difference(drawn: Counts) -> float:
        return one.figure(metric, drawn) - other.figure(metric, drawn)

    values = [difference(drawn) for drawn in _draws(is_fraud, weights, replicates, generator)]
    return _interval(difference((weights > 0).astype(np.intp)), values, CONFIDENCE)


def _sorted(columns: Columns, is_fraud: Flags, weights: Floats) -> _Sorted:
    for column in columns:
        if len(column) != is_fraud.size:
            raise ValueError(f"one row each: {column.shape=}, {is_fraud.shape=}")
    by_first = columns and columns[0].ndim == 1
    order = np.argsort(columns[0], kind="stable") if by_first else np.arange(is_fraud.size)
    return _Sorted(order, tuple(column[order] for column in columns), is_fraud[order], weights[order])


def _draws(
    is_fraud: Flags, weights: Floats, replicates: int, generator: np.random.Generator
) -> Iterator[Counts]:
    """Yield how often each row is drawn, shape (transactions,)."""
    checked(weights, is_fraud, weights)
    base_rate_of(is_fraud, weights)
    classes = [np.flatnonzero((is_fraud == kind) & (weights > 0)) for kind in (True, False)]
    for _ in range(replicates):
        drawn = [rows[generator.integers(rows.size, size=rows.size)] for rows in classes]
        yield np.bincount(np.concatenate(drawn), minlength=is_fraud.size)


def _interval(value: float, values: list[float], confidence: float) -> Interval:
    if not values:
        raise ValueError("an interval needs at least one replicate")
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(value=value, low=float(low), high=float(high))
