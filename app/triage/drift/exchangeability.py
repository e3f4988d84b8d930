"""Bets that payments do not come in any order: exchangeability martingales, one for each quantity.

Each payment gets a p-value against all before it of the same hour of the day and kind of day: the share of
them in a higher bin, ties broken by a hash of its id. While payments could have come in any order these are
independent and uniform, whatever their distribution; no bet on them can be expected to grow. Two bettors play
on each quantity: a simple jumper for values that move up or down, and a density learned from the p-values so
far for any other shift. Part of each stake enters with every later payment, so that a late change is found.
The wealth reaches 1 / a with a probability of at most a, however often one looks (Ville).

V. Vovk et al., Retrain or not retrain: conformal test martingales for change-point detection, 2021.
NOTE[DIFF]: values are binned, so that counts are all that has to be kept; p-values are conditional
(Mondrian) on the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import shake_128
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.triage.drift.binned import MOST_BINS, Bins

#: Probability that anything at all is called changed over a model's whole life while nothing did.
RISK: Final = 0.01
#: The jumper's stakes, and the share that changes hands at each payment.
STAKES: Final[Floats] = np.array([-1.0, 0.0, 1.0])
JUMP: Final = 0.01
CELLS: Final = 10
#: What the learned density begins with in each cell, and how it forgets: over some thousand payments.
BEGUN: Final = 20.0
KEPT: Final = 0.999
HOURS: Final = 24
SATURDAY: Final = 5
#: Hours of workdays, then of weekends.
STRATA: Final = 2 * HOURS
BETTORS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DriftBets:
    """How the bets stand. Build the first with `DriftBets.begun`; times are seconds since 1970, UTC."""

    #: Payments that entered.
    payments: int
    #: Of each stratum, quantity and bin; shape (STRATA, quantities, MOST_BINS).
    counts: NDArray[np.uint32]
    #: How the jumper's money is spread, shape (quantities, stakes), rows summing to one.
    spread: Floats
    #: The p-values so far, forgetting, shape (quantities, CELLS).
    cells: Floats
    #: ln of what each bettor has, shape (quantities, BETTORS).
    wealth: Floats
    #: ln of the product of all factors, the least it was, and since when; shape (quantities, BETTORS).
    product: Floats
    least: Floats
    least_at: Floats
    #: When a quantity's wealth was enough, and since when it seems changed: NaN, not; shape (quantities,).
    alarmed_at: Floats
    changed_at: Floats

    @classmethod
    def begun(cls, quantities: int) -> "DriftBets":
        """Return the bets on a model that nothing has arrived for."""
        pair = (quantities, BETTORS)
        return cls(
            payments=0,
            counts=np.zeros((STRATA, quantities, MOST_BINS), dtype=np.uint32),
            spread=np.full((quantities, STAKES.size), 1 / STAKES.size),
            cells=np.full((quantities, CELLS), BEGUN),
            wealth=np.full(pair, -np.inf),
            product=np.zeros(pair),
            least=np.zeros(pair),
            least_at=np.full(pair, np.nan),
            alarmed_at=np.full(quantities, np.nan),
            changed_at=np.full(quantities, np.nan),
        )

    @property
    def evidence(self) -> Floats:
        """Ln of the mean wealth of both bettors, shape (quantities,)."""
        return np.asarray(np.logaddexp.reduce(self.wealth, axis=1) - np.log(BETTORS))

    @property
    def enough(self) -> float:
        """The log evidence at which a quantity is called changed: the risk is shared by all (Bonferroni)."""
        return float(np.log(self.alarmed_at.size / RISK))


def stratum_of(moment: datetime) -> int:
    """Return the hour of the day, and whether it is a weekend's, of a moment in UTC."""
    return moment.hour + (HOURS if moment.weekday() >= SATURDAY else 0)


def tie_breaks(key: int, quantities: int) -> Floats:
    """Return uniform numbers of a payment, shape (quantities,): the same in every process."""
    digest = shake_128(key.to_bytes(8, "big")).digest(8 * quantities)
    return (np.frombuffer(digest, dtype=">u8") >> 11).astype(np.float64) * 2.0**-53


def advanced(
    bets: DriftBets, bins: Bins, keys: Sequence[int], *, stratum: int, begins: datetime, lasts: timedelta
) -> DriftBets:
    """Return the bets after payments of one stratum, in the order given; bins of shape (rows, quantities).

    The order must not depend on values: by a hash of the id. `begins` and `lasts`: when they arrived.
    """
    if not len(bins):
        return bets
    table = _Table(bets)
    ends = (begins + lasts).timestamp()
    for number, (row, key) in enumerate(zip(bins, keys, strict=True), start=bets.payments + 1):
        table.enter(row, tie_breaks(key, row.size), stratum=stratum, number=number, begins=begins.timestamp())
        table.call(ends)
    return table.risen(bets.payments + len(bins))


def p_values(counts: NDArray[np.uint32], row: Bins, ties: Floats) -> Floats:
    """Return the p-value of each quantity; `counts`, (quantities, bins), hold the payment itself."""
    places = np.arange(row.size)
    upto = np.cumsum(counts, axis=1)[places, row]
    equal = counts[places, row]
    total = counts.sum(axis=1)
    return np.asarray((total - upto + ties * equal) / total)


class _Table:
    """Bets while payments enter: arrays that are written to."""

    def __init__(self, bets: DriftBets) -> None:
        self._bets = bets
        self._quantities = np.arange(bets.alarmed_at.size)
        self._counts, self._spread, self._cells = bets.counts.copy(), bets.spread.copy(), bets.cells.copy()
        self._wealth, self._product = bets.wealth.copy(), bets.product.copy()
        self._least, self._least_at = bets.least.copy(), bets.least_at.copy()
        self._alarmed_at, self._changed_at = bets.alarmed_at.copy(), bets.changed_at.copy()

    def enter(self, row: Bins, ties: Floats, *, stratum: int, number: int, begins: float) -> None:
        """Let one payment enter."""
        self._counts[stratum, self._quantities, row] += 1
        p = p_values(self._counts[stratum], row, ties)
        factors = np.log(np.column_stack([self._jump(p), self._learned(p)]))
        self._least_at = np.where(np.isnan(self._least_at), begins, self._least_at)
        self._wealth = np.logaddexp(self._wealth, np.log(_share_begun(number))) + factors
        self._product += factors
        is_least = self._product <= self._least
        self._least = np.where(is_least, self._product, self._least)
        self._least_at = np.where(is_least, begins, self._least_at)

    def call(self, at: float) -> None:
        """Call changed what has won enough: once, and since its product was last at its least."""
        evidence = np.logaddexp.reduce(self._wealth, axis=1) - np.log(BETTORS)
        fresh = (evidence >= self._bets.enough) & np.isnan(self._alarmed_at)
        if fresh.any():
            richer = np.argmax(self._wealth, axis=1)
            since = self._least_at[self._quantities, richer]
            self._alarmed_at = np.where(fresh, at, self._alarmed_at)
            self._changed_at = np.where(fresh, since, self._changed_at)

    def risen(self, payments: int) -> DriftBets:
        """Return how the bets stand now."""
        return replace(
            self._bets,
            payments=payments,
            counts=self._counts,
            spread=self._spread,
            cells=self._cells,
            wealth=self._wealth,
            product=self._product,
            least=self._least,
            least_at=self._least_at,
            alarmed_at=self._alarmed_at,
            changed_at=self._changed_at,
        )

    def _jump(self, p: Floats) -> Floats:
        spread = (1 - JUMP) * self._spread + JUMP / STAKES.size
        won = spread * (1 + STAKES * (p[:, None] - 0.5))
        factors: Floats = won.sum(axis=1)
        self._spread = won / factors[:, None]
        return factors

    def _learned(self, p: Floats) -> Floats:
        cell = np.minimum((p * CELLS).astype(np.intp), CELLS - 1)
        factors: Floats = self._cells[self._quantities, cell] * CELLS / self._cells.sum(axis=1)
        self._cells = BEGUN + KEPT * (self._cells - BEGUN)
        self._cells[self._quantities, cell] += 1
        return factors


def _share_begun(number: int) -> float:
    """Return the part of each stake that enters with this payment, from 1; all of them sum to one."""
    return float(1 / (1 + np.log(number)) - 1 / (1 + np.log(number + 1)))
