"""Proper scores of a calibrated P(fraud), alone and against quoting the base rate."""

import numpy as np
from scipy.special import entr

from app.learning.metrics.columns import base_rate_of, checked_probability
from app.scoring.arrays import Flags, Floats


def nll(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the weighted mean of -ln P(what happened), in nats; each of shape (transactions,).

    What was held impossible and happened counts as the smallest normal number, 708 nats.
    Raises ValueError for columns that `checked_probability` refuses.
    """
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    of_truth = np.where(is_fraud, probability, 1 - probability)
    return float(np.average(-np.log(np.maximum(of_truth, np.finfo(np.float64).tiny)), weights=weights))


def nll_skill(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return 1 - nll / H(pi), pi the weighted base rate: above zero beats quoting it, 1 is perfect.

    H is the entropy in nats. Raises ValueError without frauds or without legits.
    """
    told = nll(probability, is_fraud, weights)
    base_rate = base_rate_of(is_fraud, weights)
    return float(1 - told / (entr(base_rate) + entr(1 - base_rate)))


def brier(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the weighted mean of (p - y)^2; each argument has shape (transactions,).

    Raises ValueError for columns that `checked_probability` refuses.
    """
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    return float(np.average((probability - is_fraud) ** 2, weights=weights))


def brier_skill(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return 1 - brier / (pi (1 - pi)), pi the weighted base rate: above zero beats quoting it.

    Raises ValueError without frauds or without legits.
    """
    told = brier(probability, is_fraud, weights)
    base_rate = base_rate_of(is_fraud, weights)
    return 1 - told / (base_rate * (1 - base_rate))
