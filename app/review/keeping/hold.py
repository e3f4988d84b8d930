"""What keeps a case from somebody: a lease, an offer, an assignment, or a wait for the customer."""

from dataclasses import dataclass
from datetime import datetime

from app.review.access.people import Account
from app.review.case import Case, CaseState, may_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who has a case, and for whom and until when it is kept."""

    lease_expires_at: datetime | None
    #: Its holder has it ready, and has not looked at it yet.
    is_reserved: bool
    offered_to: int | None
    offered_until: datetime | None
    #: Whose it is by an assignment, and until when nobody else is given it.
    assigned_to: int | None = None
    assigned_until: datetime | None = None
    #: Until when nobody is given it.
    waits_until: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Whether it waits for the customer."""
        return self.waits_until is not None and self.waits_until > now

    def is_kept(self, now: datetime) -> bool:
        """Whether it waits, or is kept for somebody, whoever that is."""
        moments = (self.waits_until, self.offered_until, self.assigned_until)
        return any(each is not None and each > now for each in moments)

    def is_kept_from(self, account_id: int, now: datetime) -> bool:
        """Whether it waits, or is kept for somebody else than this account."""
        is_offered = self.offered_until is not None and self.offered_until > now
        is_assigned = self.assigned_until is not None and self.assigned_until > now
        return (
            self.waits(now)
            or (is_offered and self.offered_to != account_id)
            or (is_assigned and self.assigned_to != account_id)
        )

    def lets_take(self, account: Account, state: CaseState, now: datetime) -> bool:
        """Whether an account may ask for the case, which stands in this state."""
        if state not in {CaseState.OPEN, CaseState.ESCALATED}:
            return False
        is_held = self.lease_expires_at is not None and self.lease_expires_at > now
        return (
            may_judge(account, state)
            and (self.is_reserved or not is_held)
            and not self.is_kept_from(account.id, now)
        )


def hold_of(case: Case) -> Hold:
    """Return what keeps this case."""
    return Hold(
        lease_expires_at=case.lease.expires_at if case.lease is not None else None,
        is_reserved=case.is_reserved,
        offered_to=case.offered_to,
        offered_until=case.offered_until,
        assigned_to=case.assigned_to,
        assigned_until=case.assigned_until,
        waits_until=case.waits_until,
    )
