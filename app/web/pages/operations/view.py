"""The operations page: each number with the address of the cases behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.review.case import CaseState
from app.review.queue.depth import AgeBand, Depth
from app.review.queue.forecast import Arrivals
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness
from app.triage.labels import Reason
from app.triage.staffing import Staffing
from app.web.languages.sentences import capital, marked, worded
from app.web.pages import formatting
from app.web.pages.operations.charts import FlowView, ForecastView, flow_view, forecast_view
from app.web.pages.operations.people import PersonRow, people_at_work
from app.web.pages.operations.query import AGES, TIMES, address, cause_name, cause_of
from app.workflows.operations.queue_monitor import PERIOD_SECONDS, OperationsSnapshot

CHANCE = marked("Poisson chance, shaded 19 in 20")
#: Into so many steps of warmth the numbers of the table of depth are sorted.
WARMEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number at the top, and the list it opens."""

    id: str
    name: str
    number: str
    note: str
    tone: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number in a table; none where there is nothing to list."""

    number: str
    address: str
    warmth: int = 0
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """A row of numbers."""

    name: str
    note: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsView:
    """All of it."""

    at: str
    #: Set where what waits was counted noticeably earlier.
    counted: str
    figures: tuple[Figure, ...]
    ages: tuple[str, ...]
    causes: tuple[CellRow, ...]
    times: tuple[str, ...]
    levels: tuple[CellRow, ...]
    breached: int
    flow: FlowView
    forecast: ForecastView | None
    assumptions: tuple[str, ...]
    people: tuple[PersonRow, ...]
    may_release: bool


def operations_view(snapshot: OperationsSnapshot, *, may_release: bool) -> OperationsView:
    """Return the snapshot as the page shows it."""
    late = snapshot.at - snapshot.counted_at
    people = people_at_work(snapshot.holds, snapshot.paces, snapshot.at)
    return OperationsView(
        at=f"{snapshot.at:%H:%M:%S}",
        counted=formatting.ago(snapshot.counted_at, snapshot.at)
        if late.total_seconds() > 2 * PERIOD_SECONDS
        else "",
        figures=_figures(snapshot, len(people)),
        ages=tuple(AGES.values()),
        causes=_causes(snapshot.depth),
        times=tuple(TIMES.values()),
        levels=_levels(snapshot.depth, snapshot.levels),
        breached=snapshot.depth.total(timeliness=Timeliness.BREACHED),
        flow=flow_view(snapshot.flow, snapshot.forecast),
        forecast=forecast_view(snapshot.depth.total(), snapshot.forecast, snapshot.at_this_pace),
        assumptions=_assumptions(snapshot),
        people=people,
        may_release=may_release,
    )


def _figures(snapshot: OperationsSnapshot, at_work: int) -> tuple[Figure, ...]:
    depth = snapshot.depth
    breached = depth.total(timeliness=Timeliness.BREACHED)
    soon = depth.total(timeliness=Timeliness.DUE_SOON)
    return (
        _figure(
            "waiting",
            worded("pending"),
            depth.total(),
            address(),
            note=_pending_note(snapshot),
        ),
        _figure(
            "breached",
            worded("breached"),
            breached,
            address(service=Timeliness.BREACHED),
            note=worded("past their service level"),
            tone="fraud" if breached else "",
        ),
        _figure(
            "due-soon",
            worded("due soon"),
            soon,
            address(service=Timeliness.DUE_SOON),
            note=worded(
                "%(share)s of the time is used", share=formatting.percent(snapshot.levels.warning_share)
            ),
            tone="unknown" if soon else "",
        ),
        _figure(
            "escalated",
            worded("escalated"),
            depth.total(state=CaseState.ESCALATED),
            address(state=CaseState.ESCALATED),
            note=worded("for a senior colleague"),
        ),
        _figure(
            "at-work",
            worded("at work"),
            at_work,
            "#people",
            note=worded("%(cases)s reserved", cases=formatting.plural(len(snapshot.holds), "case", "cases")),
        ),
        _figure(
            "judged",
            worded("decided in the last hour"),
            sum(each.cases for each in snapshot.paces),
            "#people",
            note=worded("by all of them"),
        ),
    )


def _pending_note(snapshot: OperationsSnapshot) -> str:
    oldest, awaiting = snapshot.depth.oldest_opened_at, snapshot.depth.awaiting_customer
    if oldest is None:
        return ""
    since = worded("the oldest for %(at)s", at=formatting.duration(snapshot.at - oldest))
    return (
        worded("%(since)s, %(awaiting)s await the customer", since=since, awaiting=formatting.count(awaiting))
        if awaiting
        else since
    )


def _figure(key: str, name: str, number: int, opens: str, *, note: str, tone: str = "") -> Figure:
    return Figure(id=key, name=name, number=formatting.count(number), note=note, tone=tone, address=opens)


def _causes(depth: Depth) -> tuple[CellRow, ...]:
    """Return depth by cause and age; the last row is of all causes."""
    by_cause: dict[str, list[Reason | None]] = {}
    for reason in depth.reasons:
        by_cause.setdefault(cause_of(reason), []).append(reason)
    most = max((cell.cases for cell in depth.cells), default=0)
    rows = [
        CellRow(
            name=cause_name(cause),
            note="",
            cells=(
                *(_aged(depth, age, reasons, cause, most) for age in AgeBand),
                _cell(depth.total(reasons=reasons), address(cause=cause)),
            ),
        )
        for cause, reasons in by_cause.items()
    ]
    ages = (_cell(depth.total(age=age), address(age=age)) for age in AgeBand)
    return (*rows, CellRow(name=worded("All"), note="", cells=(*ages, _cell(depth.total(), address()))))


def _aged(depth: Depth, age: AgeBand, reasons: Sequence[Reason | None], cause: str, most: int) -> Cell:
    number = depth.total(age=age, reasons=reasons)
    warmth = 0 if not number else min(WARMEST, 1 + WARMEST * number // max(most + 1, 1))
    return _cell(number, address(cause=cause, age=age), warmth=warmth)


def _levels(depth: Depth, levels: ServiceLevels) -> tuple[CellRow, ...]:
    began = {
        Priority.URGENT: worded(
            "from %(urgent_from)s at stake", urgent_from=formatting.count(levels.urgent_from)
        ),
        Priority.HIGH: worded("from %(high_from)s", high_from=formatting.count(levels.high_from)),
        Priority.NORMAL: worded("all others"),
    }
    tones = {Timeliness.IN_TIME: "", Timeliness.DUE_SOON: "unknown", Timeliness.BREACHED: "fraud"}
    return tuple(
        CellRow(
            name=f"{capital(worded(priority.value))}, {formatting.duration(levels.time(priority))}",
            note=began[priority],
            cells=tuple(
                _cell(
                    depth.total(priority=priority, timeliness=timeliness),
                    address(priority=priority, service=timeliness),
                    tone=tones[timeliness],
                )
                for timeliness in Timeliness
            ),
        )
        for priority in Priority
    )


def _cell(number: int, opens: str, *, warmth: int = 0, tone: str = "") -> Cell:
    return Cell(
        number=formatting.count(number), address=opens if number else "", warmth=warmth,
        tone=tone if number else "",
    )  # fmt: skip


def _assumptions(snapshot: OperationsSnapshot) -> tuple[str, ...]:
    """Return what the forecast takes for granted."""
    if not snapshot.forecast:
        return (worded("There is no forecast yet: less than an hour lies behind."),)
    arrivals, judged = snapshot.arrivals, sum(each.cases for each in snapshot.paces)
    return (
        worded(
            "Arrivals as in the last %(days)s %(arrivals)s, with %(chance)s.",
            days=_days(arrivals.days),
            arrivals=_spread(arrivals),
            chance=CHANCE,
        ),
        worded("Line: %(staffing)s (active policy).", staffing=_staffed(snapshot.staffing)),
        worded("Dashed: the last hour's pace, %(judged)s an hour, goes on.", judged=formatting.count(judged)),
    )


def _spread(arrivals: Arrivals) -> str:
    """Say how they are spread: an hour of the day nobody saw is taken to be like all the others."""
    return worded("by hour of the day") if min(arrivals.hours) >= 1 else worded("spread evenly over the day")


def _staffed(staffing: Staffing) -> str:
    people = formatting.plural(staffing.analysts, "person", "people")
    return worded(
        "%(people)s, %(opens_hour)s:00 to %(closes_hour)s:00 UTC, %(reviews_per_open_hour)s an hour",
        people=people,
        opens_hour=staffing.opens_hour,
        closes_hour=staffing.closes_hour,
        reviews_per_open_hour=formatting.count(staffing.reviews_per_open_hour),
    )


def _days(days: float) -> str:
    return formatting.duration(timedelta(days=round(days)) if days >= 1 else timedelta(days=days))
