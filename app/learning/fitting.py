"""Fitting what surrounds the network: scaling, calibration, novelty, what legit looks like."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from app.scoring.calibration import Platt
from app.scoring.novelty import PERCENTILES, Novelty

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A column that hardly moves in training would blow up the first value that differs.
SMALLEST_SCALE = 1e-6


class NothingLearned(ValueError):
    """On rows it was not trained on, the network's evidence does not rise with fraud."""

    def __init__(self) -> None:
        super().__init__("on the validation part the evidence does not rise with fraud: nothing was learned")


def fit_scaling(raw: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return weighted mean and standard deviation per column, each of shape (columns,).

    `raw`: shape (transactions, columns), the amount already as log1p; `weights`: (transactions,).
    """
    centre = np.average(raw, axis=0, weights=weights)
    variance = np.average((raw - centre) ** 2, axis=0, weights=weights)
    return centre, np.maximum(np.sqrt(variance), SMALLEST_SCALE)


def fit_platt(margins: Floats, is_fraud: Flags, weights: Floats) -> Platt:
    """Return Platt's map for held-out margins (logits), each argument of shape (transactions,).

    The targets are Platt's (N+ + 1)/(N+ + 2) and 1/(N- + 2), N counted in rows; the weights are those
    of the rows in the population, so that the probability is the population's.

    Raises `NothingLearned` when the probability would fall with the margin.
    """
    frauds = int(is_fraud.sum())
    legits = is_fraud.size - frauds
    target = np.where(is_fraud, (frauds + 1) / (frauds + 2), 1 / (legits + 2))
    regression = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    # A fractional target is two rows: fraud with that share of the weight, legit with the rest.
    regression.fit(
        np.concatenate([margins, margins])[:, None],
        np.concatenate([np.ones(margins.size), np.zeros(margins.size)]),
        sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
    )
    slope = float(regression.coef_[0, 0])
    if not slope > 0:
        raise NothingLearned
    return Platt(slope=slope, offset=float(regression.intercept_[0]))


def fit_novelty(vectors: Floats, weights: Floats) -> Novelty:
    """Return the distance and its percentiles over the weighted training rows.

    `vectors`: standardised, shape (transactions, columns). Raises numpy's LinAlgError when a column
    is an exact mix of others.
    """
    centre = np.average(vectors, axis=0, weights=weights)
    covariance = np.cov(vectors, rowvar=False, aweights=weights)
    # A touch of the identity keeps the factor stable when two columns nearly coincide.
    factor = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(covariance)))
    whitening = np.linalg.inv(factor).T
    distances = np.linalg.norm((vectors - centre) @ whitening, axis=1)
    return Novelty(
        centre=centre,
        whitening=np.ascontiguousarray(whitening),
        distances=weighted_quantiles(distances, weights, PERCENTILES / 100),
    )


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Return the quantiles at `shares` (0-1), interpolated between the weights' midpoints."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    middles = (reached - weights[order] / 2) / reached[-1]
    return np.interp(shares, middles, values[order])


def legit_quantiles(raw: Floats, is_fraud: Flags) -> Floats:
    """Return the 0, 1, ..., 100 % quantiles of the legit rows per column, shape (columns, 101).

    `raw`: shape (transactions, columns), in the units of the payload (the amount as it is).
    """
    return np.ascontiguousarray(np.quantile(raw[~is_fraud], np.linspace(0, 1, 101), axis=0).T)
