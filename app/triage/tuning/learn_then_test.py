"""Learn then Test: of many candidate policies, those whose promise is proved, and of these the cheapest.

Each candidate's hypothesis "it misses more than alpha" has the exact p-value P(Binomial(n, alpha) <= its
misses on n known frauds) (Angelopoulos et al. 2021). Candidates lie on a grid of approve shift x spread
limit that is fixed before the labels are looked at. In each spread limit's column the shifts are tested
from strict to loose until the first failure, each column with its part of delta.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from app.scoring.arrays import Flags, Floats

NAME = "Learn then Test, split fixed sequence (Angelopoulos et al. 2021)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Candidate policies: shifts of the approve bounds (ascending: strict to loose) x spread limits."""

    shifts: Floats
    spread_limits: tuple[float | None, ...]
    #: Per spread limit, the share of unlabelled payments that each shift approves; shape (shifts,) each.
    approved_shares: tuple[Floats, ...]

    def at_limit(self, limit: float | None) -> "Grid":
        """Return the candidates with this spread limit alone; raises ValueError where there are none."""
        place = self.spread_limits.index(limit)
        return replace(self, spread_limits=(limit,), approved_shares=(self.approved_shares[place],))


def misses(slack: Floats, spread: Floats, grid: Grid) -> NDArray[np.intp]:
    """Return how many known frauds each candidate approves, shape (limits, shifts).

    `slack` (evidence above the approve bound, +inf when never approved) and `spread`, shape (frauds,).
    """
    return np.array(
        [
            np.searchsorted(np.sort(slack[_within(spread, limit)]), grid.shifts, side="right")
            for limit in grid.spread_limits
        ]
    )


def p_values(missed: NDArray[np.intp], frauds: int, *, miss_rate: float) -> Floats:
    """Return P(Binomial(frauds, miss_rate) <= missed): small where the promise is proved."""
    values: Floats = stats.binom.cdf(missed, frauds, miss_rate)
    return values


def fixed_sequences(values: Floats, *, delta: float) -> Flags:
    """Return which candidates are proved, shape (limits, shifts): each row in order, with delta / rows."""
    passed = values <= delta / max(len(values), 1)
    proved: Flags = np.logical_and.accumulate(passed, axis=1)
    return proved


def cheapest(proved: Flags, approved_shares: Sequence[Floats]) -> tuple[int, int] | None:
    """Return limit and shift of the proved candidate that approves most of the unlabelled payments.

    `approved_shares`: per spread limit, the share of payments each shift approves. None when none is
    proved; of equals the first limit, with its loosest shift. The choice may look at anything: all
    proved candidates hold at once.
    """
    if not proved.any():
        return None
    loosest_first = np.where(proved, np.array(approved_shares), -1.0)[:, ::-1]
    limit, place = np.unravel_index(int(np.argmax(loosest_first)), loosest_first.shape)
    return int(limit), loosest_first.shape[1] - 1 - int(place)


def _within(spread: Floats, limit: float | None) -> Flags:
    return np.ones(spread.shape, dtype=np.bool_) if limit is None else spread <= limit
