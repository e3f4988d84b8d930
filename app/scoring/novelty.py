"""How far a transaction lies from what the model learned from."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Floats

#: Percentiles of the distance grid (0-100); fine where a gate would be set.
PERCENTILES: Floats = np.array([*range(100), 99.5, 99.9, 99.95, 99.99, 100.0], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Novelty:
    """Mahalanobis distance, told as the percentile of the training data that lies nearer.

    The percentile is interpolated in a stored grid; beyond the farthest training row it is 100.
    """

    #: Mean of the standardised training vectors; shape (columns,).
    centre: Floats
    #: W with W W^T = inverse covariance, so that |(x - centre) W| is the distance; (columns, columns).
    whitening: Floats
    #: Distance at each of `PERCENTILES`, not falling; shape (percentiles,).
    distances: Floats

    def __post_init__(self) -> None:
        """Refuse a grid of another size, or distances that fall."""
        _refuse_unless_grid(self.distances)

    def distance(self, vectors: Floats) -> Floats:
        """Return the Mahalanobis distance of standardised vectors, shape (transactions,)."""
        whitened = (vectors - self.centre) @ self.whitening
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", whitened, whitened)))

    def percentile(self, vectors: Floats) -> Floats:
        """Return the percentile (0-100) of each vector's distance, rounded to 1e-6."""
        return _percentile(self.distance(vectors), self.distances)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """Distance to the k-th nearest prototype of the training data, told as percentile of that data.

    No row of data is stored: a prototype is the mean of several different training rows. Unlike the
    Mahalanobis distance it sees a gap between two crowds. The percentile is interpolated in a stored
    grid; beyond the farthest training row it is 100.

    Raises ValueError when there are fewer than `k` prototypes, or for another grid.
    """

    #: Means of clusters of standardised training vectors; shape (prototypes, columns).
    prototypes: Floats
    k: int
    #: Distance at each of `PERCENTILES`, not falling; shape (percentiles,).
    distances: Floats

    def __post_init__(self) -> None:
        """Refuse too few prototypes, a grid of another size, or distances that fall."""
        if self.prototypes.ndim != 2 or not 1 <= self.k <= len(self.prototypes):
            raise ValueError(f"expected {self.k} prototypes or more, got {self.prototypes.shape=}")
        _refuse_unless_grid(self.distances)

    def distance(self, vectors: Floats) -> Floats:
        """Return the Euclidean distance to the k-th nearest prototype, shape (transactions,).

        `vectors`: standardised, not clamped, shape (transactions, columns).
        """
        # |x - c|^2 = |x|^2 + |c|^2 - 2 x.c, and |x|^2 does not change the order: one matrix product.
        lengths = np.einsum("ij,ij->i", self.prototypes, self.prototypes)
        order = lengths - 2 * (vectors @ self.prototypes.T)
        kth = np.argpartition(order, self.k - 1, axis=1)[:, self.k - 1]
        # The product loses digits close to a prototype; the distance itself is taken exactly.
        apart = vectors - self.prototypes[kth]
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", apart, apart)))

    def percentile(self, vectors: Floats) -> Floats:
        """Return the percentile (0-100) of each vector's distance, rounded to 1e-6."""
        return _percentile(self.distance(vectors), self.distances)


def _percentile(distance: Floats, grid: Floats) -> Floats:
    return np.round(np.interp(distance, grid, PERCENTILES), 6)


def _refuse_unless_grid(distances: Floats) -> None:
    if distances.shape != PERCENTILES.shape or (np.diff(distances) < 0).any():
        raise ValueError(f"expected {PERCENTILES.size} rising distances, got {distances.shape=}")
