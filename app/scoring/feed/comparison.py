"""Many rows beside what the model learned from: is it another feed, which columns differ, and how."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.feed.causes import causes_of
from app.scoring.feed.distance import quantile_distance
from app.scoring.feed.reference import LEVELS, FeedReference
from app.scoring.feed.watch import FeedWatch, advanced

#: Rows that are compared; more would tell nothing new.
MOST_ROWS: Final = 5_000
#: Shares at which quantiles are told.
TOLD: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
#: A column differs when so many of its values lie on another side of one of the learned quantiles.
DIFFERS_FROM: Final = 0.15
#: Sampling alone moves a share by at most so many standard errors.
STANDARD_ERRORS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifference:
    """How one column lies beside the training rows."""

    column: str
    #: Largest share of the values that lies on another side of a learned quantile, 0-1.
    distance: float
    #: Quantiles at TOLD, in payload units.
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedComparison:
    """What a comparison of many rows says."""

    rows: int
    #: Whether the rows, together, cannot be of a right feed.
    is_wrong: bool
    #: Every column, the most different first.
    columns: tuple[ColumnDifference, ...]
    #: What may have happened to the feed, one phrase each, the likeliest first.
    causes: tuple[str, ...]

    @property
    def different(self) -> tuple[ColumnDifference, ...]:
        """The columns that differ by themselves, the most different first."""
        return tuple(each for each in self.columns if each.differs)


def compared(rows: Floats, amounts: Floats, reference: FeedReference) -> FeedComparison:
    """Return how rows lie beside the reference; their order does not matter, and is mixed first.

    `rows` holds raw payload values, shape (rows, columns); `amounts` are in currency units, NaN where
    the currency is unknown. Frauds should be left out where they are known: files often hold too many.
    """
    mixed = np.random.Generator(np.random.PCG64(0)).permutation(len(rows))[:MOST_ROWS]
    chosen, money = rows[mixed], amounts[mixed]
    watch = advanced(FeedWatch.begun(reference), chosen, money, reference)
    columns = column_differences(chosen, reference)
    is_wrong = watch.alarmed_at is not None
    causes = causes_of(chosen, money, reference) if is_wrong else ()
    return FeedComparison(rows=len(chosen), is_wrong=is_wrong, columns=columns, causes=causes)


def column_differences(rows: Floats, reference: FeedReference) -> tuple[ColumnDifference, ...]:
    """Return every column beside its reference, the most different first; none without rows."""
    if not len(rows):
        return ()
    least = DIFFERS_FROM + STANDARD_ERRORS * 0.5 / np.sqrt(len(rows))
    observed = np.quantile(rows, TOLD, axis=0).T
    told = []
    for place, name in enumerate(reference.names):
        distance = quantile_distance(rows[:, place], reference.quantiles[place])
        told.append(
            ColumnDifference(
                column=name,
                distance=distance,
                observed=tuple(observed[place].tolist()),
                expected=tuple(np.interp(TOLD, LEVELS, reference.quantiles[place]).tolist()),
                differs=distance > least,
            )
        )
    return tuple(sorted(told, key=lambda each: -each.distance))
