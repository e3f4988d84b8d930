"""The content of a verdict, and when it is settled: pure, nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.database.cases.cases import CaseFile
from app.database.cases.verdicts import PendingVerdict, StandingVerdict
from app.review.access.people import Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.case import Case, CaseKind, ClaimEnd, Judgement, NoteMissing, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource
from app.triage.policies.choices import Fallback

FALLBACK_OUTCOME = {Fallback.APPROVE: GroundTruth.LEGIT, Fallback.DECLINE: GroundTruth.FRAUD}
# After these ends the hold was used, given up on purpose, or taken away: a verdict under it comes too late.
GIVEN_UP = frozenset(
    {
        ClaimEnd.JUDGED, ClaimEnd.RELEASED, ClaimEnd.SKIPPED, ClaimEnd.HANDED_OVER, ClaimEnd.TAKEN_BACK,
        ClaimEnd.UNDONE, ClaimEnd.ACCESS_ENDED, ClaimEnd.WAITS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictInput:
    """A verdict as it is given, and for how long the page was out of sight meanwhile."""

    judgement: Judgement
    reason: VerdictReason | None = None
    note: str | None = None
    hidden_milliseconds: int = 0

    def __post_init__(self) -> None:
        """Refuse `other` without a word, and card numbers; raises `NoteMissing` and `CardNumberWritten`."""
        refuse_card_numbers([self.note])
        if self.reason is VerdictReason.OTHER and not (self.note or "").strip():
            raise NoteMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCase:
    """A case somebody holds, and under which claim."""

    case: Case
    token: UUID
    #: Since when its holder has been looking at it.
    since: datetime


def given_by(
    held: ClaimedCase, account: Account, saying: VerdictInput, *, now: datetime, settles_at: datetime
) -> PendingVerdict:
    """Return the judgement as it is kept until it settles."""
    return PendingVerdict(
        case_id=held.case.id,
        token=held.token,
        account_id=account.id,
        judgement=saying.judgement,
        reason=saying.reason,
        note=(saying.note or "").strip() or None,
        decision_id=held.case.decision_id,
        was_escalated=held.case.is_escalated,
        milliseconds_to_decide=milliseconds_between(held.since, now),
        hidden_milliseconds=min(saying.hidden_milliseconds, milliseconds_between(held.since, now)),
        group_id=None,
        judged_at=now,
        settles_at=settles_at,
    )


def says_already(standing: StandingVerdict, account: Account, judgement: GroundTruth, note: str) -> bool:
    """Whether what counts is this very correction: its answer was lost, or its button pressed twice."""
    same = (standing.account_id, standing.judgement, standing.note) == (account.id, judgement, note)
    return standing.is_correction and same


def settles_at_of(file: CaseFile, now: datetime, grace: timedelta) -> datetime:
    """Return when a verdict given now is sent: before the deadline of a client that waits."""
    settles_at = now + grace
    if file.respond_by is not None and file.case.kind is CaseKind.UNKNOWN:
        return max(now, min(settles_at, file.respond_by))
    return settles_at


def milliseconds_between(since: datetime, now: datetime) -> int:
    """Return how long something took; nothing where clocks disagree."""
    return max(0, round((now - since).total_seconds() * 1000))


def outcome_of(file: CaseFile, given: PendingVerdict) -> tuple[GroundTruth, OutcomeSource] | None:
    """Return what it settles: nothing when it escalates, the fallback when the deadline had passed."""
    if file.case.kind is not CaseKind.UNKNOWN:
        return None
    is_late = file.respond_by is not None and file.respond_by <= given.judged_at
    if is_late and file.fallback in FALLBACK_OUTCOME:
        return FALLBACK_OUTCOME[file.fallback], OutcomeSource.DEADLINE
    if given.judgement is Judgement.ESCALATE:
        return None
    return GroundTruth(given.judgement.value), OutcomeSource.VERDICT
