"""Interpolated frauds whose own origins are missing: more rows than the room they lie in has directions.

So many rows between so few others span no more than those did. Some nearest rows of such a file are
exact mixes of each other, where those of other payments never are.
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from app.scoring.arrays import Flags, Floats

# Rows looked at together are fewer than the directions of the room by this much, and at most so many:
# close to a square matrix chance makes small singular values, too.
SPARE, MOST_TOGETHER = 8, 20
FEWEST_TOGETHER = 4
# Of the usual distance from the middle: below it a direction is none. Values are rounded.
FLAT = 1e-4
# A row's share of a mix below this is rounding.
LEAST_PART = 1e-3
# Of so many rows the surroundings are looked at: their share tells of the rest.
MOST_ROWS = 1000
BLOCK_ROWS = 256


def directions_of(rows: Floats) -> int:
    """Return how many directions rows (rows, columns) span, their mean taken off."""
    if len(rows) < 2:
        return 0
    return int((np.linalg.eigvalsh(np.cov(rows, rowvar=False)) > FLAT**2).sum())


def together(directions: int) -> int | None:
    """Return how many rows to look at beside each; None where the room has too few directions."""
    count = min(directions - SPARE, MOST_TOGETHER)
    return count if count >= FEWEST_TOGETHER else None


def mixed_rows(points: Floats, beside: int, *, generator: np.random.Generator) -> tuple[Flags, float]:
    """Return which points take part in exact mixes, shape (points,), and the share of those looked at.

    `points` (points, columns) are different and standardised. Each is looked at with so many beside it;
    of more than `MOST_ROWS`, that many are drawn.
    """
    is_mixed = np.zeros(len(points), dtype=np.bool_)
    beside = min(beside, len(points) - 1)
    if beside < 2:
        return is_mixed, 0.0
    chosen = np.sort(generator.permutation(len(points))[:MOST_ROWS])
    search = NearestNeighbors(n_neighbors=beside + 1).fit(points)
    sets = search.kneighbors(points[chosen], return_distance=False)
    for start in range(0, len(sets), BLOCK_ROWS):
        block = sets[start : start + BLOCK_ROWS]
        is_mixed[block[parts_of_mixes(points[block]) > LEAST_PART]] = True
    return is_mixed, float(is_mixed[chosen].mean())


def parts_of_mixes(sets: Floats) -> Floats:
    """Return how far each row takes part in exact mixes of its set, 0 to 1, shape (sets, rows).

    `sets` has shape (sets, rows, columns), fewer rows than columns. An exact mix is a weighting of the
    rows, adding up to nothing, whose sum is nothing.
    """
    apart = sets - sets.mean(axis=1, keepdims=True)
    scale = np.median(np.linalg.norm(apart, axis=2), axis=1)
    values, vectors = np.linalg.eigh(apart @ apart.transpose(0, 2, 1))
    is_flat = values < (FLAT * scale[:, None]) ** 2
    # Equal weights always sum to nothing, because the mean was taken off.
    parts: Floats = (vectors**2 * is_flat[:, None, :]).sum(axis=2) - 1 / sets.shape[1]
    return parts
