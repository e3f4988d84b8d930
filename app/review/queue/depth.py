"""Pending cases counted once by age, reason, priority and timeliness, and summed as required."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.review.case import CaseState
from app.review.queue.service_level import Priority, Timeliness
from app.triage.labels import Reason


class AgeBand(StrEnum):
    """How long a case has waited."""

    QUARTER = "quarter"
    HOUR = "hour"
    FOUR_HOURS = "four_hours"
    DAY = "day"
    LONGER = "longer"


#: Where each band ends, itself excluded; the last one does not end.
BAND_ENDS: dict[AgeBand, timedelta | None] = {
    AgeBand.QUARTER: timedelta(minutes=15),
    AgeBand.HOUR: timedelta(hours=1),
    AgeBand.FOUR_HOURS: timedelta(hours=4),
    AgeBand.DAY: timedelta(days=1),
    AgeBand.LONGER: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCell:
    """How many waiting cases are alike in everything that is counted."""

    state: CaseState
    #: None: why a person looks is kept back until the verdict.
    reason: Reason | None
    age: AgeBand
    priority: Priority
    timeliness: Timeliness
    cases: int
    #: Of which wait for the customer: nobody can be given them now.
    awaiting_customer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What waits."""

    cells: tuple[DepthCell, ...]
    oldest_opened_at: datetime | None

    @property
    def awaiting_customer(self) -> int:
        """How many of them wait for the customer."""
        return sum(cell.awaiting_customer for cell in self.cells)

    @property
    def reasons(self) -> tuple[Reason | None, ...]:
        """Why cases wait, the commonest cause first; None among them: it is kept back."""
        counted = {reason: self.total(reasons=(reason,)) for reason in {cell.reason for cell in self.cells}}
        return tuple(sorted(counted, key=lambda reason: (-counted[reason], reason or "")))

    def total(
        self,
        *,
        state: CaseState | None = None,
        reasons: Iterable[Reason | None] | None = None,
        age: AgeBand | None = None,
        priority: Priority | None = None,
        timeliness: Timeliness | None = None,
    ) -> int:
        """Return how many cases wait that are like this."""
        among = None if reasons is None else frozenset(reasons)
        return sum(
            cell.cases
            for cell in self.cells
            if state in {None, cell.state}
            and (among is None or cell.reason in among)
            and age in {None, cell.age}
            and priority in {None, cell.priority}
            and timeliness in {None, cell.timeliness}
        )
