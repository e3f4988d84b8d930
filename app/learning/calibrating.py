"""Fitting the map from a margin to the probability of fraud, and choosing its kind.

Every fit takes held-out margins (logits), labels and weights, each of shape (transactions,), the
weight being how many rows of the population a row stands for: the probability is the population's.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from app.learning.fitting import SMALLEST_SCALE, NothingLearned
from app.learning.metrics.probability import nll as held_out_nll
from app.learning.venn_abers import venn_abers_bounds
from app.scoring.arrays import Flags, Floats
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.calibration.curves import Beta, Platt, Temperature
from app.scoring.calibration.steps import Isotonic, VennAbers

Fit = Callable[[Floats, Flags, Floats], Calibrator]

# Margins on any sensible scale; where the labels are separable the best temperature would be 0.
LOG_TEMPERATURES = (log(1e-3), log(1e3))


def fit_platt(margins: Floats, is_fraud: Flags, weights: Floats) -> Platt:
    """Return Platt's map, fitted to Platt's targets.

    Raises `NothingLearned` when the probability would not rise with the margin.
    """
    _refuse_what_does_not_rise(margins, is_fraud, weights)
    (slope,), offset = _logistic(margins[:, None], is_fraud, weights)
    return Platt(slope=float(slope), offset=offset)


def fit_beta(margins: Floats, is_fraud: Flags, weights: Floats) -> Beta:
    """Return the beta map; a slope that would be negative is 0 and the rest fitted again (Kull 2017).

    NOTE[DIFF]: to Platt's targets, not to 0 and 1, so that separable labels leave it finite.

    Raises `NothingLearned` when the probability would not rise with the margin.
    """
    _refuse_what_does_not_rise(margins, is_fraud, weights)
    columns = np.column_stack([log_expit(margins), -log_expit(-margins)])
    slopes, offset = _logistic(columns, is_fraud, weights)
    if (slopes < 0).any():
        # The columns add up to the margin, which covaries with fraud; so then does the one kept.
        kept = int(np.argmax(slopes))
        slopes = np.zeros(2)
        slopes[[kept]], offset = _logistic(columns[:, [kept]], is_fraud, weights)
    return Beta(a=float(slopes[0]), b=float(slopes[1]), offset=offset)


def fit_temperature(margins: Floats, is_fraud: Flags, weights: Floats) -> Temperature:
    """Return the temperature with the least weighted NLL (Guo 2017).

    Raises `NothingLearned` when the evidence does not rise with fraud.
    """
    _refuse_what_does_not_rise(margins, is_fraud, weights)
    return Temperature(temperature=best_temperature(margins, is_fraud, weights))


def best_temperature(margins: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the temperature with the least weighted NLL, between 1/1000 and 1000."""
    against = np.where(is_fraud, -margins, margins)

    def nll(log_temperature: float) -> float:
        return float(np.average(np.logaddexp(0, against * np.exp(-log_temperature)), weights=weights))

    found = minimize_scalar(
        nll, bounds=LOG_TEMPERATURES, method="bounded", options={"xatol": 1e-10, "maxiter": 1000}
    )
    return float(np.exp(found.x))


def fit_isotonic(margins: Floats, is_fraud: Flags, weights: Floats) -> Isotonic:
    """Return the weighted isotonic regression (pool adjacent violators), the ends of its steps.

    Raises `NothingLearned` when the evidence does not rise with fraud.
    """
    _refuse_what_does_not_rise(margins, is_fraud, weights)
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    fitted.fit(margins, is_fraud.astype(np.float64), sample_weight=weights)
    return Isotonic(evidence=fitted.X_thresholds_, probability_at=fitted.y_thresholds_)


def fit_venn_abers(margins: Floats, is_fraud: Flags, weights: Floats) -> VennAbers:
    """Return the inductive Venn-Abers predictor (Vovk 2015), the test row weighing one row.

    The table has up to one step per distinct margin; steps where neither bound moves are left out.

    Raises `NothingLearned` when the evidence does not rise with fraud.
    """
    _refuse_what_does_not_rise(margins, is_fraud, weights)
    evidence, place = np.unique(margins, return_inverse=True)
    weight, fraud = (np.bincount(place, weights=each).astype(float) for each in (weights, weights * is_fraud))
    low, high = venn_abers_bounds(weight, fraud)
    kept = (np.diff(low, prepend=0.0) > 0) | (np.diff(high, append=1.0) > 0)
    return VennAbers(evidence=evidence[kept], low=low[kept], high=high[kept])


#: How each kind is fitted, the simplest first: it wins a tie.
FITS: Mapping[str, Fit] = {
    Platt.kind: fit_platt,
    Temperature.kind: fit_temperature,
    Beta.kind: fit_beta,
    VennAbers.kind: fit_venn_abers,
    Isotonic.kind: fit_isotonic,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """The calibrator that speaks best of rows it was not fitted on, and how the others did."""

    calibrator: Calibrator
    #: Held-out weighted NLL (nats) by kind, simplest first; a kind that could not be fitted is absent.
    nll: Mapping[str, float]


def choose_calibrator(
    margins: Floats, is_fraud: Flags, weights: Floats, *, folds: int, generator: np.random.Generator
) -> Choice:
    """Return the kind with the least NLL over stratified folds, fitted on all of the rows.

    The generator shuffles the rows into folds. The least of several NLLs flatters a little: figures to
    be quoted need rows that took no part here.

    Raises ValueError when a class has fewer rows than folds, `NothingLearned` when no kind can be
    fitted.
    """
    rarest = int(min(is_fraud.sum(), (~is_fraud).sum()))
    if rarest < folds:
        raise ValueError(f"every fold needs a row of each class: {folds=}, but one class has {rarest}")
    shuffled = StratifiedKFold(folds, shuffle=True, random_state=int(generator.integers(2**31)))
    parts = list(shuffled.split(margins, is_fraud))
    nll: dict[str, float] = {}
    for kind, fit in FITS.items():
        probability = np.empty(margins.size)
        with suppress(NothingLearned):
            for learned, held_out in parts:
                fitted = fit(margins[learned], is_fraud[learned], weights[learned])
                probability[held_out] = fitted.probability(margins[held_out])
            nll[kind] = held_out_nll(probability, is_fraud, weights)
    if not nll:
        raise NothingLearned
    best = min(nll, key=nll.__getitem__)
    return Choice(calibrator=FITS[best](margins, is_fraud, weights), nll=nll)


def _refuse_what_does_not_rise(margins: Floats, is_fraud: Flags, weights: Floats) -> None:
    """Raise `NothingLearned` unless margin and fraud covary: the sign of Platt's slope."""
    apart = margins - np.average(margins, weights=weights)
    if not np.average(apart * is_fraud, weights=weights) > 0:
        raise NothingLearned


def _logistic(columns: Floats, is_fraud: Flags, weights: Floats) -> tuple[Floats, float]:
    """Return slopes, shape (columns,), and intercept of the logistic regression on Platt's targets.

    The targets are (N+ + 1)/(N+ + 2) and 1/(N- + 2), N counted in rows, not in weight.
    """
    frauds = int(is_fraud.sum())
    legits = is_fraud.size - frauds
    target = np.where(is_fraud, (frauds + 1) / (frauds + 2), 1 / (legits + 2))
    # On one scale the columns' slopes converge together.
    scale = np.maximum(columns.std(axis=0), SMALLEST_SCALE)
    regression = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    # A fractional target is two rows: fraud with that share of the weight, legit with the rest.
    regression.fit(
        np.concatenate([columns, columns]) / scale,
        np.concatenate([np.ones(is_fraud.size), np.zeros(is_fraud.size)]),
        sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
    )
    return regression.coef_[0] / scale, float(regression.intercept_[0])
