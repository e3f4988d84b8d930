"""How far a transaction lies from what the model learned from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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
        if self.distances.shape != PERCENTILES.shape or (np.diff(self.distances) < 0).any():
            raise ValueError(f"expected {PERCENTILES.size} rising distances, got {self.distances.shape=}")

    def distance(self, vectors: Floats) -> Floats:
        """Return the Mahalanobis distance of standardised vectors, shape (transactions,)."""
        whitened = (vectors - self.centre) @ self.whitening
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", whitened, whitened)))

    def percentile(self, vectors: Floats) -> Floats:
        """Return the percentile (0-100) of each vector's distance, rounded to 1e-6."""
        return np.round(np.interp(self.distance(vectors), self.distances, PERCENTILES), 6)
