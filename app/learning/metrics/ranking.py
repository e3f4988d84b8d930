"""How well scores put frauds before legits; any monotone map of the scores gives the same figures."""

import numpy as np

from app.learning.metrics.levels import levels_of_both
from app.scoring.arrays import Flags, Floats

#: How many legits `average_precision_without_highest_legits` leaves out.
HIGHEST_LEGITS = 10


def average_precision(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the sum of precision times gained recall over the distinct scores (scikit-learn's AP).

    Each argument has shape (transactions,). Raises ValueError without frauds or without legits.
    """
    found = levels_of_both(scores, is_fraud, weights)
    precision = found.positives / (found.positives + found.negatives)
    gained = np.diff(found.positives, prepend=0.0)
    return float(gained @ precision / found.positives[-1])


def average_precision_without_highest_legits(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the average precision without the ten highest legits; each of shape (transactions,).

    A few legits at the top, which look like unreported frauds of known attacks, hold much of the average
    precision; what differs with them and not without is no difference to choose by. Of legits with equal
    scores the first ones count as higher.

    Raises ValueError without frauds or without other legits.
    """
    legits = np.flatnonzero(~is_fraud)
    highest = legits[np.argsort(-scores[legits], kind="stable")[:HIGHEST_LEGITS]]
    kept = np.ones(scores.size, dtype=bool)
    kept[highest] = False
    return average_precision(scores[kept], is_fraud[kept], weights[kept])


def auroc(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return P(a fraud scores above a legit), ties counting half; each of shape (transactions,).

    Raises ValueError without frauds or without legits.
    """
    found = levels_of_both(scores, is_fraud, weights)
    frauds, legits = np.diff(found.positives, prepend=0.0), np.diff(found.negatives, prepend=0.0)
    above = found.positives - frauds / 2
    return float(legits @ above / (found.positives[-1] * found.negatives[-1]))
