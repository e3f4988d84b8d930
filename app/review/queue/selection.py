"""Cases chosen from a list: what was seen of each, and why one cannot be acted on as it was seen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.review.case import Case
from app.review.groups.grouping import Group
from app.review.keeping.hold import Hold, hold_of
from app.review.timeline import Event

#: As many as a page of the queue shows.
MOST_CHOSEN: Final = 50
_WRITTEN = re.compile(r"([1-9][0-9]{0,18})-([1-9][0-9]{0,18})-(free|mine|held|kept)")


class Seen(StrEnum):
    """Whose a case was when a list showed it."""

    FREE = "free"
    MINE = "mine"
    HELD = "held"
    KEPT = "kept"

    @classmethod
    def of(cls, hold: Hold, *, holder_id: int | None, account_id: int, now: datetime) -> "Seen":
        """Return whose a case is for this account now."""
        if hold.lease_expires_at is not None and hold.lease_expires_at > now:
            return cls.MINE if holder_id == account_id else cls.HELD
        return cls.KEPT if hold.is_kept_from(account_id, now) else cls.FREE


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
    """Why a chosen case cannot be acted on; nothing more of it is revealed."""

    GONE = "gone"
    DECIDED = "decided"
    ESCALATED = "escalated"
    TAKEN = "taken"
    KEPT = "kept"
    MINE = "mine"
    SCORED_ANEW = "scored_anew"
    NOT_MINE = "not_mine"
    NO_LONGER_MINE = "no_longer_mine"
    APART = "apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCase:
    """A chosen case that cannot be acted on, and what happened to it last, where that is why."""

    case_id: int
    refusal: Refusal
    last: Event | None = None


class SelectionStale(Exception):
    """Not all of the cases you chose are as you saw them, or fit together: nothing was done."""

    def __init__(self, refused: Iterable[RefusedCase], *, fits: Group | None = None) -> None:
        """Say which, and into which group the others fit."""
        super().__init__()
        self.refused = tuple(refused)
        self.fits = fits


def seen_now(case: Case, *, account_id: int, now: datetime) -> Seen:
    """Return whose a case is for this account now."""
    holder_id = case.lease.holder_id if case.lease is not None else None
    return Seen.of(hold_of(case), holder_id=holder_id, account_id=account_id, now=now)


_IN_NO_GROUP: Final = {Seen.HELD: Refusal.TAKEN, Seen.KEPT: Refusal.KEPT, Seen.MINE: Refusal.MINE}


def judging_refusal(case: Case | None, row: SeenRow, *, account_id: int, now: datetime) -> Refusal | None:
    """Return why a case cannot be judged with others as somebody saw it; None: it stands so.

    Whether it belongs to them is another question, and answered by the groups there are.
    """
    if case is None or case.not_for == account_id:
        return Refusal.GONE
    if case.is_over:
        return Refusal.DECIDED
    if case.is_escalated:
        return Refusal.ESCALATED
    seen = seen_now(case, account_id=account_id, now=now)
    if seen in _IN_NO_GROUP:
        return _IN_NO_GROUP[seen]
    # Groups hold what is for all: a case kept for oneself is judged by itself.
    if hold_of(case).is_kept(now):
        return Refusal.KEPT
    return None if case.decision_id == row.decision_id else Refusal.SCORED_ANEW


def release_refusal(case: Case | None, row: SeenRow, *, account_id: int, now: datetime) -> Refusal | None:
    """Return why a case cannot go back to the queue by this account's word; None: it can, or just did.

    Only what somebody holds is theirs to give back: what a colleague holds, supervisors release one by one
    and for a reason.
    """
    if case is None:
        return Refusal.GONE
    if case.is_over:
        return Refusal.DECIDED
    if seen_now(case, account_id=account_id, now=now) is Seen.MINE:
        return None if case.decision_id == row.decision_id else Refusal.SCORED_ANEW
    if row.seen is not Seen.MINE:
        return Refusal.NOT_MINE
    return None if is_released(case, account_id=account_id) else Refusal.NO_LONGER_MINE


def is_released(case: Case, *, account_id: int) -> bool:
    """Whether this account was the last to give the case back, and nobody has had it since."""
    return case.lease is None and case.released_by == account_id
