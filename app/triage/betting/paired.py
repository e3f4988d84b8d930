"""Champion against challenger on the same payments, read at any time: better, worse, or no difference yet."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.triage.betting.mean import MeanInterval, mean_interval


class Comparison(StrEnum):
    """What is known of the challenger's losses."""

    BETTER = "better"
    NO_DIFFERENCE_YET = "no_difference_yet"
    WORSE = "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedResult:
    """The verdict, with the mean loss a payment that the challenger saves."""

    verdict: Comparison
    saved: MeanInterval
    #: Payments of which the truth was seen.
    truths: int


def compare(
    champion: Floats,
    challenger: Floats,
    seen: Flags,
    chances: Floats,
    *,
    least_chance: float,
    confidence: float = 0.95,
) -> PairedResult:
    """Compare losses in [0, 1] of payments in order of arrival, all of one age; each of shape (payments,).

    d = (seen / chance) (champion's loss - challenger's); losses of unseen payments are not read. `chances`
    are the probabilities with which truths become known, none below `least_chance`, which is known
    beforehand.

    Y. J. Choe, A. Ramdas, Comparing sequential forecasters, 2110.00115. Raises ValueError for losses or
    chances outside their ranges.
    """
    read = np.concatenate([champion[seen], challenger[seen]])
    if read.size and not (read.min() >= 0 and read.max() <= 1):
        raise ValueError("losses lie between 0 and 1")
    if seen.any() and chances[seen].min() < least_chance:
        raise ValueError(f"no truth becomes known with a chance below {least_chance:g}")
    differences = np.zeros(seen.shape)
    differences[seen] = (champion[seen] - challenger[seen]) / chances[seen]
    reach = 1 / least_chance
    saved = mean_interval(differences, lowest=-reach, highest=reach, confidence=confidence)
    return PairedResult(verdict=verdict_on(saved), saved=saved, truths=int(seen.sum()))


def verdict_on(saved: MeanInterval) -> Comparison:
    """Return who is better by the interval of what the challenger saves."""
    if saved.low > 0:
        return Comparison.BETTER
    return Comparison.WORSE if saved.high < 0 else Comparison.NO_DIFFERENCE_YET
