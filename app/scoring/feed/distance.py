"""How far one column's values lie from what was learned of it."""

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.feed.reference import LEVELS


def quantile_distance(values: Floats, quantiles: Floats) -> float:
    """Return the largest share of values on another side of a learned quantile, 0-1.

    A value that many training rows share counts for whichever side is nearer.
    """
    ordered = np.sort(values)
    upto = np.searchsorted(ordered, quantiles, side="right") / values.size
    below = np.searchsorted(ordered, quantiles, side="left") / values.size
    return float(np.maximum(np.maximum(below - LEVELS, LEVELS - upto), 0.0).max())
