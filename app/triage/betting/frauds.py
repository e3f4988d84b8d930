"""Champion against challenger by Brier losses, where of the truths only frauds have to be seen.

Both probabilities are known of every payment. The difference of (p - y)^2 is p^2 - q^2 without a truth, and
less 2 (p - q) for a fraud: so only frauds are weighed by the chance with which they become known, silence is
no truth, and legits cost nothing.
"""

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.triage.betting.mean import mean_interval
from app.triage.betting.paired import PairedResult, verdict_on


def brier_saved(champion: Floats, challenger: Floats, seen_frauds: Flags, chances: Floats) -> Floats:
    """Return of each payment an unbiased estimate of the Brier loss that the challenger saves.

    All of shape (payments,); p^2 - q^2 - (fraud seen / chance) 2 (p - q) with p the champion's probability,
    q the challenger's. `chances` are read where a fraud was seen. Raises ValueError for numbers outside
    their ranges.
    """
    both = np.concatenate([champion, challenger])
    if both.size and not (both.min() >= 0 and both.max() <= 1):
        raise ValueError("probabilities lie between 0 and 1")
    if seen_frauds.any() and not (chances[seen_frauds].min() > 0 and chances[seen_frauds].max() <= 1):
        raise ValueError("chances lie above 0, and are at most 1")
    weights = np.zeros(seen_frauds.shape)
    weights[seen_frauds] = 1 / chances[seen_frauds]
    apart: Floats = champion - challenger
    saved: Floats = apart * (champion + challenger) - 2 * weights * apart
    return saved


def compared(saved: Floats, *, frauds: int, least_chance: float, confidence: float = 0.95) -> PairedResult:
    """Return the verdict on `brier_saved` of payments in order of arrival, shape (payments,).

    `least_chance`: no fraud becomes known with a smaller one, which is known beforehand: no estimate is
    beyond 2 / least_chance - 1. `frauds`: how many were seen. Raises ValueError without a payment, and for
    estimates beyond that.
    """
    reach = 2 / least_chance - 1
    interval = mean_interval(saved, lowest=-reach, highest=reach, confidence=confidence)
    return PairedResult(verdict=verdict_on(interval), saved=interval, truths=frauds)
