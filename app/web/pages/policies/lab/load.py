"""The average day of manual review, hour by hour: what arrives, and what people can judge."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.triage.simulation.queueing import HourOfDay
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis
from app.web.pages.policies.estimates import known


@dataclass(frozen=True, slots=True, kw_only=True)
class HourBar:
    """An hour of the day: heights in percent of the picture."""

    hour: str
    unknowns: float
    audits: float
    capacity: float
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """An hour in the table behind the chart."""

    hour: str
    unknowns: str
    audits: str
    capacity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadView:
    """The picture and its table; `most` is what the top of the picture stands for."""

    most: str
    width: float
    bars: tuple[HourBar, ...]
    rows: tuple[HourRow, ...]


def load_view(hours: Sequence[HourOfDay]) -> LoadView:
    """Return the picture of these hours."""
    most = max([max(_arriving(each), each.capacity) for each in hours] or [1.0]) or 1.0
    height = Axis(high=most).at
    return LoadView(
        most=_cases(most),
        width=round(100 / max(len(hours), 1), 3),
        bars=tuple(
            HourBar(
                hour=f"{each.hour:02d}",
                unknowns=height(each.unknowns or 0.0),
                audits=height(each.audits or 0.0),
                capacity=height(each.capacity),
                is_over=_arriving(each) > each.capacity,
            )
            for each in hours
        ),
        rows=tuple(
            HourRow(
                hour=f"{each.hour:02d}:00",
                unknowns=_cases(each.unknowns),
                audits=_cases(each.audits),
                capacity=_cases(each.capacity),
            )
            for each in hours
        ),
    )


def _arriving(hour: HourOfDay) -> float:
    return (hour.unknowns or 0.0) + (hour.audits or 0.0)


def _cases(number: float | None) -> str:
    return known(number, lambda cases: formatting.count(round(cases, 1)))
