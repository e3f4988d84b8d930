"""Evidence on a miss rate where some frauds are known by chance alone, each with its probability.

A fraud that was seen with probability pi is worth Z = (1 if it was approved, else 0, less the promise) /
pi; an unseen one is worth nothing. While the miss rate is what the promise says, Z is 0 in the mean, and no
stake on it can be expected to grow. Stakes of several sizes are placed at once, because the best one is not
known: their sum is an e-process as each of them is.

I. Waudby-Smith, A. Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024; Z. Xu,
R. Wang, A. Ramdas, 2406.10490.
"""

from typing import Final

import numpy as np
from scipy import special

from app.scoring.arrays import Floats

#: Stakes as shares of the most that may be staked without ever losing all.
STAKES: Final[Floats] = np.geomspace(1 / 64, 3 / 4, 16)
#: Of all that is bet on a broken promise, the part set aside for later frauds: what breaks late is found,
#: too.
SET_ASIDE: Final = 0.5


def begun_kept() -> Floats:
    """Return the log wealth of each stake on "the promise holds" before the first fraud, shape (16,)."""
    return np.full(STAKES.shape, -np.log(STAKES.size))


def begun_broken() -> Floats:
    """Return the same of "it is broken": each stake enters with the frauds (`next_broken`)."""
    return np.full(STAKES.shape, -np.inf)


def worth(is_missed: Floats, chances: Floats, promised: float) -> Floats:
    """Return Z of seen frauds: `is_missed` 1 or 0, `chances` in (0, 1], any one shape."""
    return (is_missed - promised) / chances


def next_kept(log_wealth: Floats, z: Floats, *, promised: float, least_chance: float) -> Floats:
    """Return the log wealth after one more fraud, shape (..., 16).

    `z` has shape (...); `least_chance` is the smallest probability with which an approved fraud is seen.
    Stakes lie below `least_chance` / (1 - promised), so that no fraud takes all.
    """
    return log_wealth + np.log1p(-STAKES * (least_chance / (1 - promised)) * z[..., None])


def next_broken(
    log_wealth: Floats, z: Floats, *, number: int, promised: float, least_chance: float
) -> Floats:
    """Return the same of bets on a broken promise; `number` counts the fraud from 1.

    `least_chance` is the smallest probability with which a fraud that was *not* approved is seen.
    """
    entering = np.log(_share_entering(number) / STAKES.size)
    factors = np.log1p(STAKES * (least_chance / promised) * z[..., None])
    return np.logaddexp(log_wealth, entering) + factors


def log_evidence(log_wealth: Floats) -> Floats:
    """Return ln of what one unit has become, shape (...), of log wealths of shape (..., 16)."""
    found: Floats = special.logsumexp(log_wealth, axis=-1)
    return found


def _share_entering(number: int) -> float:
    """Return the part of all stakes that enters with this fraud; all of them sum to one."""
    later = SET_ASIDE * (1 / (1 + np.log(number)) - 1 / (1 + np.log(number + 1)))
    return float(later + (1 - SET_ASIDE if number == 1 else 0.0))
