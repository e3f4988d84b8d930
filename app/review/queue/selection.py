"""Cases chosen from a list: what was seen of each, and why one cannot be acted on as it was seen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.review.case import Case, CaseState, Hold

#: As many as a page of the queue shows.
MOST_CHOSEN: Final = 50
_WRITTEN = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})-(free|mine|held|offered)")


class Seen(StrEnum):
    """Whose a case was when a list showed it."""

    FREE = "free"
    MINE = "mine"
    HELD = "held"
    OFFERED = "offered"

    @classmethod
    def of(cls, hold: Hold, *, holder_id: int | None, account_id: int, now: datetime) -> "Seen":
        """Return whose a case is for this account now."""
        if hold.lease_expires_at is not None and hold.lease_expires_at > now:
            return cls.MINE if holder_id == account_id else cls.HELD
        is_offered = hold.offered_until is not None and hold.offered_until > now
        return cls.OFFERED if is_offered and hold.offered_to != account_id else cls.FREE


class SelectionRefused(ValueError):
    """Choose at least one case of the list, and no more than fifty at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    """A row that was chosen: the case, the decision and whose it was, as the list showed them."""

    case_id: int
    decision_id: int
    seen: Seen

    @property
    def written(self) -> str:
        """Return it as a form sends it: `412-977-free`."""
        return f"{self.case_id}-{self.decision_id}-{self.seen.value}"


def read_rows(written: Iterable[str]) -> dict[int, SeenRow]:
    """Return the chosen rows by case, in the order of their numbers; raises `SelectionRefused`.

    What is written otherwise than a list writes it was chosen from none.
    """
    found = {}
    for each in written:
        row = _WRITTEN.fullmatch(each)
        if row is None:
            raise SelectionRefused
        found[int(row[1])] = SeenRow(case_id=int(row[1]), decision_id=int(row[2]), seen=Seen(row[3]))
    if not 1 <= len(found) <= MOST_CHOSEN:
        raise SelectionRefused
    return dict(sorted(found.items()))


class Refusal(StrEnum):
    """Why a chosen case cannot be acted on."""

    GONE = "gone"
    DECIDED = "decided"
    ESCALATED = "escalated"
    TAKEN = "taken"
    OFFERED = "offered"
    SCORED_ANEW = "scored_anew"
    NOT_MINE = "not_mine"
    NO_LONGER_MINE = "no_longer_mine"
    BLIND_OR_ALONE = "blind_or_alone"


def release_refusal(case: Case | None, row: SeenRow, *, account_id: int, now: datetime) -> Refusal | None:
    """Return why a case cannot go back to the queue by this account's word; None: it can.

    Only what somebody holds is theirs to give back: what a colleague holds, supervisors take back one by one
    and for a reason.
    """
    if case is None:
        return Refusal.GONE
    if case.is_over:
        return Refusal.DECIDED
    is_mine = case.lease is not None and case.lease.holder_id == account_id and case.lease.expires_at > now
    if not is_mine:
        return Refusal.NO_LONGER_MINE if row.seen is Seen.MINE else Refusal.NOT_MINE
    return None if case.decision_id == row.decision_id else Refusal.SCORED_ANEW


def is_stale(case: Case, row: SeenRow, *, account_id: int, now: datetime) -> bool:
    """Whether a case stands otherwise than the list showed it to this account."""
    hold = Hold(
        lease_expires_at=case.lease.expires_at if case.lease is not None else None,
        is_reserved=case.is_reserved,
        offered_to=case.offered_to,
        offered_until=case.offered_until,
    )
    holder_id = case.lease.holder_id if case.lease is not None else None
    seen = Seen.of(hold, holder_id=holder_id, account_id=account_id, now=now)
    return (
        case.state not in {CaseState.OPEN, CaseState.ESCALATED}
        or case.decision_id != row.decision_id
        or seen is not row.seen
    )
