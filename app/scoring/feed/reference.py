"""What a model's training rows look like as a whole: quantiles, dependence, and how often each sign shows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from app.scoring.arrays import Floats

#: Shares at which each column's quantiles are kept: finer towards the ends.
LEVELS: Final[Floats] = np.array(
    [0.0005, 0.002, 0.005, *(number / 100 for number in range(1, 100)), 0.995, 0.998, 0.9995]
)
#: Places of the median and of the shares below which a column's values are counted, in LEVELS.
COUNTED: Final = tuple(2 + percent for percent in (10, 30, 50, 70, 90))
MEDIAN: Final = 2 + 50


@dataclass(frozen=True, kw_only=True, eq=False)
class FeedReference:
    """What is kept of the training rows; `app.learning.feed_reference` fits it.

    Rows count as traffic: by weight. Raises ValueError when the shapes contradict each other.
    """

    #: Names of the payload's features.
    names: tuple[str, ...]
    #: Quantiles at LEVELS in payload units, rising along each row; shape (columns, levels).
    quantiles: Floats
    #: Weighted means and standard deviations, shape (columns,); a deviation is above zero.
    means: Floats
    deviations: Floats
    #: Correlations of the normal scores, shape (columns, columns), invertible.
    correlation: Floats
    #: Size of a conditional normal score that a quarter of the rows exceed, shape (columns,).
    odd_from: Floats
    #: Thresholds of the row measures, shape (measures, 2): see `app.scoring.feed.measures`.
    thresholds: Floats
    #: Share of rows that show each sign, and how far it moves in a right feed; shape (signs,).
    shares: Floats
    tolerances: Floats
    #: Quantiles of the amounts at LEVELS, in currency units.
    amount_quantiles: Floats

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together."""
        columns = len(self.names)
        by_column = (self.means, self.deviations, self.odd_from)
        if (
            self.quantiles.shape != (columns, LEVELS.size)
            or self.correlation.shape != (columns, columns)
            or any(each.shape != (columns,) for each in by_column)
            or self.shares.shape != self.tolerances.shape
            or self.amount_quantiles.shape != LEVELS.shape
        ):
            raise ValueError("the parts of a feed reference are of different columns")
        if not (self.deviations > 0).all():
            raise ValueError("every column's standard deviation must be above zero")

    @cached_property
    def precision(self) -> Floats:
        """Inverse of the correlations, shape (columns, columns)."""
        inverse: Floats = np.asarray(np.linalg.inv(self.correlation), dtype=np.float64)
        return inverse

    @cached_property
    def log_determinant(self) -> float:
        """Of the correlations; at most zero."""
        return float(np.linalg.slogdet(self.correlation)[1])

    @cached_property
    def log_densities(self) -> Floats:
        """Natural logarithm of each column's density between its quantiles, shape (columns, levels + 1).

        The first and the last are those at the outermost quantiles; beyond them a density falls.
        """
        # A value that many rows share has no width: its density is bounded.
        widths = np.maximum(np.diff(self.quantiles), 1e-6 * self.deviations[:, None])
        inner = np.log(np.diff(LEVELS) / widths)
        outer = np.log(LEVELS[0] / self.tails)
        densities: Floats = np.column_stack([outer, inner, outer])
        return densities

    @cached_property
    def tails(self) -> Floats:
        """Width over which each column's density falls outside its quantiles, shape (columns,)."""
        span = (self.quantiles[:, -3] - self.quantiles[:, 2]) / 4
        widths: Floats = np.maximum(span, 1e-3 * self.deviations)
        return widths
