"""Which frauds were interpolated between others, and whether those others are in the file.

Data may have exact structure of its own, from counters and categories: what the file's legits show of it
is nobody's oversampling.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.learning.copies.dependence import directions_of, mixed_rows, together
from app.learning.copies.segments import Segments, lines_of_their_own, middles, segments
from app.scoring.arrays import Flags, Floats

# Fewer rows on a line or in a mix, or fewer lines of their own, may be chance.
FEWEST_MIDDLES, FEWEST_MIXED, FEWEST_LINES = 3, 10, 3
# Shares of the rows: lines more common than this, and mixes where legits have none.
MIDDLES, MIXED = 0.01, 0.05
# How many times as common as among legits lines must be.
AS_AMONG_LEGITS = 3
# Rows that agree to so many decimals are one point.
DECIMALS = 9
# Legits with fewer mixes have no structure of their own.
STRUCTURED = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interpolated:
    """What there is to say of frauds that are mixes of others; rows along the first axis."""

    #: Between two others that are in the file.
    is_between: Flags
    #: Part of exact mixes of those that are left; none where the file has such structure of its own.
    is_mixed: Flags
    #: Whether others than these may be interpolated too, from rows that are missing.
    is_unsure: bool


def interpolated(rows: Floats, legits: Floats, *, generator: np.random.Generator) -> Interpolated:
    """Tell which frauds are interpolated: `rows` (rows, columns), and legits beside them.

    Both are standardised, without columns that never move. The generator draws what is compared.
    """
    points, place = np.unique(np.round(rows, DECIMALS), axis=0, return_inverse=True)
    found = _of_points(points, legits, generator)
    return replace(found, is_between=found.is_between[place], is_mixed=found.is_mixed[place])


def _of_points(points: Floats, legits: Floats, generator: np.random.Generator) -> Interpolated:
    is_between, is_astray = _between(points, legits, generator)
    is_mixed = np.zeros(len(points), dtype=np.bool_)
    beside = together(directions_of(legits) - _constant_columns(points, legits))
    if beside is None:
        # Too few columns to see what is missing: only ends that many lines share are sure to be there.
        return Interpolated(is_between=is_between, is_mixed=is_mixed, is_unsure=is_astray)
    rest = np.flatnonzero(~is_between)
    is_mixed[rest], share = mixed_rows(points[rest], beside, generator=generator)
    usual = _usual_mixes(len(points), legits, beside, generator) if is_mixed.any() or is_astray else 0.0
    share *= is_mixed.sum() >= FEWEST_MIXED
    if usual > STRUCTURED:
        is_unsure = is_astray or share > (1 + usual) / 2
        return Interpolated(is_between=is_between, is_mixed=is_mixed & is_unsure, is_unsure=is_unsure)
    return Interpolated(is_between=is_between, is_mixed=is_mixed, is_unsure=share > MIXED)


def _between(points: Floats, legits: Floats, generator: np.random.Generator) -> tuple[Flags, bool]:
    """Return which points are interpolated between others, and whether some lack the others."""
    found = segments(points)
    share = _off_steps(found, len(points))
    usual = 0.0
    if share * len(points) >= max(FEWEST_MIDDLES, MIDDLES * len(points)):
        compared = _drawn(legits, len(points), generator)
        usual = _off_steps(segments(compared), len(compared))
    if share * len(points) < FEWEST_MIDDLES or share <= MIDDLES + AS_AMONG_LEGITS * usual:
        return np.zeros(len(points), dtype=np.bool_), False
    # Once there are such rows, one in steps is as likely another.
    is_between, lines = middles(points, found)
    return is_between, lines_of_their_own(is_between, lines) >= FEWEST_LINES


def _off_steps(found: Segments, points: int) -> float:
    """Return the share of points between two others that are not in steps."""
    return np.unique(found.middle[~found.is_step]).size / max(points, 1)


def _usual_mixes(count: int, legits: Floats, beside: int, generator: np.random.Generator) -> float:
    return mixed_rows(_drawn(legits, count, generator), beside, generator=generator)[1]


def _drawn(rows: Floats, count: int, generator: np.random.Generator) -> Floats:
    """Return so many different rows, in no order; all of them where there are fewer."""
    drawn: Floats = generator.permutation(np.unique(np.round(rows, DECIMALS), axis=0))[:count]
    return drawn


def _constant_columns(points: Floats, legits: Floats) -> int:
    """Return how many columns move among legits and not among frauds: a kind of payment, not a trace."""
    return int(((np.ptp(points, axis=0) == 0) & (np.ptp(legits, axis=0) > 0)).sum())
