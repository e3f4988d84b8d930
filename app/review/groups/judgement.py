"""One verdict on many cases: its content, and whether each case is still as it was seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.review.case import Case, CaseState, NoteMissing, VerdictReason
from app.review.groups.grouping import MOST_IN_GROUP
from app.review.outcome import GroundTruth


class Change(StrEnum):
    """Why a case cannot be decided with its group; nothing more of it is revealed."""

    UNKNOWN = "unknown"
    JUDGED = "judged"
    ESCALATED = "escalated"
    HELD = "held"
    OFFERED = "offered"
    KEPT = "kept"
    SCORED_ANEW = "scored_anew"
    APART = "apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCase:
    """A case that is no longer as it was seen."""

    case_id: int
    change: Change


class GroupChanged(Exception):
    """Some of these cases are no longer as you saw them: nothing was decided."""

    def __init__(self, changes: Iterable[ChangedCase]) -> None:
        """Say which."""
        super().__init__()
        self.changes = tuple(changes)


class GroupGone(Exception):
    """There is no such group any more: its cases were reserved or decided."""


class GroupSizeRefused(Exception):
    """Choose at least one case of the group, and no more than fifty at once."""


class GroupUnconfirmed(Exception):
    """Tick that you mean all of these cases at once."""


class SecondPersonNeeded(Exception):
    """So much at once needs a second person, who confirms it."""


class ProposalGone(Exception):
    """This does not wait for a second person any more."""


class OwnProposal(Exception):
    """A second person has to confirm this verdict."""


class ReasonMissing(Exception):
    """Choose a reason: it is recorded with every case of the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSaying:
    """A verdict on the cases of a group, and how long all of them were looked at together."""

    judgement: GroundTruth
    reason: VerdictReason | None
    note: str | None = None
    milliseconds_to_decide: int = 0
    hidden_milliseconds: int = 0

    def __post_init__(self) -> None:
        """Refuse no reason, and `other` without a word; raises `ReasonMissing` and `NoteMissing`."""
        if self.reason is None:
            raise ReasonMissing
        if self.reason is VerdictReason.OTHER and not (self.note or "").strip():
            raise NoteMissing


def check_size(chosen: Mapping[int, int]) -> None:
    """Refuse nothing, and more than anybody looks through; raises `GroupSizeRefused`."""
    if not 1 <= len(chosen) <= MOST_IN_GROUP:
        raise GroupSizeRefused


def change_of(
    case: Case | None, *, decision_id: int, is_member: bool, account_id: int, now: datetime
) -> Change | None:
    """Return why a case cannot be judged with a group as somebody saw it; None: it can.

    `decision_id` is what they saw decided; `is_member` says whether it belongs to the group and may be in
    any: neither an audit nor a look at other people's verdicts, nor to be reviewed blind.
    """
    if case is None:
        return Change.UNKNOWN
    is_offered = case.offered_until is not None and case.offered_until > now
    told = (
        (case.is_over, Change.JUDGED),
        (case.state is not CaseState.OPEN, Change.ESCALATED),
        (not case.is_free(now), Change.HELD),
        (is_offered, Change.OFFERED),
        (_is_kept(case, now), Change.KEPT),
        (case.decision_id != decision_id, Change.SCORED_ANEW),
        (not is_member or case.not_for == account_id, Change.APART),
    )
    return next((change for is_so, change in told if is_so), None)


def _is_kept(case: Case, now: datetime) -> bool:
    """Whether a case waits for the customer, or is somebody's by an assignment: it is looked at by itself."""
    return any(moment is not None and moment > now for moment in (case.waits_until, case.assigned_until))


def settles_at(respond_by: datetime | None, now: datetime, grace: timedelta) -> datetime:
    """Return when a case judged with a group leaves the house: in time for a client that waits for it.

    No earlier because another case of the group has a deadline: each can be undone as long as if it had been
    judged alone.
    """
    is_waited_for = respond_by is not None and respond_by > now
    return min(now + grace, respond_by) if is_waited_for and respond_by is not None else now + grace


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPerson:
    """The number of cases, or the sum (base currency), from which a second person confirms a verdict."""

    from_cases: int
    from_amount: Decimal

    def is_needed(self, cases: int, total: Decimal | None) -> bool:
        """Whether one person is not enough; a sum that cannot be converted (None) may be any."""
        return cases >= self.from_cases or total is None or total >= self.from_amount
