"""Figures of the papers that a loss is checked against."""

import numpy as np
from scipy.special import softmax

from app.learning.metrics.columns import checked_probability
from app.scoring.arrays import Flags, Floats


def soft_binned_ece(
    probability: Floats,
    is_fraud: Flags,
    weights: Floats,
    bins: int = 15,
    *,
    temperature: float,
    order: float = 2,
) -> float:
    """Return the soft-binned ECE of Karandikar et al. (2021): (sum_j S_j / W |A_j - C_j|^q)^(1/q).

    Row i belongs to the bin around xi_j = (j - 1/2) / M by softmax_j(-(p_i - xi_j)^2 / temperature);
    q is the `order`. As the temperature falls to 0 it becomes the ECE with M bins of equal width.

    Raises ValueError for columns that `checked_probability` refuses, or settings not above zero.
    """
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    if bins < 1 or not temperature > 0 or not order >= 1:
        raise ValueError(
            f"expected bins >= 1, temperature > 0, order >= 1: {bins=}, {temperature=}, {order=}"
        )
    anchors = (np.arange(bins) + 0.5) / bins
    # Shape: (transactions, bins).
    membership = softmax(-((probability[:, None] - anchors) ** 2) / temperature, axis=1)
    # S_j |A_j - C_j|, shape (bins,): no bin needs its own average.
    held, excess = weights @ membership, np.abs((weights * (is_fraud - probability)) @ membership)
    filled = held > 0
    gaps = excess[filled] / held[filled]
    return float(np.sum(held[filled] / weights.sum() * gaps**order) ** (1 / order))
