"""A confidence sequence for the mean of bounded numbers: an interval that holds at every moment at once.

Each candidate mean is bet against from above and from below; those that never lost 1 / delta are left.
Stakes are predictable: they depend on earlier numbers alone.

I. Waudby-Smith, A. Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024, theorem 3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Floats

# No stake takes more of a bet than this.
_MOST_STAKED: Final = 0.5
# Ends are found to this share of the range, on the safe side.
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanInterval:
    """The mean so far, and the ends between which the true one lies with the confidence asked for."""

    mean: float
    low: float
    high: float


def mean_interval(values: Floats, *, lowest: float, highest: float, confidence: float) -> MeanInterval:
    """Return the interval after all of `values`, shape (values,), each in [lowest, highest], in their order.

    Every number may depend on those before, as long as its mean given them is the one asked for. Where that
    drifts so far that no single mean is left, the ends are those of the last ones refuted.

    Raises ValueError for values outside the range, and without any.
    """
    if not values.size or not (values.min() >= lowest and values.max() <= highest):
        raise ValueError(f"one value at least, and all between {lowest:g} and {highest:g}")
    width = highest - lowest
    scaled = (values - lowest) / width
    staked, enough = stakes(scaled, risk=1 - confidence), np.log(2 / (1 - confidence))
    low = _end(lambda mean: _is_refuted(scaled, staked, mean, enough))
    high = 1 - _end(lambda mean: _is_refuted(1 - scaled, staked, mean, enough))
    low, high = min(low, high), max(low, high)
    return MeanInterval(mean=float(values.mean()), low=lowest + low * width, high=lowest + high * width)


def stakes(scaled: Floats, *, risk: float) -> Floats:
    """Return the predictable stake on each number in [0, 1], shape (values,): from those before it.

    sqrt(2 ln(2 / risk) / (v t ln(1 + t))) with v the running variance, begun at 1/4.
    """
    number = np.arange(1, scaled.size + 1)
    means = (0.5 + np.cumsum(scaled)) / (number + 1)
    variances = (0.25 + np.cumsum((scaled - means) ** 2)) / (number + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    found: Floats = np.sqrt(2 * np.log(2 / risk) / (before * number * np.log1p(number)))
    return found


def _is_refuted(scaled: Floats, staked: Floats, mean: float, enough: float) -> bool:
    """Whether bets that the true mean is above `mean` ever won enough."""
    stake = np.minimum(staked, _MOST_STAKED / mean)
    return bool(np.cumsum(np.log1p(stake * (scaled - mean))).max() >= enough)


def _end(is_refuted: Callable[[float], bool]) -> float:
    """Return the largest mean that is refuted, from below: what a larger mean would win falls as it rises."""
    refuted, left = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (refuted + left) / 2
        if is_refuted(middle):
            refuted = middle
        else:
            left = middle
    return refuted
