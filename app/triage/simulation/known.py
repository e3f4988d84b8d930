"""The truths of a window that count, and how much each of them weighs."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.labels import Codes
from app.triage.simulation.window import FRAUD_TRUTH, NO_TRUTH, SMALLEST_CHANCE, Window

# Of what is known of a stratum, the most that one truth may weigh.
MOST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """The rows of a window whose truth counts; each column of shape (known,), ascending in `rows`."""

    rows: Rows
    is_fraud: Flags
    #: Probability of the truth becoming known, at least `SMALLEST_CHANCE`.
    chances: Floats
    #: Its inverse, but for truths that would outweigh the others: see `known_rows`.
    weights: Floats
    #: What the machine said then, and the amount.
    strata: Codes
    amounts: Floats

    @property
    def frauds(self) -> int:
        """How many of them are frauds."""
        return int(self.is_fraud.sum())


def known_rows(window: Window) -> Known:
    """Return the rows whose truth is known with a known probability of becoming known.

    No truth weighs more than `MOST_SHARE` of all that is known of its stratum (more where fewer than
    forty truths are): whoever reports one row with a tiny chance does not speak for all the others.
    """
    rows = np.flatnonzero((window.truths != NO_TRUTH) & np.isfinite(window.truth_propensities))
    chances = np.clip(window.truth_propensities[rows], SMALLEST_CHANCE, 1.0)
    strata = window.labels[rows]
    return Known(
        rows=rows,
        is_fraud=window.truths[rows] == FRAUD_TRUTH,
        chances=chances,
        weights=weights_of(chances, strata),
        strata=strata,
        amounts=window.amounts[rows],
    )


def weights_of(chances: Floats, strata: Codes) -> Floats:
    """Return how much truths weigh that became known with these chances, shape (truths,) as both arguments.

    The inverse of the chance, but for those that would outweigh the others of their stratum.
    """
    weights: Floats = 1 / np.clip(chances, SMALLEST_CHANCE, 1.0)
    for stratum in np.unique(strata):
        inside = strata == stratum
        weights[inside] = _capped(weights[inside])
    return weights


def _capped(weights: Floats) -> Floats:
    """Return weights of which none is more than its share of their sum; those below it stay as they are.

    With the k largest cut to t, the sum is rest + k t, and t = share x sum gives t.
    """
    most = max(MOST_SHARE, 2 / weights.size)
    ordered = np.sort(weights)[::-1]
    if most >= 1 or ordered[0] <= most * ordered.sum():
        return weights
    cut = np.arange(1, int(1 / most) + 1)
    rest = ordered.sum() - np.cumsum(ordered)[: cut.size]
    room = 1 - most * cut
    tops = np.divide(most * rest, room, out=np.full(cut.size, np.inf), where=room > 1e-9)
    # The fewest that have to be cut: the next one lies below the top.
    following = np.append(ordered[1:], 0.0)[: cut.size]
    enough = np.flatnonzero(following <= tops * (1 + 1e-12))
    return np.minimum(weights, tops[enough[0]]) if enough.size else weights
