"""How far a column's distribution has moved between two sets of rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Floats, Rows

BINS = 10
# The share an empty bin is given: without one, a single value that is new would be infinite drift.
LEAST_SHARE = 1e-4

#: The usual reading of the index: below the first little has moved, from the second on much.
LITTLE, MUCH = 0.1, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """One column, earlier rows against later ones."""

    name: str
    #: Population stability index over tenths of the earlier rows (nats, 0 and up).
    stability_index: float
    #: Kolmogorov-Smirnov statistic: the largest distance of the two distribution functions (0 to 1).
    largest_distance: float


def column_drifts(
    columns: Mapping[str, Floats], weights: Floats, earlier: Rows, later: Rows
) -> tuple[ColumnDrift, ...]:
    """Return each column's drift, the most drifted first; columns without finite values are left out.

    Values and `weights` (population rows each row stands for) have shape (rows,); `earlier` and `later`
    are row indices.
    """
    drifts = []
    for name, values in columns.items():
        finite = np.isfinite(values)
        before, after = earlier[finite[earlier]], later[finite[later]]
        if before.size and after.size:
            parts = (values[before], weights[before], values[after], weights[after])
            index, distance = stability_index(*parts), largest_distance(*parts)
            drifts.append(ColumnDrift(name=name, stability_index=index, largest_distance=distance))
    return tuple(sorted(drifts, key=lambda drift: -drift.stability_index))


def stability_index(before: Floats, weights_before: Floats, after: Floats, weights_after: Floats) -> float:
    """Return sum of (q - p) ln(q / p) over the weighted tenths of `before`, all of shape (rows,).

    p and q are the shares of before and after in a bin. Values that repeat may make fewer bins.
    """
    order = np.argsort(before, kind="stable")
    reached = np.cumsum(weights_before[order]) / weights_before.sum()
    places = np.searchsorted(reached, np.arange(1, BINS) / BINS)
    edges = np.unique(before[order][places])
    p = _shares(edges, before, weights_before)
    q = _shares(edges, after, weights_after)
    return float(np.sum((q - p) * np.log(q / p)))


def _shares(edges: Floats, values: Floats, weights: Floats) -> Floats:
    """Return the weighted share of each bin, an edge belonging to the bin below it."""
    bins = np.searchsorted(edges, values, side="left")
    shares = np.bincount(bins, weights=weights, minlength=edges.size + 1) / weights.sum()
    floored: Floats = np.maximum(shares, LEAST_SHARE)
    return floored


def largest_distance(before: Floats, weights_before: Floats, after: Floats, weights_after: Floats) -> float:
    """Return the largest distance of the two weighted distribution functions, all of shape (rows,)."""
    points, place = np.unique(np.concatenate([before, after]), return_inverse=True)
    steps = np.concatenate([weights_before / weights_before.sum(), -weights_after / weights_after.sum()])
    return float(np.abs(np.cumsum(np.bincount(place, weights=steps, minlength=points.size))).max())
