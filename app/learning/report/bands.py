"""Curves on a fixed grid, and how far they would move on other rows: the bootstrap by class."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.learning.metrics.levels import levels_of_both
from app.learning.metrics.selective import risk_coverage
from app.scoring.arrays import Flags, Floats

#: Called as curve(scores, is_fraud, weights), all of shape (transactions,); gives shape (grid,).
Curve = Callable[[Floats, Flags, Floats], Floats]

REPLICATES = 200
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Band:
    """A curve on the rows as they are, and its pointwise 95 % band; shape of each: (grid,)."""

    value: Floats
    low: Floats
    high: Floats


def band_of(
    curve: Curve,
    scores: Floats,
    is_fraud: Flags,
    weights: Floats,
    *,
    generator: np.random.Generator,
    replicates: int = REPLICATES,
) -> Band:
    """Return a curve with its percentile band, frauds and legits drawn separately with replacement."""
    classes = [np.flatnonzero(is_fraud == kind) for kind in (True, False)]
    curves = []
    for _ in range(replicates):
        drawn = np.concatenate([rows[generator.integers(rows.size, size=rows.size)] for rows in classes])
        curves.append(curve(scores[drawn], is_fraud[drawn], weights[drawn]))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(curves, [tail, 1 - tail], axis=0)
    return Band(curve(scores, is_fraud, weights), low, high)


def precision_at_recalls(recalls: Floats) -> Curve:
    """Return the curve of the best precision with at least these recalls, each in (0, 1]."""

    def curve(scores: Floats, is_fraud: Flags, weights: Floats) -> Floats:
        found = levels_of_both(scores, is_fraud, weights)
        recall = found.positives / found.positives[-1]
        precision = found.positives / (found.positives + found.negatives)
        best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
        # A recall is reached where the sum of weights says so but for its rounding.
        return np.asarray(best_from_here[np.searchsorted(recall, recalls - 1e-9)])

    return curve


def risk_at_reviews(reviews: Floats) -> Curve:
    """Return the curve of the selective risk left when these shares of the population are reviewed.

    The least sure are reviewed first; `reviews` lie in [0, 1).
    """

    def curve(scores: Floats, is_fraud: Flags, weights: Floats) -> Floats:
        found = risk_coverage(scores, is_fraud, weights)
        # The last level that still leaves as much to people; the surest alone where none does.
        last = np.searchsorted(found.coverage, 1 - reviews + 1e-9, side="right") - 1
        return np.asarray(found.selective_risk[np.maximum(last, 0)])

    return curve


def miss_at_reviews(reviews: Floats, *, decline_at_least: float) -> Curve:
    """Return the curve of the miss rate when the approve bound leaves these shares to people.

    Takes fraud evidence as its scores; what lies at or above `decline_at_least` is declined.
    """

    def curve(scores: Floats, is_fraud: Flags, weights: Floats) -> Floats:
        order = np.argsort(scores, kind="stable")[::-1]
        declined = scores[order] >= decline_at_least
        reviewed = np.cumsum(weights[order] * ~declined) / weights.sum()
        held = np.cumsum(weights[order] * is_fraud[order]) / weights[is_fraud].sum()
        last = np.searchsorted(reviewed, reviews + 1e-9, side="right") - 1
        return np.asarray(1 - held[np.maximum(last, 0)])

    return curve
