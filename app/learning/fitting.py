"""Fitting what surrounds the network: scaling, novelty, what legit looks like."""

from dataclasses import replace

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.novelty import PERCENTILES, Neighbours, Novelty

# A column that hardly moves in training would blow up the first value that differs.
SMALLEST_SCALE = 1e-6

# A prototype must not be a customer's payment: it is the mean of at least as many different rows.
FEWEST_ROWS = 5
# Copies of a transaction that were stored with fewer digits count as one row.
DECIMALS = 6


class NothingLearned(ValueError):
    """On rows it was not trained on, the network's evidence does not rise with fraud."""

    def __init__(self) -> None:
        super().__init__("on the validation part the evidence does not rise with fraud: nothing was learned")


class RowsTooFarApart(ValueError):
    """The rows to learn from form too few groups of payments that are alike."""

    def __init__(self, fewest: int) -> None:
        super().__init__(
            f"the rows to learn from lie too far apart: {fewest} prototypes or more are needed, each of at"
            f" least {FEWEST_ROWS} different payments that are alike"
        )


def fit_scaling(raw: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return weighted mean and standard deviation per column, each of shape (columns,).

    `raw`: shape (transactions, columns), the amount already as log1p; `weights`: (transactions,).
    """
    centre = np.average(raw, axis=0, weights=weights)
    variance = np.average((raw - centre) ** 2, axis=0, weights=weights)
    return centre, np.maximum(np.sqrt(variance), SMALLEST_SCALE)


def fit_novelty(vectors: Floats, weights: Floats, columns: Rows | None = None) -> Novelty:
    """Return the distance in some columns and its percentiles over the weighted training rows.

    `vectors`: standardised, shape (transactions, columns); `columns`: the places of those that are
    looked at, all where there is none. Raises numpy's LinAlgError when a column
    is an exact mix of others.
    """
    centre = np.average(vectors, axis=0, weights=weights)
    columns = np.arange(centre.size) if columns is None else columns
    covariance = np.atleast_2d(np.cov(vectors[:, columns], rowvar=False, aweights=weights))
    # A touch of the identity keeps the factor stable when two columns nearly coincide.
    factor = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(covariance)))
    whitening = np.zeros((centre.size, centre.size))
    whitening[np.ix_(columns, columns)] = np.linalg.inv(factor).T
    distances = np.linalg.norm((vectors - centre) @ whitening, axis=1)
    return Novelty(
        centre=centre,
        whitening=np.ascontiguousarray(whitening),
        distances=weighted_quantiles(distances, weights, PERCENTILES / 100),
    )


def fit_neighbours(
    vectors: Floats, weights: Floats, *, prototypes: int, k: int, clamp: float, seed: int
) -> Neighbours:
    """Return prototypes of the weighted training rows, and the percentiles of the distance to them.

    `vectors`: standardised, shape (transactions, columns). They are clustered (k-means, at most
    `prototypes` clusters) within +-clamp, where the network reads them, so that tails do not take the
    clusters; distances are told without the clamp. Clusters of fewer than `FEWEST_ROWS` different rows
    are dropped. The same seed gives the same prototypes.

    Raises `RowsTooFarApart` when fewer than `k` clusters remain.
    """
    rows, row_of = np.unique(np.round(np.clip(vectors, -clamp, clamp), DECIMALS), axis=0, return_inverse=True)
    clusters = min(prototypes, len(rows))
    row_weights = np.bincount(row_of.ravel(), weights=weights)
    means = MiniBatchKMeans(clusters, random_state=seed, n_init=1, batch_size=4096)
    cluster = means.fit_predict(rows, sample_weight=row_weights)
    kept = np.bincount(cluster, minlength=clusters) >= FEWEST_ROWS
    if kept.sum() < k:
        raise RowsTooFarApart(k)
    # The batches' running means may rest on a single row: the true mean of each cluster is taken.
    total = np.bincount(cluster, weights=row_weights, minlength=clusters)[kept]
    sums = [np.bincount(cluster, weights=row_weights * column, minlength=clusters)[kept] for column in rows.T]
    centres = np.ascontiguousarray((np.array(sums) / total).T)
    unmeasured = Neighbours(prototypes=centres, k=k, distances=np.zeros(PERCENTILES.size))
    distances = unmeasured.distance(vectors)
    return replace(unmeasured, distances=weighted_quantiles(distances, weights, PERCENTILES / 100))


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
