"""The operations page as CSV files: its numbers, and each of its lists."""

from collections.abc import AsyncIterator, Iterator

from app.database.operations.case_lists import CaseQuery, ListedCase
from app.review.access.people import Account
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, Timeliness
from app.web.pages.csv_cells import Cell, heading, line, rounded
from app.web.pages.operations.query import cause_of
from app.workflows.operations.case_lists import CaseLists
from app.workflows.operations.queue_monitor import OperationsSnapshot

NUMBERS = ("part", "of", "measure", "value")
CASES = (
    "case", "transaction_id", "client", "amount", "currency", "state", "cause", "priority", "timeliness",
    "opened_at", "due_at", "closed_at", "holder", "held_until",
)  # fmt: skip


def snapshot_lines(snapshot: OperationsSnapshot) -> Iterator[str]:
    """Return the numbers of the operations page, one a line."""
    yield heading(NUMBERS)
    yield line(("operations", "now", "at", snapshot.at))
    for part in (_depth, _levels, _flow, _forecast, _people):
        for cells in part(snapshot):
            yield line(cells)


async def case_lines(supervising: CaseLists, account: Account, wanted: CaseQuery) -> AsyncIterator[str]:
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


def _depth(snapshot: OperationsSnapshot) -> Iterator[tuple[Cell, ...]]:
    for cause in dict.fromkeys(cause_of(reason) for reason in snapshot.depth.reasons):
        reasons = [reason for reason in snapshot.depth.reasons if cause_of(reason) == cause]
        for age in AgeBand:
            yield "depth", cause, age, snapshot.depth.total(reasons=reasons, age=age)


def _levels(snapshot: OperationsSnapshot) -> Iterator[tuple[Cell, ...]]:
    for priority in Priority:
        for timeliness in Timeliness:
            number = snapshot.depth.total(priority=priority, timeliness=timeliness)
            yield "service_levels", priority, timeliness, number


def _flow(snapshot: OperationsSnapshot) -> Iterator[tuple[Cell, ...]]:
    for each in snapshot.flow:
        hour = each.begins_at
        yield "flow", hour, "opened", each.opened
        yield "flow", hour, "judged", each.judged
        yield "flow", hour, "closed", each.closed


def _forecast(snapshot: OperationsSnapshot) -> Iterator[tuple[Cell, ...]]:
    for each in snapshot.forecast:
        hour = each.ends_at
        for measure in ("arrivals", "capacity", "backlog", "low", "high"):
            yield "forecast", hour, measure, rounded(getattr(each, measure), 1)


def _people(snapshot: OperationsSnapshot) -> Iterator[tuple[Cell, ...]]:
    for hold in snapshot.holds:
        yield "held", hold.holder, hold.case_id, hold.expires_at
    for pace in snapshot.paces:
        yield "judged_last_hour", pace.name, "cases", pace.cases
        if pace.median_seconds is not None:
            yield "judged_last_hour", pace.name, "median_seconds", rounded(pace.median_seconds, 1)
