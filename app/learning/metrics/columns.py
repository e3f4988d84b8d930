"""The columns every metric reads, checked at the door; one row is one transaction of the sample."""

import numpy as np

from app.scoring.arrays import Flags, Floats


def checked(scores: Floats, flags: Flags, weights: Floats) -> tuple[Floats, Flags, Floats]:
    """Return the rows that stand for somebody (weight above zero), all of shape (transactions,).

    Raises ValueError when the columns differ in shape, a number is not finite, the flags are no
    booleans, a weight is negative, or no weight is left.
    """
    if not scores.ndim == 1 or not scores.shape == flags.shape == weights.shape:
        raise ValueError(f"one row each: {scores.shape=}, {flags.shape=}, {weights.shape=}")
    if flags.dtype != np.bool_:
        raise ValueError(f"expected booleans, got {flags.dtype=}")
    if not (np.isfinite(scores).all() and np.isfinite(weights).all()):
        raise ValueError("every score and every weight must be a finite number")
    if weights.size == 0 or weights.min() < 0 or weights.max() == 0:
        raise ValueError("weights must not be negative, nor all zero")
    if weights.min() > 0:
        return scores, flags, weights
    kept = weights > 0
    return scores[kept], flags[kept], weights[kept]


def checked_probability(
    probability: Floats, is_fraud: Flags, weights: Floats
) -> tuple[Floats, Flags, Floats]:
    """Return the rows that weigh something, as `checked`; raises ValueError also outside [0, 1]."""
    columns = checked(probability, is_fraud, weights)
    if probability.min() < 0 or probability.max() > 1:
        raise ValueError(f"a probability lies outside [0, 1]: {probability.min()}, {probability.max()}")
    return columns


def base_rate_of(is_fraud: Flags, weights: Floats) -> float:
    """Return the weighted share of frauds, pi; raises ValueError without frauds or without legits."""
    frauds, legits = float(weights[is_fraud].sum()), float(weights[~is_fraud].sum())
    if frauds <= 0 or legits <= 0:
        raise ValueError("rows of both kinds are needed")
    return frauds / (frauds + legits)
