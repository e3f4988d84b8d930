"""Exact binomial bounds: what a few counted rows say of a rate, and of the precision of declines."""

from scipy import stats


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
