"""What share of declines is fraud: in the population, with the doubt that few known frauds leave."""

import numpy as np
from scipy import stats

from app.learning.metrics.columns import Flags, Floats

# The step to which evidence is rounded.
RESOLUTION = 1e-6


def precision_at(tpr: float, fpr: float, *, base_rate: float) -> float | None:
    """Return the precision of declines in a population with this fraud rate; None without declines.

    `tpr`: share of frauds declined; `fpr`: share of legits declined; pi TPR / (pi TPR + (1 - pi) FPR).
    """
    caught = base_rate * tpr
    declined = caught + (1 - base_rate) * fpr
    return caught / declined if declined > 0 else None


def clopper_pearson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Return the lower and the upper bound of a rate, each holding with this confidence alone.

    For the two-sided interval of confidence c ask for (1 + c) / 2. Exact (Clopper and Pearson 1934):
    quantiles of Beta(s, n - s + 1) and Beta(s + 1, n - s).

    Raises ValueError for an impossible count or a confidence outside (0, 1).
    """
    if not 0 <= successes <= trials or trials < 1 or not 0 < confidence < 1:
        raise ValueError(f"no rate to bound: {successes=}, {trials=}, {confidence=}")
    failures = trials - successes
    low = stats.beta.ppf(1 - confidence, successes, failures + 1) if successes else 0.0
    high = stats.beta.ppf(confidence, successes + 1, failures) if failures else 1.0
    return float(low), float(high)


def precision_lower_bound(
    caught: int, frauds: int, wronged: int, legits: int, *, base_rate: float, confidence: float
) -> float:
    """Return what the precision of declines exceeds with this confidence, at the given base rate.

    `caught` of `frauds` and `wronged` of `legits` rows are declined. The lower Clopper-Pearson bound
    of TPR and the upper one of FPR each fail with probability at most (1 - confidence) / 2, so both
    hold together (Bonferroni), and precision rises with TPR and falls with FPR.

    Raises ValueError as `clopper_pearson` does.
    """
    each = (1 + confidence) / 2
    tpr, _ = clopper_pearson(caught, frauds, each)
    _, fpr = clopper_pearson(wronged, legits, each)
    return precision_at(tpr, fpr, base_rate=base_rate) or 0.0


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
