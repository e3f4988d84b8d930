"""Yes-or-no signs of a row, whose shares are known in a right feed: what the sequential test bets on."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.feed.measures import MEASURES, measures, normal_scores
from app.scoring.feed.reference import COUNTED, LEVELS, FeedReference

#: Values with this many decimals or fewer lie on a grid.
GRID_DECIMALS: Final = 3
#: A row lies on the grid when this share of its columns does.
GRID_SHARE: Final = 0.9
#: An amount below this (currency units) is small.
SMALL_AMOUNT: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One yes-or-no question to a row."""

    #: `below`, `odd`, `agrees`, a measure's name, `grid`, `small_amount` or `repeated`.
    kind: str
    #: Of one column, else None.
    column: str | None = None
    #: Share of the training rows for which it is yes, where that defines it.
    level: float | None = None


def signs_of(names: tuple[str, ...]) -> tuple[Sign, ...]:
    """Return the signs in the order of `shown`."""
    below = [Sign(kind="below", column=name, level=float(LEVELS[at])) for name in names for at in COUNTED]
    odd = [Sign(kind="odd", column=name, level=0.25) for name in names]
    agrees = [Sign(kind="agrees", column=name) for name in names]
    whole = [Sign(kind=kind, level=level) for kind in MEASURES for level in MEASURE_LEVELS]
    return (
        *below,
        *odd,
        *agrees,
        *whole,
        Sign(kind="grid"),
        Sign(kind="small_amount"),
        Sign(kind="repeated"),
    )


#: Shares of the training rows that lie above a measure's thresholds.
MEASURE_LEVELS: Final = (0.2, 0.05)


def shown(rows: Floats, amounts: Floats, is_repeat: Flags, reference: FeedReference) -> Flags:
    """Return which signs each row shows, shape (rows, signs); `signs_of` names them.

    `rows` holds raw payload values, shape (rows, columns); `amounts` are in currency units, NaN where
    they are in a currency the model does not know; `is_repeat` says which rows came a moment ago, too.
    """
    below = rows[:, :, None] <= reference.quantiles[None, :, list(COUNTED)]
    residuals, expected, scores = conditional_scores(rows, reference)
    odd = np.abs(residuals) > reference.odd_from
    agrees = (scores > 0) == (expected > 0)
    above = measures(rows, reference)[:, :, None] > reference.thresholds[None]
    own = [on_grid(rows), amounts < SMALL_AMOUNT, is_repeat]
    return np.column_stack(
        [below.reshape(len(rows), -1), odd, agrees, above.reshape(len(rows), -1), *own]
    ).astype(np.bool_)


def conditional_scores(rows: Floats, reference: FeedReference) -> tuple[Floats, Floats, Floats]:
    """Return (residual, expected, own) normal scores of each value given its row's other columns.

    Each has the shape of `rows`; residuals are in conditional standard deviations.
    """
    scores = normal_scores(rows, reference)
    diagonal = np.diag(reference.precision)
    residuals = (scores @ reference.precision) / diagonal
    return residuals * np.sqrt(diagonal), scores - residuals, scores


def on_grid(rows: Floats) -> Flags:
    """Return which rows have at most three decimals in nearly every column, shape (rows,)."""
    scaled = rows * 10.0**GRID_DECIMALS
    fits: Flags = (np.abs(scaled - np.round(scaled)) < 1e-6).mean(axis=1) >= GRID_SHARE
    return fits
