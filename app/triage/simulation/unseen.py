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

    `rate_of_counts` of what is in each stratum; every column of shape (payments,).
    """
    names, places = np.unique(strata, return_inverse=True)
    return rate_of_counts(
        np.bincount(places, minlength=names.size),
        np.bincount(places[seen], minlength=names.size),
        np.bincount(places[seen & is_event], minlength=names.size),
        odds_ratios(chances, places, names.size),
        confidence=confidence,
    )


def odds_ratios(chances: Floats, places: Rows, size: int) -> Floats:
    """Return how far odds of chances differ within each of so many strata: largest / smallest."""
    most, least = np.zeros(size), np.ones(size)
    np.maximum.at(most, places, chances)
    np.minimum.at(least, places, chances)
    found = np.ones(size)
    differ = most > least
    # 0 or 1 beside anything else: their odds differ without end.
    with np.errstate(divide="ignore"):
        found[differ] = (most[differ] * (1 - least[differ])) / ((1 - most[differ]) * least[differ])
    return found


def rate_of_counts(
    sizes: Rows, truths: Rows, events: Rows, odds_ratios: Floats, *, confidence: float
) -> Estimate:
    """Return the share of events among all, from payments, truths seen and events seen of each stratum.

    Each stratum has a Clopper-Pearson interval, each end at its part of the risk (Bonferroni); strata are
    added by size. Where chances of being seen differ within a stratum, by at most so much in their odds, its
    events may have been seen more readily than the others, or less: ends move by that ratio in the odds.
    Without any event seen, or with a stratum of which nothing was, no rate is told, only its ends.
    """
    there = sizes > 0
    each = 1 - (1 - confidence) / (2 * max(int(there.sum()), 1))
    ends = np.array(
        [
            _stratum(*counts, confidence=each)
            for counts in zip(
                sizes[there].tolist(),
                truths[there].tolist(),
                events[there].tolist(),
                odds_ratios[there].tolist(),
                strict=True,
            )
        ]
    ).reshape(-1, 3)
    shares = sizes[there] / max(int(sizes.sum()), 1)
    is_known = bool((truths[there] > 0).all()) and bool(events.any())
    low, rate, high = (shares @ ends).tolist() if there.any() else (0.0, 0.0, 1.0)
    return Estimate(value=rate if is_known else None, low=low, high=high)


def _stratum(
    size: int, truths: int, events: int, odds_ratio: float, *, confidence: float
) -> tuple[float, float, float]:
    """Return lower end, rate and upper end of a stratum; of one nobody looked at anything may be."""
    if not truths:
        return 0.0, 0.0, 1.0
    rate = events / truths
    if truths == size:
        return rate, rate, rate
    low, high = clopper_pearson(events, truths, confidence)
    return _with_odds(low, 1 / odds_ratio), rate, _with_odds(high, odds_ratio)


def _with_odds(rate: float, ratio: float) -> float:
    """Return the rate whose odds are so many times as large."""
    if not 0 < rate < 1:
        return rate
    return 1.0 if np.isinf(ratio) else rate * ratio / (1 - rate + rate * ratio)
