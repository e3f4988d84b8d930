"""Predicted against observed, zone by zone: whether a probability means what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from app.triage.simulation.curves import ReliabilityBin
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis, Tick
from app.web.pages.formatting import estimated_percent
from app.web.pages.policies.estimates import EstimateView, told
from app.web.pages.policies.lab.figures import TONES, ZONES

#: Decades from 1e-5 to 1: below that a window says nothing.
DECADES = 5.0
TICKS = ((1e-5, "0.001"), (1e-4, "0.01"), (1e-3, "0.1"), (1e-2, "1"), (0.1, "10"), (1.0, "100"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A bin: places in percent; the bar is the interval."""

    tone: str
    x: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityRow:
    """A bin in the table behind the chart."""

    zone: str
    tone: str
    between: str
    transactions: int
    known: int
    predicted: str
    observed: EstimateView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityView:
    """The picture and its table."""

    dots: tuple[Dot, ...]
    #: In percent, both of the picture and of payments.
    ticks: tuple[Tick, ...]
    rows: tuple[ReliabilityRow, ...]


def reliability_view(bins: Sequence[ReliabilityBin]) -> ReliabilityView:
    """Return the picture; bins of which nothing is known are in the table alone."""
    return ReliabilityView(
        dots=tuple(_dot(each) for each in bins if each.observed.value is not None),
        ticks=tuple(Tick(at=_place(share), label=f"{label}{formatting.PERCENT}") for share, label in TICKS),
        rows=tuple(_row(each) for each in bins),
    )


def _place(share: float) -> float:
    return Axis(low=-DECADES, high=0.0).at(log10(max(share, 10**-DECADES)))


def _dot(each: ReliabilityBin) -> Dot:
    observed = each.observed
    high = 1.0 if observed.high is None else observed.high
    return Dot(
        tone=TONES[each.zone],
        x=_place(each.predicted),
        y=100 - _place(observed.value or 0.0),
        top=100 - _place(high),
        bottom=100 - _place(observed.low),
    )


def _row(each: ReliabilityBin) -> ReliabilityRow:
    return ReliabilityRow(
        zone=ZONES[each.zone],
        tone=TONES[each.zone],
        between=worded("%(low)s to %(high)s", low=_exact(each.low), high=_exact(each.high)),
        transactions=each.transactions,
        known=each.known,
        predicted=_exact(each.predicted),
        observed=told(each.observed, estimated_percent),
    )


def _exact(share: float) -> str:
    return f"{share * 100:.2g}{formatting.PERCENT}" if share < 1 else f"100{formatting.PERCENT}"
