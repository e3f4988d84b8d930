"""Past payments by their evidence: the ground on which a manager moves two bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from app.triage.policies.policy import Policy
from app.triage.simulation.curves import Bin
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis

#: Pixels for all counts together: payments rise above the axis, known frauds hang below it.
HEIGHT = 176.0
TOP = 22.0
# The least a known fraud may look like, in pixels.
LEAST = 2.0
AIR = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bin: place and width in percent, heights in pixels."""

    at: float
    width: float
    all_height: float
    legit_height: float
    fraud_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A line that says how many a height stands for."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """One bin in the table behind the chart."""

    low: str
    high: str
    unlabelled: int
    legit: int
    fraud: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The histogram with its bounds; `low` and `high` are the evidence at its edges."""

    low: float
    high: float
    approve: str
    decline: str
    approve_at: float
    decline_at: float
    axis_y: float
    bottom_y: float
    bars: tuple[Bar, ...]
    grid: tuple[Grid, ...]
    rows: tuple[BinRow, ...]

    @property
    def unknown_from(self) -> float:
        """Where people's zone begins; out of order, what both bounds claim is theirs, too."""
        return min(self.approve_at, self.decline_at)

    @property
    def unknown_to(self) -> float:
        """Where people's zone ends."""
        return max(self.approve_at, self.decline_at)

    @property
    def height(self) -> float:
        """Pixels in all, the handles included."""
        return self.bottom_y + 48


def chart(bins: Sequence[Bin], policy: Policy) -> Chart:
    """Return the chart; its heights are logarithms, or the bulk of legit payments would hide the rest."""
    low, high = _edges(bins, policy)
    at = Axis(low=low, high=high, digits=3).at
    most = max((each.unlabelled + each.legit + each.fraud for each in bins), default=0)
    most_frauds = max((each.fraud for each in bins), default=0)
    unit = HEIGHT / max(_decades(most) + _decades(most_frauds), 1e-9)
    axis_y = round(TOP + unit * _decades(most), 1) if bins else TOP + HEIGHT

    return Chart(
        low=low,
        high=high,
        approve=formatting.number(policy.approve_at_most),
        decline=formatting.number(policy.decline_at_least),
        approve_at=at(policy.approve_at_most),
        decline_at=at(policy.decline_at_least),
        axis_y=axis_y,
        bottom_y=TOP + HEIGHT,
        bars=tuple(
            Bar(
                at=at(each.low),
                width=round(max((at(each.high) - at(each.low)) * 0.9, 0.05), 3),
                all_height=_height(each.unlabelled + each.legit + each.fraud, unit),
                legit_height=_height(each.legit, unit),
                fraud_height=_height(each.fraud, unit),
            )
            for each in bins
        ),
        grid=_grid(most, most_frauds, unit, axis_y),
        rows=tuple(_row(each) for each in bins if each.unlabelled + each.legit + each.fraud),
    )


def _edges(bins: Sequence[Bin], policy: Policy) -> tuple[float, float]:
    shown = [policy.approve_at_most, policy.decline_at_least]
    shown += [edge for each in bins for edge in (each.low, each.high)]
    width = max(shown) - min(shown) or 1.0
    air = width * (AIR if bins else 0.5)
    return round(min(shown) - air, 3), round(max(shown) + air, 3)


def _decades(number: int) -> float:
    return log10(1 + number)


def _height(number: int, unit: float) -> float:
    return round(max(_decades(number) * unit, LEAST), 1) if number else 0.0


def _grid(most: int, most_frauds: int, unit: float, axis_y: float) -> tuple[Grid, ...]:
    lines = [(number, -1) for number in (10, 100, 1000, 10_000, 100_000, 1_000_000) if number <= most]
    lines += [(number, 1) for number in (10, 100, 1000, 10_000) if number <= most_frauds]
    return tuple(
        Grid(y=round(axis_y + side * _decades(number) * unit, 1), label=formatting.count(number))
        for number, side in lines
    )


def _row(each: Bin) -> BinRow:
    return BinRow(
        low=formatting.number(each.low),
        high=formatting.number(each.high),
        unlabelled=each.unlabelled,
        legit=each.legit,
        fraud=each.fraud,
    )
