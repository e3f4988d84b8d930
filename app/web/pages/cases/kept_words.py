"""For whom a case is kept, and until when, in words; and where that is changed."""

from datetime import datetime

from app.database.cases.queue import QueuedCase
from app.review.access.people import Ability, Account
from app.review.case import CaseState
from app.web.pages import formatting

LIVE = frozenset({CaseState.OPEN, CaseState.ESCALATED})


def kept_words(waiting: QueuedCase, account_id: int, now: datetime) -> str:
    """Return until when a case waits and whose it is; empty where neither is so."""
    parts = []
    if waiting.waits_until is not None and waiting.waits_until > now:
        parts.append(f"awaiting customer until {formatting.moment(waiting.waits_until)}")
    if waiting.assigned_to == account_id:
        parts.append(f"assigned to you by {waiting.assigned_by}: {waiting.assigned_because}")
    elif waiting.assigned_to is not None:
        parts.append(f"assigned to {waiting.assignee}")
    return "; ".join(parts)


def assign_address(case_id: int | None, account: Account, state: CaseState | None) -> str:
    """Return where this reader says whose a case is; empty where they do not, or it is over."""
    if case_id is None or state not in LIVE or not account.may(Ability.ASSIGN_CASES):
        return ""
    return f"/cases/{case_id}/assign"
