"""Where a value stands among those of legit payments."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def percentile_among(value: float, quantiles: Sequence[float] | NDArray[np.float64]) -> float:
    """Return which percentile a value has reached; -1 and 101 are beyond all of them.

    `quantiles` are the 0, 1, ..., 100 % quantiles of the others, in order.
    """
    if value < quantiles[0]:
        return -1.0
    if value > quantiles[-1]:
        return 101.0
    # Where many payments share one value, it stands in the middle of them.
    below = int(np.searchsorted(quantiles, value, side="left"))
    up_to = int(np.searchsorted(quantiles, value, side="right")) - 1
    return (below + max(up_to, below - 1)) / 2
