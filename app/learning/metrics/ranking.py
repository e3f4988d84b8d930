"""How well scores put frauds before legits; any monotone map of the scores gives the same figures."""

import numpy as np

from app.learning.metrics.levels import levels_of_both
from app.scoring.arrays import Flags, Floats


def average_precision(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the sum of precision times gained recall over the distinct scores (scikit-learn's AP).

    Each argument has shape (transactions,). Raises ValueError without frauds or without legits.
    """
    found = levels_of_both(scores, is_fraud, weights)
    precision = found.positives / (found.positives + found.negatives)
    gained = np.diff(found.positives, prepend=0.0)
    return float(gained @ precision / found.positives[-1])


def auroc(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return P(a fraud scores above a legit), ties counting half; each of shape (transactions,).

    Raises ValueError without frauds or without legits.
    """
    found = levels_of_both(scores, is_fraud, weights)
    frauds, legits = np.diff(found.positives, prepend=0.0), np.diff(found.negatives, prepend=0.0)
    above = found.positives - frauds / 2
    return float(legits @ above / (found.positives[-1] * found.negatives[-1]))
