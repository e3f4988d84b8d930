"""Interpolated frauds beside those they come from: rows that lie on the straight line between two others.

Among columns of real numbers no payment lies there by chance. Counters make payments that do, in
equal steps: a row that divides its line by small whole numbers is none of these.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from app.scoring.arrays import Flags, Floats, Rows

# A line is looked for among so many nearest rows.
NEIGHBOURS = 200
# Radians by which the two ends of a line may miss opposite directions: values are rounded.
LARGEST_ANGLE = 2e-3
# How many lines chance may draw in a file.
CHANCE = 1e-2
# A share of a line is one of small whole numbers up to this denominator, give or take.
LARGEST_DENOMINATOR, AS_GOOD_AS = 12, 5e-4
# Numbers held at once, and columns compared at once.
BLOCK, COLUMNS = 4_000_000, 6
# Of sums of shadows and of the sets' offsets.
ROUNDING = 1e-9

STEPS = np.unique([step / whole for whole in range(2, LARGEST_DENOMINATOR + 1) for step in range(1, whole)])


class Segments(NamedTuple):
    """Rows between two others, one line of each array for every pair of others; places of points."""

    middle: Rows
    one_end: Rows
    other_end: Rows
    #: Whether the middle divides its line by small whole numbers.
    is_step: Flags


def segments(points: Floats) -> Segments:
    """Return every row between two of its nearest; points (points, columns).

    The points are different from each other and standardised.
    """
    count = min(NEIGHBOURS, len(points) - 1)
    # In one column every row lies between others.
    if count < 2 or points.shape[1] < 2:
        empty = np.empty(0, dtype=np.intp)
        return Segments(empty, empty, empty, np.empty(0, dtype=np.bool_))
    near = NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    angle = largest_angle(points.shape[1], len(points) * count**2 / 2)
    block = max(1, BLOCK // (count * points.shape[1]))
    found = [
        _between(points, np.arange(start, min(start + block, len(points))), near, angle)
        for start in range(0, len(points), block)
    ]
    return _joined(found)


def largest_angle(columns: int, pairs: float) -> float:
    """Return the angle (radians) within which chance draws fewer than `CHANCE` lines through `pairs`."""
    return float(min(LARGEST_ANGLE, (CHANCE / pairs) ** (1 / (columns - 1))))


def middles(points: Floats, found: Segments) -> tuple[Flags, Segments]:
    """Return which points lie between two others that do not, shape (points,), and all their segments.

    `found` are the `segments` of the points. They are looked for again without the middles, which hide
    others' ends, until there is none.
    """
    is_middle = np.zeros(len(points), dtype=np.bool_)
    told = [found]
    while found.middle.size:
        is_middle[found.middle] = True
        left = np.flatnonzero(~is_middle)
        places = segments(points[left])
        found = Segments(left[places.middle], left[places.one_end], left[places.other_end], places.is_step)
        told.append(found)
    return is_middle, _joined(told)


def lines_of_their_own(is_middle: Flags, found: Segments) -> int:
    """Return how many lines have both ends in common with no other line.

    Those that others were interpolated from are ends of many lines; where they are missing, each line
    ends in two interpolated rows of its own.
    """
    whole = ~is_middle[found.one_end] & ~is_middle[found.other_end]
    ends = np.sort(np.column_stack([found.one_end[whole], found.other_end[whole]]), axis=1)
    lines = np.unique(ends, axis=0)
    meeting = np.bincount(lines.ravel(), minlength=is_middle.size)
    return int((meeting[lines] == 1).all(axis=1).sum())


def _joined(parts: list[Segments]) -> Segments:
    return Segments(
        np.concatenate([part.middle for part in parts]),
        np.concatenate([part.one_end for part in parts]),
        np.concatenate([part.other_end for part in parts]),
        np.concatenate([part.is_step for part in parts]),
    )


def _between(points: Floats, rows: Rows, near: NDArray[np.intp], angle: float) -> Segments:
    """Return middle and ends of the lines through these rows; `near` (points, neighbours)."""
    apart = points[near[rows]] - points[rows, None]
    lengths = np.linalg.norm(apart, axis=2)
    directions = apart / lengths[..., None]
    row, one, other = _opposite(directions, angle)
    for column in range(0, directions.shape[2], COLUMNS):
        part = directions[..., column : column + COLUMNS]
        kept = (np.abs(part[row, one] + part[row, other]) <= angle).all(axis=1)
        row, one, other = row[kept], one[kept], other[kept]
    kept = (one < other) & (np.linalg.norm(directions[row, one] + directions[row, other], axis=1) <= angle)
    row, one, other = row[kept], one[kept], other[kept]
    shares = lengths[row, one] / (lengths[row, one] + lengths[row, other])
    return Segments(rows[row], near[rows[row], one], near[rows[row], other], _are_steps(shares))


def _opposite(directions: Floats, angle: float) -> tuple[Rows, Rows, Rows]:
    """Return set, one and other of all directions that may be opposite: (sets, directions, columns).

    Opposite directions have opposite shadows on any axis, so that only those are looked up.
    """
    sets, count, columns = directions.shape
    # An axis that no column is: columns of few values would throw one shadow for many.
    axis = np.sin(np.arange(1, columns + 1))
    shadows = directions @ (axis / np.linalg.norm(axis))
    # Shadows reach from -1 to 1: those of different sets stay apart.
    offset = 4.0 * np.arange(sets)[:, None]
    order = np.argsort((offset + shadows).ravel(), kind="stable")
    in_order = (offset + shadows).ravel()[order]
    wanted = (offset - shadows).ravel()
    low = np.searchsorted(in_order, wanted - angle - ROUNDING, side="left")
    high = np.searchsorted(in_order, wanted + angle + ROUNDING, side="right")
    found = high - low
    one = np.repeat(np.arange(wanted.size), found)
    other = order[np.arange(one.size) - np.repeat(np.cumsum(found) - found - low, found)]
    return one // count, one % count, other % count


def _are_steps(shares: Floats) -> Flags:
    after = np.clip(np.searchsorted(STEPS, shares), 1, STEPS.size - 1)
    nearest = np.minimum(np.abs(shares - STEPS[after]), np.abs(shares - STEPS[after - 1]))
    is_step: Flags = nearest < AS_GOOD_AS
    return is_step
