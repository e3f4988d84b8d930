"""Which bounds hold for an amount: those of the band it falls into."""

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.triage.policies.policy import Bounds, Policy


def bounds_at(policy: Policy, amount: float) -> Bounds:
    """Return the bounds for one amount."""
    return policy.all_bands[int(_places(np.asarray(amount, dtype=np.float64), policy))].bounds


def bound(name: str, amounts: Floats, policy: Policy) -> Floats:
    """Return one bound: a single number without bands, else one per transaction; None as NaN."""
    by_band = np.array([getattr(band.bounds, name) for band in policy.all_bands], dtype=np.float64)
    if not policy.bands:
        return by_band
    return by_band[_places(amounts, policy)]


def _places(amounts: Floats, policy: Policy) -> NDArray[np.int8]:
    """Return the band of every amount, as a place in `all_bands`; counting is faster than searching."""
    places: NDArray[np.int8] = np.zeros(amounts.shape, dtype=np.int8)
    for band in policy.bands:
        places += amounts >= band.amount_from
    return places
