"""A sequential test of one client's rows against what the model learned from.

Each sign of a row (`app.scoring.feed.signs`) is a bet with a small stake against the feed being right.
While it is, a row shows a sign with a probability of at most `share + tolerance`, and lacks it with at
most `1 - share + tolerance`, whatever came before; no stake can then be expected to grow, and neither
can their sum, which begins at one. By Ville's inequality it ever reaches `1 / FALSE_ALARM_RATE` with a
probability of at most FALSE_ALARM_RATE: over the whole life of a client, however often one looks.
Part of the stakes is set aside for every later row, so that a feed that breaks late is noticed, too.

A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, Game-theoretic statistics and safe anytime-valid inference,
Statistical Science 2023; I. Waudby-Smith, A. Ramdas, Estimating means of bounded random variables by
betting, JRSS B 2024.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.feed.reference import FeedReference
from app.scoring.feed.signs import Sign, shown, signs_of

#: Probability that a client whose feed is right is ever alarmed, per model version.
FALSE_ALARM_RATE: Final = 0.001
#: Shares of a bet on a whole row that are put on one row: the small ones find a small difference, the
#: large ones a large one soon.
ROW_STAKES: Final = (0.15, 0.4, 0.7, 0.9)
#: The same for a bet on one column, as shares of the most that may be put on it.
COLUMN_STAKES: Final = (0.12, 0.3, 0.6, 1.0)
#: One row may add at most this share to a bet on one column: for some minutes many payments have one
#: thing in common, in a right feed too, and only a long run of them may win.
COLUMN_GAIN: Final = 0.12
#: Share of all stakes on signs of whole rows; the rest is on signs of one column.
ON_WHOLE_ROWS: Final = 0.5
#: A sign that may show in nearly every row is not worth a bet.
CERTAIN: Final = 0.98
#: A row counts as repeated when it is one of so many last ones.
REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeedWatch:
    """How the bets on one client's rows stand. Build the first with `FeedWatch.begun`."""

    #: Rows looked at.
    rows: int
    #: What each bet has become, shape (bets,).
    wealth: Floats
    #: Fingerprints of the last rows, newest last, at most REMEMBERED.
    recent: tuple[int, ...]
    #: The row at which the bets had won enough, from 1; None: they have not.
    alarmed_at: int | None = None

    @classmethod
    def begun(cls, reference: FeedReference) -> "FeedWatch":
        """Return the watch of a client that has sent nothing yet."""
        return cls(rows=0, wealth=np.zeros(2 * reference.shares.size * len(ROW_STAKES)), recent=())

    @property
    def evidence(self) -> float:
        """What one unit of stakes has become; an alarm at 1 / FALSE_ALARM_RATE."""
        return float(self.wealth.sum())


def advanced(watch: FeedWatch, rows: Floats, amounts: Floats, reference: FeedReference) -> FeedWatch:
    """Return the watch after more rows, in the order they came; after an alarm nothing changes.

    `rows` holds raw payload values, shape (rows, columns); `amounts` are in currency units, NaN where
    the currency is unknown. The same rows give the same watch, however they are cut into calls.
    """
    if watch.alarmed_at is not None or not len(rows):
        return watch
    is_repeat, recent = _repeats(rows, watch.recent)
    flags = shown(rows, amounts, is_repeat, reference)
    hits = np.concatenate([flags, ~flags], axis=1)
    begun, wins, lost = _bets(reference)
    wealth, alarmed_at = watch.wealth.copy(), None
    others = np.tile(np.arange(flags.shape[1]) < flags.shape[1] - 1, 2)
    limit = 1 / FALSE_ALARM_RATE
    for number, hit in enumerate(hits, start=watch.rows + 1):
        wealth += begun * _share_begun(number)
        factors = np.where(hit[:, None], wins, lost)
        if flags[number - watch.rows - 1, -1]:
            # A row seen a moment ago tells nothing new, only that it repeats.
            factors[others] = 1.0
        wealth *= factors.ravel()
        if wealth.sum() >= limit:
            alarmed_at = number
            break
    return FeedWatch(
        rows=alarmed_at or watch.rows + len(rows), wealth=wealth, recent=recent, alarmed_at=alarmed_at
    )


def stakes_of(signs: tuple[Sign, ...], most: Floats) -> Floats:
    """Return the shares of all bets that are put on one row, shape (2 * signs, 4).

    First those on a sign, then those against it; `most`, shape (2 * signs,), is the largest probability
    of a hit in a right feed.
    """
    of_column = np.tile([sign.column is not None for sign in signs], 2)
    # A hit multiplies a bet by 1 + stake * (1 / most - 1).
    largest = np.minimum(COLUMN_GAIN * most / np.maximum(1 - most, 1e-9), ROW_STAKES[-1])
    by_column = largest[:, None] * np.array(COLUMN_STAKES)
    return np.where(of_column[:, None], by_column, np.array(ROW_STAKES))


def peak_evidence(hits: Flags, most: Floats, stakes: Floats) -> Floats:
    """Return the most that bets on each column of hits win in any stretch of rows, shape (columns,).

    `hits` has shape (rows, columns); `most` is the largest probability of a hit in a right feed, and
    `stakes`, shape (columns, 4), what is put on one row.
    """
    wins, lost = 1 + stakes * (1 / most[:, None] - 1), 1 - stakes
    wealth, peak = np.ones(wins.shape), np.ones(wins.shape)
    for hit in hits:
        np.maximum(wealth, 1.0, out=wealth)
        wealth *= np.where(hit[:, None], wins, lost)
        np.maximum(peak, wealth, out=peak)
    highest: Floats = peak.mean(axis=1)
    return highest


def _bets(reference: FeedReference) -> tuple[Floats, Floats, Floats]:
    """Return what all bets begin with, which sums to one, and what a hit and a miss multiply each by.

    Shapes (bets,) and twice (2 * signs, 4): first the bets on a sign, then those against it.
    """
    signs = signs_of(reference.names)
    most = np.concatenate(
        [reference.shares + reference.tolerances, 1 - reference.shares + reference.tolerances]
    )
    is_worth = most < CERTAIN
    most = np.minimum(most, 1.0)
    stakes = stakes_of(signs, most)
    is_whole = np.tile([sign.column is None for sign in signs], 2)
    begun = np.zeros(stakes.shape)
    for group, share in ((is_whole, ON_WHOLE_ROWS), (~is_whole, 1 - ON_WHOLE_ROWS)):
        of_group = group & is_worth
        begun[of_group] = share / max(int(of_group.sum()) * stakes.shape[1], 1)
    return begun.ravel(), 1 + stakes * (1 / most[:, None] - 1), 1 - stakes


def _share_begun(number: int) -> float:
    """Return the part of each stake that enters the game with this row, from 1; all of them sum to one."""
    return float(1 / (1 + np.log(number)) - 1 / (1 + np.log(number + 1)))


def _repeats(rows: Floats, recent: tuple[int, ...]) -> tuple[Flags, tuple[int, ...]]:
    """Return which rows are one of the REMEMBERED before them, and the last fingerprints of all."""
    prints = [*recent, *(_fingerprint(row) for row in rows)]
    before = len(recent)
    repeated = [
        prints[place] in prints[max(place - REMEMBERED, 0) : place] for place in range(before, len(prints))
    ]
    return np.array(repeated, dtype=np.bool_), tuple(prints[-REMEMBERED:])


def _fingerprint(row: Floats) -> int:
    """Return 62 bits of a row, the same in every process."""
    return int.from_bytes(blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest(), "big") >> 2
