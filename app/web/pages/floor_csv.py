"""The floor as files: its numbers, and any of its lists."""

from collections.abc import AsyncIterator, Iterator

from app.database.floor_cases import ListedCase, Wanted
from app.review.people import Account
from app.review.queue_depth import AgeBand
from app.review.service_level import Priority, Timeliness
from app.web.pages.csv_text import line, safe
from app.web.pages.floor_query import cause_of
from app.workflows.floor_watch import Floor
from app.workflows.supervising import Supervising

NUMBERS = ("part", "of", "measure", "value")
CASES = (
    "case", "transaction_id", "client", "amount", "currency", "state", "cause", "priority", "timeliness",
    "opened_at", "due_at", "closed_at", "holder", "held_until",
)  # fmt: skip


def floor_lines(floor: Floor) -> Iterator[str]:
    """Return the floor's numbers, one a line."""
    yield line(NUMBERS)
    yield line(("floor", "now", "at", floor.at.isoformat()))
    for part in (_depth, _levels, _flow, _forecast, _people):
        for cells in part(floor):
            yield line(cells)


async def case_lines(supervising: Supervising, account: Account, wanted: Wanted) -> AsyncIterator[str]:
    """Return a whole list, a case a line."""
    yield line(CASES)
    async for found in supervising.all_cases(account, wanted):
        yield "".join(line(_cells(each)) for each in found)


def _cells(each: ListedCase) -> tuple[str, ...]:
    return (
        str(each.case_id),
        safe(each.transaction_id),
        safe(each.client),
        str(each.amount),
        each.currency,
        each.state,
        cause_of(each.reason),
        each.priority,
        each.timeliness or "",
        each.opened_at.isoformat(),
        each.due_at.isoformat(),
        each.closed_at.isoformat() if each.closed_at else "",
        safe(each.holder or ""),
        each.held_until.isoformat() if each.held_until else "",
    )


def _depth(floor: Floor) -> Iterator[tuple[str, ...]]:
    for cause in dict.fromkeys(cause_of(reason) for reason in floor.depth.reasons):
        reasons = [reason for reason in floor.depth.reasons if cause_of(reason) == cause]
        for age in AgeBand:
            yield "depth", cause, age, str(floor.depth.total(reasons=reasons, age=age))


def _levels(floor: Floor) -> Iterator[tuple[str, ...]]:
    for priority in Priority:
        for timeliness in Timeliness:
            number = floor.depth.total(priority=priority, timeliness=timeliness)
            yield "service_levels", priority, timeliness, str(number)


def _flow(floor: Floor) -> Iterator[tuple[str, ...]]:
    for each in floor.flow:
        hour = each.begins_at.isoformat()
        yield "flow", hour, "opened", str(each.opened)
        yield "flow", hour, "judged", str(each.judged)
        yield "flow", hour, "closed", str(each.closed)


def _forecast(floor: Floor) -> Iterator[tuple[str, ...]]:
    for each in floor.forecast:
        hour = each.ends_at.isoformat()
        for measure in ("arrivals", "capacity", "backlog", "low", "high"):
            yield "forecast", hour, measure, f"{getattr(each, measure):.1f}"


def _people(floor: Floor) -> Iterator[tuple[str, ...]]:
    for hold in floor.holds:
        yield "held", safe(hold.holder), str(hold.case_id), hold.expires_at.isoformat()
    for pace in floor.paces:
        yield "judged_last_hour", safe(pace.name), "cases", str(pace.cases)
        if pace.median_seconds is not None:
            yield "judged_last_hour", safe(pace.name), "median_seconds", f"{pace.median_seconds:.1f}"
