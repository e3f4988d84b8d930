"""How well scores put frauds before legits; any monotone map of the scores gives the same figures."""

import numpy as np
from numpy.typing import NDArray

from app.learning.metrics.columns import Flags, Floats
from app.learning.metrics.levels import levels_of_both

Integers = NDArray[np.integer]


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


def recall_at_precision(
    scores: Floats, is_fraud: Flags, weights: Floats | None = None, *, precision: float, base_rate: float
) -> float:
    """Return the largest share of frauds caught by a bound of at least this precision; 0 if none.

    Precision is pi TPR / (pi TPR + (1 - pi) FPR) with pi = `base_rate`, never that of the sample.
    Each column has shape (transactions,); without `weights` every row of a class weighs the same.

    Raises ValueError without frauds or without legits.
    """
    found = levels_of_both(scores, is_fraud, np.ones(scores.shape) if weights is None else weights)
    recall = found.positives / found.positives[-1]
    caught = base_rate * recall
    wronged = (1 - base_rate) * found.negatives / found.negatives[-1]
    kept = caught >= precision * (caught + wronged)
    return float(recall[kept].max(initial=0.0))


def card_precision_at_k(scores: Floats, is_fraud: Flags, cards: Integers, days: Integers, k: int) -> float:
    """Return the mean over days of: compromised cards among the k most suspicious, divided by k.

    A card's score on a day is its highest; it is compromised when any of its transactions that day is
    a fraud (Fraud Detection Handbook, chapter 4, precision top-k metrics). Each column has shape
    (transactions,), integers for cards and days. A day with fewer than k cards is still divided by k.

    No weights: a daily list of k cards has a meaning only on all cards of the day, not on a sample.
    NOTE[DIFF]: cards tied at the k-th place count in expectation over their order, and a card found
    on one day stays in the next (the handbook's `remove_detected_compromised_cards=False`).

    Raises ValueError when k is below 1 or there are no rows.
    """
    if k < 1 or scores.size == 0:
        raise ValueError(f"at least one card and one row: {k=}, {scores.size=}")
    by_card = np.lexsort((cards, days))
    cards, days = cards[by_card], days[by_card]
    new = np.append(True, (cards[1:] != cards[:-1]) | (days[1:] != days[:-1]))
    starts = np.flatnonzero(new)
    highest = np.maximum.reduceat(scores[by_card], starts)
    compromised = np.logical_or.reduceat(is_fraud[by_card], starts)
    of_day = days[starts]
    found = [_compromised_at(highest[of_day == day], compromised[of_day == day], k) for day in set(of_day)]
    return float(np.mean(found)) / k


def _compromised_at(highest: Floats, compromised: Flags, k: int) -> float:
    """Return the expected number of compromised cards among the k highest, ties in random order."""
    if highest.size <= k:
        return float(compromised.sum())
    kth = np.partition(highest, -k)[-k]
    above, tied = highest > kth, highest == kth
    places = k - above.sum()
    return float(compromised[above].sum() + places * compromised[tied].mean())
