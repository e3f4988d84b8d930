"""Numbers that tell a whole row from a row of another feed: how likely under this reading and others."""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import ndtri

from app.scoring.arrays import Floats
from app.scoring.feed.reference import LEVELS, FeedReference

Reading = Callable[[Floats, FeedReference], tuple[Floats, float]]


def normal_scores(rows: Floats, reference: FeedReference) -> Floats:
    """Return each value's place among the training rows as a normal deviate, shape of `rows`."""
    placed = [
        np.interp(column, edges, LEVELS) for column, edges in zip(rows.T, reference.quantiles, strict=True)
    ]
    scores: Floats = ndtri(np.column_stack(placed))
    return scores


def column_log_densities(rows: Floats, reference: FeedReference) -> Floats:
    """Return each value's log density among the training rows, shape of `rows`."""
    parts = []
    for place, column in enumerate(rows.T):
        edges, tail = reference.quantiles[place], reference.tails[place]
        inside = reference.log_densities[place][np.searchsorted(edges, column)]
        beyond = np.maximum(np.maximum(edges[0] - column, column - edges[-1]), 0.0)
        parts.append(inside - 2 * np.log1p(beyond / tail))
    return np.column_stack(parts)


def dependence(scores: Floats, reference: FeedReference) -> Floats:
    """Return how much likelier each row is with the columns' dependence than without, in nats; (rows,)."""
    quadratic = np.einsum("ri,ij,rj->r", scores, reference.precision, scores)
    gained: Floats = -0.5 * (reference.log_determinant + quadratic - np.einsum("ri,ri->r", scores, scores))
    return gained


def log_density(rows: Floats, reference: FeedReference) -> Floats:
    """Return each row's log density among the training rows, shape (rows,)."""
    by_column = column_log_densities(rows, reference).sum(axis=1)
    total: Floats = by_column + dependence(normal_scores(rows, reference), reference)
    return total


def _standardised(rows: Floats, reference: FeedReference) -> tuple[Floats, float]:
    return reference.means + rows * reference.deviations, float(np.log(reference.deviations).sum())


def _reversed(rows: Floats, _reference: FeedReference) -> tuple[Floats, float]:
    return rows[:, ::-1], 0.0


def _negated(rows: Floats, _reference: FeedReference) -> tuple[Floats, float]:
    return -rows, 0.0


#: Other readings of a row: what it would be in payload units, and the log of the change of volume.
READINGS: Final[dict[str, Reading]] = {
    "standardised": _standardised,
    "reversed": _reversed,
    "negated": _negated,
}
#: All measures; each grows with how little a row looks like the training rows.
MEASURES: Final = (*READINGS, "normal", "normal_scaled", "surprise", "ordinary", "independent")


def measures(rows: Floats, reference: FeedReference) -> Floats:
    """Return every measure of every row in nats, shape (rows, measures)."""
    by_column = column_log_densities(rows, reference).sum(axis=1)
    gained = dependence(normal_scores(rows, reference), reference)
    told = by_column + gained
    columns = [_read(reading, rows, reference) - told for reading in READINGS.values()]
    columns.append(_normal(rows) - told)
    scaled = (rows - reference.means) / reference.deviations
    columns.append(_normal(scaled) - np.log(reference.deviations).sum() - told)
    columns += [-by_column, by_column, -gained]
    return np.column_stack(columns)


def _read(reading: Reading, rows: Floats, reference: FeedReference) -> Floats:
    read, volume = reading(rows, reference)
    return log_density(read, reference) + volume


def _normal(rows: Floats) -> Floats:
    density: Floats = -0.5 * (rows**2 + np.log(2 * np.pi)).sum(axis=1)
    return density
