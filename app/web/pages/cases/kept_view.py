"""For whom a case is kept, and until when, in words; and where that is changed."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.review.access.people import Ability, Account
from app.review.case import Case, CaseState, may_judge
from app.review.keeping.assignment import Assignment
from app.review.keeping.hold import hold_of
from app.review.timeline import Event, newest_wait
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.review.timeline import words_of

LIVE = frozenset({CaseState.OPEN, CaseState.ESCALATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """Whose a case is, and for what it waits; what is not so is empty, and None are words kept back."""

    assigned: str
    assigned_because: str | None
    #: Whoever reads it may give it back.
    is_mine: bool
    awaits: str
    awaits_because: str | None
    #: Where it is brought back before its moment; empty: the reader may not.
    bring_back_address: str

    @property
    def is_kept(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.assigned or self.awaits)


def kept_view(
    case: Case, assignment: Assignment | None, events: Iterable[Event], *, account: Account, now: datetime
) -> KeptView:
    """Return what keeps a case, for this reader; for what it waits is told by what happened to it."""
    wait = newest_wait(events)
    is_mine = assignment is not None and assignment.assignee_id == account.id
    waits = wait is not None and hold_of(case).waits(now)
    may_bring_back = waits and may_judge(account, case.state)
    return KeptView(
        assigned=_assigned(assignment, is_mine=is_mine) if assignment is not None else "",
        assigned_because=assignment.reason if assignment is not None else "",
        is_mine=is_mine and case.state in LIVE,
        awaits=_awaits(wait) if waits and wait is not None else "",
        awaits_because=words_of(wait) if waits else "",
        bring_back_address=f"/cases/{case.id}/bring-back" if may_bring_back else "",
    )


def _assigned(assignment: Assignment, *, is_mine: bool) -> str:
    since = formatting.moment(assignment.assigned_at)
    if is_mine:
        return worded("Assigned to you by %(by)s, %(since)s", by=assignment.by, since=since)
    return worded(
        "Assigned to %(assignee)s by %(by)s, %(since)s",
        assignee=assignment.assignee,
        by=assignment.by,
        since=since,
    )


def _awaits(wait: Event) -> str:
    until = formatting.moment(wait.until) if wait.until is not None else ""
    return worded("Awaiting the customer until %(until)s, says %(who)s", until=until, who=wait.who)


class KeptCase(Protocol):
    """A case of a list, and what keeps it."""

    @property
    def waits_until(self) -> datetime | None:
        """It waits for the customer, unless that is past."""

    @property
    def assigned_to(self) -> int | None:
        """Whose it is by an assignment."""

    @property
    def assignee(self) -> str | None:
        """Their name."""

    @property
    def assigned_by(self) -> str | None:
        """Who assigned it."""


def kept_words(waiting: KeptCase, account_id: int, now: datetime, *, because: str | None = None) -> str:
    """Return until when a case of a list waits and whose it is; empty where neither is so."""
    parts = []
    if waiting.waits_until is not None and waiting.waits_until > now:
        parts.append(
            worded(
                "awaiting customer until %(waits_until)s", waits_until=formatting.moment(waiting.waits_until)
            )
        )
    if waiting.assigned_to == account_id:
        parts.append(
            worded(
                "assigned to you by %(assigned_by)s: %(assigned_because)s",
                assigned_by=waiting.assigned_by,
                assigned_because=because,
            )
            if because is not None
            else worded("assigned to you by %(assigned_by)s", assigned_by=waiting.assigned_by)
        )
    elif waiting.assigned_to is not None:
        parts.append(worded("assigned to %(assignee)s", assignee=waiting.assignee))
    return "; ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWays:
    """What a reader may do with a case from where it is listed; what they may not is empty."""

    take_address: str = ""
    assign_address: str = ""


#: For whoever may do nothing with it.
NO_WAYS = CaseWays()


def case_ways(
    case_id: int | None, state: CaseState | None, account: Account, takeable: Container[int]
) -> CaseWays:
    """Return what this reader may do with a case; `takeable` holds those they may ask for."""
    return CaseWays(
        take_address=f"/cases/{case_id}/take" if case_id is not None and case_id in takeable else "",
        assign_address=assign_address(case_id, account, state),
    )


def assign_address(case_id: int | None, account: Account, state: CaseState | None) -> str:
    """Return where this reader says whose a case is; empty where they do not, or it is over."""
    if case_id is None or state not in LIVE or not account.may(Ability.ASSIGN_CASES):
        return ""
    return f"/cases/{case_id}/assign"
