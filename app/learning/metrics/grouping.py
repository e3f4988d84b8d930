"""Groups of rows with like probability; a group is an integer from 0 up, rising, none left empty."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from app.scoring.arrays import Flags, Floats

Counts = NDArray[np.intp]

# Probabilities nearer to 0 or 1 than 1e-6 (logit 13.8) share the outermost regions.
FARTHEST_LOGIT = 13.8


def equal_mass(probability: Floats, weights: Floats, bins: int) -> Counts:
    """Return groups of about equal weight, shape (transactions,), all ties in one group.

    A probability belongs where the middle of its weight lies. Raises ValueError with no bin.
    """
    if bins < 1:
        raise ValueError(f"at least one bin: {bins=}")
    _, level = np.unique(probability, return_inverse=True)
    mass = np.bincount(level, weights)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    # A middle on the border belongs above it, whatever the rounding of the sum says.
    return _without_gaps(np.floor(bins * middle + 1e-9).astype(np.intp)[level])


def logit_regions(probability: Floats, width: float, least_rows: int) -> Counts:
    """Return regions of equal `width` on the logit axis, shape (transactions,), one edge at logit 0.

    A region with fewer than `least_rows` rows is merged with the next ones upwards until they hold as
    many; what is left over at the top joins the last. Raises ValueError for a width of nothing.
    """
    if not width > 0:
        raise ValueError(f"a region has a width: {width=}")
    logits = np.clip(logit(probability), -FARTHEST_LOGIT, FARTHEST_LOGIT)
    region = _without_gaps(np.floor(logits / width).astype(np.intp))
    merged, held, current = [], 0, 0
    for rows in np.bincount(region).tolist():
        merged.append(current)
        held += rows
        if held >= least_rows:
            held, current = 0, current + 1
    return np.minimum(np.array(merged, dtype=np.intp), max(current - 1, 0))[region]


def averages(
    group: Counts, probability: Floats, is_fraud: Flags, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return mean probability, fraud rate and weight of each group, each of shape (groups,)."""
    weight = np.bincount(group, weights).astype(np.float64)
    mean = np.bincount(group, weights * probability) / weight
    rate = np.bincount(group, weights * is_fraud) / weight
    return mean, rate, weight


def _without_gaps(group: Counts) -> Counts:
    _, numbered = np.unique(group, return_inverse=True)
    return np.asarray(numbered, dtype=np.intp)
