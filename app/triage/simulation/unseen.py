"""What a metric is on average over all payments, though few were looked at: AIPW beside Hájek.

AIPW = mean of m(x) + (r / pi) (l - m(x)): a prediction for every payment, mended where the truth was seen.
It is right on average whatever m predicts, as long as pi is the chance that was drawn with. J. M. Robins,
A. Rotnitzky, L. P. Zhao, JASA 1994; V. Chernozhukov et al., 2018, for predicting each fold by the others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.binomial import clopper_pearson
from app.triage.simulation.estimates import Estimate

FOLDS: Final = 5
BINS: Final = 20
# A bin's mean is drawn to the mean of all by so many truths.
_PULL: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOfAll:
    """A mean over all payments, estimated in two ways; None: no truth was seen."""

    aipw: float | None
    hajek: float | None


def mean_of_all(losses: Floats, seen: Flags, chances: Floats, predicted: Floats) -> MeanOfAll:
    """Return both estimates; every column of shape (payments,), losses of unseen payments are not read.

    `predicted` must not depend on a payment's own loss (`cross_fitted`).
    """
    if not seen.any():
        return MeanOfAll(aipw=None, hajek=None)
    weights, found = 1 / chances[seen], losses[seen]
    mended = float((weights * (found - predicted[seen])).sum()) / seen.size
    return MeanOfAll(
        aipw=float(predicted.mean()) + mended, hajek=float((weights * found).sum() / weights.sum())
    )


def cross_fitted(losses: Floats, seen: Flags, chances: Floats, score: Floats, folds: Rows) -> Floats:
    """Return the mean loss predicted from the score, shape (payments,), each fold by the others' truths.

    Weighted means in `BINS` ranges of the score with as many payments each, drawn to the mean of all. `folds`
    holds each payment's fold; who is in which must not depend on losses.
    """
    edges = np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1])
    bins = np.searchsorted(edges, score, side="right")
    predicted = np.zeros(score.shape)
    for fold in np.unique(folds):
        learned = seen & (folds != fold)
        weights = 1 / chances[learned]
        mean = float(np.average(losses[learned], weights=weights)) if learned.any() else 0.0
        pull = _PULL * (float(weights.mean()) if learned.any() else 1.0)
        sums = np.bincount(bins[learned], weights * losses[learned], minlength=BINS)
        sizes = np.bincount(bins[learned], weights, minlength=BINS)
        predicted[folds == fold] = ((sums + pull * mean) / (sizes + pull))[bins[folds == fold]]
    return predicted


def rate_by_strata(
    is_event: Flags, seen: Flags, chances: Floats, strata: Rows, *, confidence: float = 0.95
) -> Estimate:
    """Return the share of payments that are events, with an interval that holds however rare they are.

    In each stratum all payments have one chance of being seen; its rate has a Clopper-Pearson interval, each
    end at its part of the risk (Bonferroni), and strata are added by their size. Without any event
    seen, or with a stratum of which nothing was, no rate is told, only its ends.

    Raises ValueError where chances differ within a stratum.
    """
    sizes, rates, lows, highs = [], [], [], []
    are_seen = True
    names = np.unique(strata)
    each = 1 - (1 - confidence) / (2 * names.size)
    for name in names:
        inside = strata == name
        if np.ptp(chances[inside]) > 1e-12:
            raise ValueError("payments of a stratum are seen with one chance")
        events, truths = int(is_event[inside & seen].sum()), int((inside & seen).sum())
        low, high = clopper_pearson(events, truths, each) if truths else (0.0, 1.0)
        rate = events / truths if truths else 0.0
        are_seen &= truths > 0
        if truths == inside.sum():
            low = high = rate
        sizes.append(int(inside.sum()))
        rates.append(rate)
        lows.append(low)
        highs.append(high)
    shares = np.array(sizes) / max(sum(sizes), 1)
    is_known = are_seen and bool(is_event[seen].any())
    return Estimate(
        value=float(shares @ rates) if is_known else None,
        low=float(shares @ lows),
        high=float(shares @ highs),
    )
