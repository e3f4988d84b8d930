"""A number with its interval, or not known: counts of weighted events and their shares."""

from dataclasses import dataclass

from scipy import special

from app.triage.binomial import clopper_pearson
from app.triage.simulation.observed import Observed

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval; None where it is not known, and where nothing bounds it."""

    value: float | None
    low: float
    high: float | None

    def times(self, factor: float) -> "Estimate":
        """Return the same estimate in another unit, such as per day."""
        return Estimate(
            value=None if self.value is None else self.value * factor,
            low=self.low * factor,
            high=None if self.high is None else self.high * factor,
        )

    def per_day(self, observed: Observed) -> "Estimate":
        """Return the same a day of what was observed; nothing is known where that is too little."""
        return NOTHING_KNOWN if observed.days is None else self.times(1 / observed.days)


NOTHING_KNOWN = Estimate(value=None, low=0.0, high=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Weighted events of some cells, with what bounds their number."""

    #: Sum and sum of squares of the events' weights, and how many events there are.
    sum: float
    squares: float
    events: int
    #: What one more event would weigh at most.
    largest: float
    #: Rows of cells without a countable truth: each may be an event.
    unknown_rows: float
    #: False where a zone has rows and not one countable truth.
    is_known: bool
    #: Whether every row of these cells has its truth.
    is_complete: bool

    def total(self, confidence: float = CONFIDENCE) -> Estimate:
        """Return the weighted number of events."""
        low, high = weighted_count_interval(
            self.sum, self.squares, largest=self.largest, confidence=confidence
        )
        return Estimate(value=self.sum if self.is_known else None, low=low, high=high + self.unknown_rows)


def weighted_count_interval(
    total: float, squares: float, *, largest: float, confidence: float
) -> tuple[float, float]:
    """Return the interval of a sum of weights over Poisson events (Fay and Feuer 1997, gamma).

    `total` and `squares` are the sums of the events' weights and of their squares, `largest` the most
    one unseen event could weigh. With all weights 1 it is the exact interval of Garwood (1936); with no
    event its upper end is 3.7 x `largest` at 95 %: what an audit that found nothing still allows.
    """
    tail = (1 - confidence) / 2
    low = float(squares / total * special.gammaincinv(total**2 / squares, tail)) if squares > 0 else 0.0
    above, spread = total + largest, squares + largest**2
    high = float(spread / above * special.gammainccinv(above**2 / spread, tail)) if spread > 0 else 0.0
    return low, high


def share(part: Part, rest: Part) -> Estimate:
    """Return part / (part + rest) of events.

    Where every truth is known: the Clopper-Pearson interval. Else the two totals' intervals, each
    holding with half the risk, at their worst together.
    """
    whole = part.sum + rest.sum
    if part.is_complete and rest.is_complete:
        events = part.events + rest.events
        if events == 0:
            return Estimate(value=None, low=0.0, high=1.0)
        low, high = clopper_pearson(part.events, events, (1 + CONFIDENCE) / 2)
        return Estimate(value=part.events / events, low=low, high=high)
    each = (1 + CONFIDENCE) / 2
    inner, outer = part.total(each), rest.total(each)
    is_known = part.is_known and rest.is_known and whole > 0
    return Estimate(
        value=part.sum / whole if is_known else None,
        low=_ratio(inner.low, outer.high or 0.0, otherwise=0.0),
        high=_ratio(inner.high or 0.0, outer.low, otherwise=1.0),
    )


def _ratio(part: float, rest: float, *, otherwise: float) -> float:
    return part / (part + rest) if part + rest > 0 else otherwise
