"""The floor as files: its numbers, and any of its lists."""

from collections.abc import AsyncIterator, Iterator

from app.database.operations.case_lists import ListedCase, Wanted
from app.review.access.people import Account
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, Timeliness
from app.web.pages.csv_cells import Cell, heading, line, rounded
from app.web.pages.operations.query import cause_of
from app.workflows.operations.case_lists import Supervising
from app.workflows.operations.queue_monitor import Floor

NUMBERS = ("part", "of", "measure", "value")
CASES = (
    "case", "transaction_id", "client", "amount", "currency", "state", "cause", "priority", "timeliness",
    "opened_at", "due_at", "closed_at", "holder", "held_until",
)  # fmt: skip


def floor_lines(floor: Floor) -> Iterator[str]:
    """Return the floor's numbers, one a line."""
    yield heading(NUMBERS)
    yield line(("floor", "now", "at", floor.at))
    for part in (_depth, _levels, _flow, _forecast, _people):
        for cells in part(floor):
            yield line(cells)


async def case_lines(supervising: Supervising, account: Account, wanted: Wanted) -> AsyncIterator[str]:
    """Return a whole list, a case a line."""
    yield heading(CASES)
    async for found in supervising.all_cases(account, wanted):
        yield "".join(line(_cells(each)) for each in found)


def _cells(each: ListedCase) -> tuple[Cell, ...]:
    return (
        each.case_id,
        each.transaction_id,
        each.client,
        each.amount,
        each.currency,
        each.state,
        cause_of(each.reason),
        each.priority,
        each.timeliness,
        each.opened_at,
        each.due_at,
        each.closed_at,
        each.holder,
        each.held_until,
    )


def _depth(floor: Floor) -> Iterator[tuple[Cell, ...]]:
    for cause in dict.fromkeys(cause_of(reason) for reason in floor.depth.reasons):
        reasons = [reason for reason in floor.depth.reasons if cause_of(reason) == cause]
        for age in AgeBand:
            yield "depth", cause, age, floor.depth.total(reasons=reasons, age=age)


def _levels(floor: Floor) -> Iterator[tuple[Cell, ...]]:
    for priority in Priority:
        for timeliness in Timeliness:
            number = floor.depth.total(priority=priority, timeliness=timeliness)
            yield "service_levels", priority, timeliness, number


def _flow(floor: Floor) -> Iterator[tuple[Cell, ...]]:
    for each in floor.flow:
        hour = each.begins_at
        yield "flow", hour, "opened", each.opened
        yield "flow", hour, "judged", each.judged
        yield "flow", hour, "closed", each.closed


def _forecast(floor: Floor) -> Iterator[tuple[Cell, ...]]:
    for each in floor.forecast:
        hour = each.ends_at
        for measure in ("arrivals", "capacity", "backlog", "low", "high"):
            yield "forecast", hour, measure, rounded(getattr(each, measure), 1)


def _people(floor: Floor) -> Iterator[tuple[Cell, ...]]:
    for hold in floor.holds:
        yield "held", hold.holder, hold.case_id, hold.expires_at
    for pace in floor.paces:
        yield "judged_last_hour", pace.name, "cases", pace.cases
        if pace.median_seconds is not None:
            yield "judged_last_hour", pace.name, "median_seconds", rounded(pace.median_seconds, 1)
