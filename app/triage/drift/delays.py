"""How long truths take to arrive, by source: counts in steps of time, and whether that changed."""

from dataclasses import dataclass
from datetime import timedelta
from math import log, sqrt
from typing import Final

import numpy as np

from app.scoring.arrays import Floats

# Steps of a fifth each, from a minute to some years.
FIRST_SECONDS: Final = 60.0
STEP: Final = 1.2
STEPS: Final = 80
#: Chance that the same delays are called changed.
RISK: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long the truths of one source took in one span of time."""

    truths: int
    #: None without a truth.
    median: timedelta | None
    nine_in_ten: timedelta | None


def steps_of(seconds: Floats) -> Floats:
    """Return how many delays lie in each step, shape (STEPS,)."""
    at = np.log(np.maximum(seconds, FIRST_SECONDS) / FIRST_SECONDS) / log(STEP)
    places = np.minimum(at.astype(np.intp), STEPS - 1)
    return np.bincount(places, minlength=STEPS).astype(np.float64)


def delay_of(counts: Floats) -> Delay:
    """Return median and 90 % quantile of counts, shape (STEPS,), each within a step (a fifth)."""
    return Delay(truths=int(counts.sum()), median=_quantile(counts, 0.5), nine_in_ten=_quantile(counts, 0.9))


def is_changed(now: Floats, before: Floats) -> bool:
    """Whether two sets of delays differ by more than chance lets them.

    Each distribution lies within sqrt(ln(4 / risk) / 2n) of its true one but with half the risk
    (Dvoretzky, Kiefer and Wolfowitz 1956; Massart 1990).
    """
    n, m = now.sum(), before.sum()
    if not n or not m:
        return False
    apart = np.abs(np.cumsum(now) / n - np.cumsum(before) / m).max()
    return bool(apart > sqrt(log(4 / RISK) / 2) * (1 / sqrt(n) + 1 / sqrt(m)))


def _quantile(counts: Floats, share: float) -> timedelta | None:
    total = counts.sum()
    if not total:
        return None
    place = int(np.searchsorted(np.cumsum(counts), share * total, side="left"))
    return timedelta(seconds=FIRST_SECONDS * STEP ** (place + 0.5))
