"""Fitting the demo's generator to real transactions, so that it keeps no single one of them.

Every number kept is an average over many rows: a component's mean and covariance over at least
`ROWS_PER_COLUMN` rows for each column, its correlations shrunk; the limits are rounded inwards.
"""

import numpy as np
from sklearn.mixture import GaussianMixture

from app.learning.generator import Generator, Mixture
from app.scoring.arrays import Flags, Floats

# Below two rows per column a component's mean and covariance would begin to tell of single rows.
ROWS_PER_COLUMN = 2

# In squared standard deviations, added to each variance: no component collapses onto a few rows.
SMALLEST_VARIANCE = 1e-3

# The mean log-likelihood per row need not settle further: the demo shows no difference.
TOLERANCE = 1e-2


class TooFewRows(ValueError):
    """The data hold too few rows of a class for even one component."""


def fit_generator(
    names: tuple[str, ...],
    features: Floats,
    amounts: Floats,
    classes: Flags,
    *,
    legit_components: int = 8,
    fraud_components: int = 4,
    seed: int,
) -> Generator:
    """Return a generator of transactions like these; at most so many components per class.

    `features`: shape (transactions, names); `amounts` and `classes`: (transactions,).

    Raises `TooFewRows`.
    """
    raw = np.column_stack([features, np.log1p(amounts)])
    lowest, highest = limits(raw)
    return Generator(
        names=names,
        legit=fit_mixture(raw[~classes], components=legit_components, seed=seed),
        fraud=fit_mixture(raw[classes], components=fraud_components, seed=seed),
        lowest=lowest,
        highest=highest,
    )


def limits(raw: Floats) -> tuple[Floats, Floats]:
    """Return lowest and highest value of each column, rounded inwards so that they are no row's."""
    step = 10.0 ** np.floor(np.log10(raw.std(axis=0)) - 1)
    return np.ceil(raw.min(axis=0) / step) * step, np.floor(raw.max(axis=0) / step) * step


def fit_mixture(raw: Floats, *, components: int, seed: int) -> Mixture:
    """Return a mixture each of whose components stands on `ROWS_PER_COLUMN` rows per column or more.

    With fewer rows in one of them, one component fewer is tried. `raw`: shape (rows, columns).

    Raises `TooFewRows` when one component alone has too few.
    """
    rows, columns = raw.shape
    needed = ROWS_PER_COLUMN * columns
    if rows < needed:
        raise TooFewRows(f"a component needs {needed} rows, and there are {rows}")
    centre, scale = raw.mean(axis=0), raw.std(axis=0)
    for number in range(min(components, rows // needed), 0, -1):
        fitted = GaussianMixture(number, reg_covar=SMALLEST_VARIANCE, tol=TOLERANCE, random_state=seed)
        fitted.fit((raw - centre) / scale)
        if fitted.weights_.min() * rows >= needed:
            break
    covariances = shrunk(fitted.covariances_, fitted.weights_ * rows)
    return Mixture(
        weights=fitted.weights_,
        means=fitted.means_ * scale + centre,
        factors=scale[None, :, None] * np.linalg.cholesky(covariances),
    )


def shrunk(covariances: Floats, rows: Floats) -> Floats:
    """Return covariances of shape (components, columns, columns), each drawn towards its diagonal.

    The fewer rows a component stands on, the less its correlations count: by columns / (columns + rows).
    """
    columns = covariances.shape[1]
    weight = (columns / (columns + rows))[:, None, None]
    diagonal = covariances * np.eye(columns)
    result: Floats = (1 - weight) * covariances + weight * diagonal
    return result
