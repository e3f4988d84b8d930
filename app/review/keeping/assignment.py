"""Assignments: a case that a senior colleague gives to one person, until it is decided or taken from them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.review.access.people import Account
from app.review.case import Case, CaseAlreadyJudged, ColleagueUnknown, may_judge

#: So long nobody else is given an assigned case, from the assignment or from the return of its wait. Beyond
#: it the case still comes to its assignee before all else, and to everybody else as well: no payment waits
#: for somebody who is ill.
KEPT_FOR = timedelta(hours=24)


class AssignmentEnd(StrEnum):
    """How an assignment ended; `lapsed`: beyond its time somebody else was given the case."""

    LIFTED = "lifted"
    REASSIGNED = "reassigned"
    GIVEN_BACK = "given_back"
    LAPSED = "lapsed"
    DECIDED = "decided"
    CLOSED = "closed"
    ACCESS_ENDED = "access_ended"


class AssignmentChanged(Exception):
    """Somebody else assigned this case, or ended its assignment, since you looked: look at it again."""


class CaseLookedAt(Exception):
    """A colleague looks at this case just now: wait, or release it from them first."""


class NotAssigned(Exception):
    """This case is not assigned to you any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """That a case is somebody's, by whom, since when and why."""

    id: int
    case_id: int
    assignee_id: int
    assignee: str
    by_id: int
    by: str
    #: None: kept from the reader for now.
    reason: str | None
    assigned_at: datetime


def unexplained(assignment: Assignment, account: Account) -> Assignment:
    """Return the assignment without its reason, unless this account gave it."""
    return assignment if assignment.by_id == account.id else replace(assignment, reason=None)


def assigned(case: Case, *, to: Account, by: Account, now: datetime) -> Case:
    """Return the case as somebody's: kept for them from now, or from the return of its wait.

    Whoever it is assigned to keeps their lease. One of whoever assigns it ends, and so does a reservation
    that nobody looked at. An offer ends, too: one case cannot be kept for two.

    Raises `CaseAlreadyJudged`, `ColleagueUnknown` for a role that may not judge it, and `CaseLookedAt`.
    """
    if case.is_over:
        raise CaseAlreadyJudged
    if not may_judge(to, case.state):
        raise ColleagueUnknown
    if case.lease is not None and case.lease.holder_id != to.id:
        if not (case.is_free(now) or case.is_reserved or case.lease.holder_id == by.id):
            raise CaseLookedAt
        case = replace(case, lease=None, is_reserved=False, shown_at=None)
    return replace(
        case, offered_to=None, offered_until=None, assigned_to=to.id, assigned_until=kept_until(case, now)
    )


def kept_until(case: Case, now: datetime) -> datetime:
    """Return until when a case that is assigned now is given to nobody else."""
    returns_at = case.waits_until if case.waits_until is not None else now
    return max(now, returns_at) + KEPT_FOR


def unassigned(case: Case) -> Case:
    """Return the case as nobody's."""
    return replace(case, assigned_to=None, assigned_until=None)
