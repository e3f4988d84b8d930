"""Where a case is just now, as somebody is told who had to do with it."""

from datetime import datetime
from enum import StrEnum

from app.review.case import CaseState
from app.review.keeping.hold import Hold


class Whereabouts(StrEnum):
    """With whom a case is: `yours`, a colleague's, anybody's, nobody's while it waits; or `over`."""

    YOURS = "yours"
    COLLEAGUES = "colleagues"
    FREE = "free"
    AWAITS = "awaits"
    OVER = "over"


def whereabouts(
    state: CaseState, hold: Hold, *, holder_id: int | None, account_id: int, now: datetime
) -> Whereabouts:
    """Return where a case is for this account: what it holds, has ready, or is kept for it, is its own."""
    if state not in {CaseState.OPEN, CaseState.ESCALATED}:
        return Whereabouts.OVER
    if hold.lease_expires_at is not None and hold.lease_expires_at > now:
        return Whereabouts.YOURS if holder_id == account_id else Whereabouts.COLLEAGUES
    if hold.waits(now):
        return Whereabouts.AWAITS
    if hold.is_kept_from(account_id, now):
        return Whereabouts.COLLEAGUES
    is_assigned = hold.assigned_to == account_id
    return Whereabouts.YOURS if is_assigned or hold.is_kept(now) else Whereabouts.FREE
