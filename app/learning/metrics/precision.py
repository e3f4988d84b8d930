"""What share of declines is fraud: in the population, with the doubt that few known frauds leave."""

import numpy as np

from app.scoring.arrays import Flags, Floats

# The step to which evidence is rounded.
RESOLUTION = 1e-6


def decline_bound(evidence: Floats, is_fraud: Flags, *, precision: float, base_rate: float) -> float:
    """Return the smallest fraud's evidence at or above which declines keep the point precision.

    Both columns have shape (transactions,). A point estimate on these rows, no promise. Where no
    bound keeps it (one legit above all frauds is enough on few rows), the bound lies just above
    everything seen: nothing here is declined.
    """
    candidates = np.unique(evidence[is_fraud])
    frauds, legits = np.sort(evidence[is_fraud]), np.sort(evidence[~is_fraud])
    caught = 1 - np.searchsorted(frauds, candidates) / frauds.size
    wronged = 1 - np.searchsorted(legits, candidates) / legits.size
    kept = base_rate * caught >= precision * (base_rate * caught + (1 - base_rate) * wronged)
    if not kept.any():
        return round(float(evidence.max()) + RESOLUTION, 6)
    return float(candidates[kept].min())
