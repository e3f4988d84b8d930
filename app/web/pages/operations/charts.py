"""Charts of the operations page: cases opened and closed by the hour, and the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.operations.queue_figures import FlowHour
from app.review.queue.forecast import ForecastHour
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis, Tick
from app.web.pages.operations.query import address


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBar:
    """An hour in the picture: places in percent of its width, heights in percent of its height."""

    x: float
    label: str
    opened: float
    judged: float
    closed: float
    capacity: float
    is_to_come: bool
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRow:
    """An hour in the table; each number opens its list."""

    hour: str
    opened: str
    opened_address: str
    ended: str
    ended_address: str
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """Inflow against outflow; `most` is what the top of the picture stands for."""

    most: str
    width: float
    bars: tuple[FlowBar, ...]
    rows: tuple[FlowRow, ...]
    opened: str
    ended: str
    #: Where the hours to come begin, in percent; 100: there are none.
    now_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRow:
    """An hour to come, in the table."""

    until: str
    arrivals: str
    capacity: str
    backlog: str
    range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """What will wait; points are in percent of the picture, from now to the last hour."""

    most: str
    line: str
    band: str
    pace_line: str
    ticks: tuple[Tick, ...]
    rows: tuple[ForecastRow, ...]
    summary: str


def flow_view(past: Sequence[FlowHour], to_come: Sequence[ForecastHour]) -> FlowView:
    """Return the last hours beside the next ones; the running hour is shown as far as it went."""
    after = to_come[1:]
    most = max(
        [
            *(max(each.opened, each.judged + each.closed) for each in past),
            *(max(each.arrivals, each.capacity) for each in after),
            1,
        ]
    )
    width = 100 / (len(past) + len(after))
    bars = [_bar(each, step * width, most) for step, each in enumerate(past)]
    bars += [_bar_to_come(each, (len(past) + step) * width, most) for step, each in enumerate(after)]
    return FlowView(
        most=formatting.count(round(most, 1)),
        width=round(width, 3),
        bars=tuple(bars),
        rows=tuple(_flow_row(each) for each in reversed(past)),
        opened=formatting.count(sum(each.opened for each in past)),
        ended=formatting.count(sum(each.judged + each.closed for each in past)),
        now_at=round(len(past) * width, 3),
    )


def forecast_view(
    waiting: int, hours: Sequence[ForecastHour], at_this_pace: Sequence[ForecastHour]
) -> ForecastView | None:
    """Return the picture of what will wait; None where too little is known to say."""
    if not hours:
        return None
    paced = [float(waiting), *(each.backlog for each in at_this_pace)]
    likely = [float(waiting), *(each.backlog for each in hours)]
    lows = [float(waiting), *(each.low for each in hours)]
    highs = [float(waiting), *(each.high for each in hours)]
    most = max(*highs, *paced, 1.0)
    return ForecastView(
        most=formatting.count(round(most)),
        line=_points(likely, most),
        band=f"{_points(highs, most)} {_points(lows, most, backwards=True)}",
        pace_line=_points(paced, most),
        ticks=tuple(
            Tick(at=Axis(high=len(hours)).at(step + 1), label=formatting.utc_clock(each.ends_at))
            for step, each in enumerate(hours)
            if step % 3 == 2
        ),
        rows=tuple(_forecast_row(each) for each in hours),
        summary=_summary(hours),
    )


def _summary(hours: Sequence[ForecastHour]) -> str:
    """Return when nothing should wait any more, else what should wait in the end."""
    cleared = next((each for each in hours if round(each.high) == 0), None)
    if cleared is not None:
        return worded("By %(ends_at)s nothing should wait.", ends_at=formatting.utc_clock(cleared.ends_at))
    last = hours[-1]
    return worded(
        "At %(ends_at)s about %(backlog)s should wait, between %(low)s and %(high)s.",
        ends_at=formatting.utc_clock(last.ends_at),
        backlog=formatting.count(round(last.backlog)),
        low=formatting.count(round(last.low)),
        high=formatting.count(round(last.high)),
    )


def _bar(each: FlowHour, x: float, most: float) -> FlowBar:
    return FlowBar(
        x=round(x, 3),
        label=f"{each.begins_at:%H}",
        opened=_height(each.opened, most),
        judged=_height(each.judged, most),
        closed=_height(each.closed, most),
        capacity=0.0,
        is_to_come=False,
        is_over=False,
    )


def _bar_to_come(each: ForecastHour, x: float, most: float) -> FlowBar:
    return FlowBar(
        x=round(x, 3),
        label=f"{each.begins_at:%H}",
        opened=_height(each.arrivals, most),
        judged=0.0,
        closed=0.0,
        capacity=_height(each.capacity, most),
        is_to_come=True,
        is_over=each.arrivals > each.capacity,
    )


def _flow_row(each: FlowHour) -> FlowRow:
    return FlowRow(
        hour=formatting.utc_clock(each.begins_at),
        opened=formatting.count(each.opened),
        opened_address=address(opened=each.begins_at),
        ended=formatting.count(each.judged + each.closed),
        ended_address=address(ended=each.begins_at),
        closed=formatting.count(each.closed) if each.closed else "",
    )


def _forecast_row(each: ForecastHour) -> ForecastRow:
    return ForecastRow(
        until=formatting.utc_clock(each.ends_at),
        arrivals=formatting.count(round(each.arrivals, 1)),
        capacity=formatting.count(round(each.capacity, 1)),
        backlog=formatting.count(round(each.backlog)),
        range=worded(
            "%(low)s to %(high)s",
            low=formatting.count(round(each.low)),
            high=formatting.count(round(each.high)),
        ),
    )


def _height(number: float, most: float) -> float:
    return Axis(high=most).at(number)


def _points(numbers: Sequence[float], most: float, *, backwards: bool = False) -> str:
    step, height = 100 / (len(numbers) - 1), Axis(high=most)
    points = [
        f"{place * step:.2f},{100 - height.share(number) * 100:.2f}" for place, number in enumerate(numbers)
    ]
    return " ".join(reversed(points) if backwards else points)
