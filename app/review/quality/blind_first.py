"""Whether seeing the score changes verdicts, and whether for the better.

Chance decides which case hides the score until a first verdict, with a probability that is kept. Where
the probability changed over time, cases drawn with one probability are compared only with each other:
within such a stratum chance alone decided, whatever the day, the mix of cases or the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.review.outcome import GroundTruth
from app.review.quality.differences import Change, difference, weighted
from app.review.quality.rates import Interval, Rate

# Fewer cases of known truth cannot tell a gain of several points from nothing.
ENOUGH_TRUTHS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """So many judged cases that have all of this in common."""

    #: With which the case was drawn blind; never 0 or 1: there chance decided nothing.
    probability: float
    is_blind: bool
    #: What its author said before the score was shown.
    provisional: GroundTruth | None
    final: GroundTruth
    truth: GroundTruth | None
    is_gold: bool
    cases: int

    @property
    def was_said_before(self) -> bool:
        """Whether its author said something before the score was shown."""
        return self.is_blind and self.provisional is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindFirst:
    """What seeing the score did, and how blind first compares with the score in sight from the start."""

    #: Verdicts that differ from the provisional one of the same person.
    changed: Rate
    #: Of those whose truth is known.
    change: Change
    gain: Interval | None
    gold: int
    #: Final verdicts that were right: of cases drawn blind, and of those drawn open.
    blind_right: Rate
    open_right: Rate
    lead: Interval | None

    @property
    def is_change_enough(self) -> bool:
        """Whether enough truths are known to say whether seeing the score helps."""
        return self.change.cases >= ENOUGH_TRUTHS

    @property
    def is_lead_enough(self) -> bool:
        """Whether enough truths are known on both sides to compare them."""
        return min(self.blind_right.trials, self.open_right.trials) >= ENOUGH_TRUTHS


def blind_first(cells: Iterable[Cell]) -> BlindFirst:
    """Return what the cells say together.

    Each stratum of one probability weighs as many cases as were drawn in it and their truth is known,
    blind or not: the mean is that of all such cases, not of those that happened to be blind.
    """
    drawn = [cell for cell in cells if 0 < cell.probability < 1]
    said_before = [cell for cell in drawn if cell.was_said_before]
    known = [cell for cell in drawn if cell.truth is not None]
    return BlindFirst(
        changed=_rate(said_before, [cell for cell in said_before if cell.provisional != cell.final]),
        change=_change(known),
        gain=_gain(_strata(known)),
        gold=_cases(cell for cell in known if cell.was_said_before and cell.is_gold),
        blind_right=_right(known, is_blind=True),
        open_right=_right(known, is_blind=False),
        lead=_lead(_strata(known)),
    )


def _gain(strata: Iterable[list[Cell]]) -> Interval | None:
    changes = [(_cases(stratum), _change(stratum)) for stratum in strata]
    return weighted([(weight, change.gain) for weight, change in changes if change.cases])


def _lead(strata: Iterable[list[Cell]]) -> Interval | None:
    sides = [
        (_cases(stratum), _right(stratum, is_blind=True), _right(stratum, is_blind=False))
        for stratum in strata
    ]
    return weighted(
        [(weight, difference(blind, seen)) for weight, blind, seen in sides if blind.trials and seen.trials]
    )


def _cases(cells: Iterable[Cell]) -> int:
    return sum(cell.cases for cell in cells)


def _rate(cells: Iterable[Cell], hits: Iterable[Cell]) -> Rate:
    return Rate(hits=_cases(hits), trials=_cases(cells))


def _right(known: Iterable[Cell], *, is_blind: bool) -> Rate:
    side = [cell for cell in known if cell.is_blind == is_blind]
    return _rate(side, [cell for cell in side if cell.final == cell.truth])


def _change(known: Iterable[Cell]) -> Change:
    counts = {(was, became): 0 for was in (True, False) for became in (True, False)}
    for cell in known:
        if cell.was_said_before:
            counts[cell.provisional == cell.truth, cell.final == cell.truth] += cell.cases
    return Change(
        right_twice=counts[True, True],
        made_right=counts[False, True],
        made_wrong=counts[True, False],
        wrong_twice=counts[False, False],
    )


def _strata(cells: Iterable[Cell]) -> list[list[Cell]]:
    ordered = sorted(cells, key=lambda cell: cell.probability)
    return [list(cells) for _, cells in groupby(ordered, key=lambda cell: cell.probability)]
