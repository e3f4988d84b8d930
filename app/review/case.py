"""A case: a transaction that waits for a person, who may hold it, and how it may end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.review.access.people import Ability, Account


class CaseKind(StrEnum):
    """Why a case is reviewed.

    `unknown`: the policy gave no decision. `audit`: an automated decision is checked. The others check
    people: `gold` is a control case of known truth, `second` a second review of a verdict, `ruling` a
    senior's verdict where two disagree. Verdicts on these three change neither outcome nor truth.
    """

    UNKNOWN = "unknown"
    AUDIT = "audit"
    GOLD = "gold"
    SECOND = "second"
    RULING = "ruling"


class CaseState(StrEnum):
    """Where a case stands.

    `given`: somebody judged it and may still undo that; `closed`: the machine came to know after all.
    """

    OPEN = "open"
    ESCALATED = "escalated"
    GIVEN = "given"
    JUDGED = "judged"
    CLOSED = "closed"


#: Which state may follow which. The database holds the same table.
NEXT_STATES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.GIVEN, CaseState.ESCALATED, CaseState.JUDGED, CaseState.CLOSED}),
    CaseState.ESCALATED: frozenset({CaseState.GIVEN, CaseState.JUDGED, CaseState.CLOSED}),
    CaseState.GIVEN: frozenset({CaseState.OPEN, CaseState.ESCALATED, CaseState.JUDGED}),
    CaseState.JUDGED: frozenset(),
    CaseState.CLOSED: frozenset(),
}


class Judgement(StrEnum):
    """The verdicts an analyst may give."""

    FRAUD = "fraud"
    LEGIT = "legit"
    ESCALATE = "escalate"


class VerdictStage(StrEnum):
    """What a form asks for: the first verdict of a blind review, or the final one."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class FirstVerdict(StrEnum):
    """Whether a case wants a first verdict before the machine's opinion is shown, and whether it has one."""

    NOT_NEEDED = "not_needed"
    AWAITED = "awaited"
    SAID = "said"


class VerdictReason(StrEnum):
    """Why an analyst judged so; `other` needs a note."""

    KNOWN_CARD_PATTERN = "known_card_pattern"
    CUSTOMER_CONTACT = "customer_contact"
    MERCHANT_RISK = "merchant_risk"
    UNUSUAL_AMOUNT = "unusual_amount"
    LINKED_FRAUD = "linked_fraud"
    OTHER = "other"


#: Why somebody skips a case who must not decide it.
CONFLICT_OF_INTEREST = "conflict of interest"


class ClaimEnd(StrEnum):
    """How a claim on a case ended.

    `unopened`: a reservation that was never opened; `waits`: the case waits for the customer.
    """

    JUDGED = "judged"
    UNDONE = "undone"
    RELEASED = "released"
    SKIPPED = "skipped"
    HANDED_OVER = "handed_over"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"
    CLOSED = "closed"
    UNOPENED = "unopened"
    ACCESS_ENDED = "access_ended"
    WAITS = "waits"


class GroupBasis(StrEnum):
    """What the cases of a group have in common: an attribute of the payment, or nearly all of it."""

    CARD = "card"
    DEVICE = "device"
    MERCHANT = "merchant"
    IP = "ip"
    ALIKE = "alike"


class ProposalEnd(StrEnum):
    """How a proposed verdict on a large group ended."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class CaseNotFound(Exception):
    """There is no such case."""


class CaseAlreadyJudged(Exception):
    """This case already has a verdict."""


class LeaseLost(Exception):
    """Your reservation of this case ran out, or somebody else has it now."""


class CaseKept(Exception):
    """Somebody else has this case just now, or it is for somebody else to decide."""


class FirstVerdictMissing(Exception):
    """This case needs a first verdict before the score is shown."""


class VerdictReplaced(Exception):
    """Another verdict counts by now than the one that was to be corrected: look at it again."""


class CaseNotYours(Exception):
    """Only a senior colleague may decide an escalated case, and nobody what they decided before."""


class NothingToUndo(Exception):
    """It is too late to undo this: the verdict has been sent, or it was not yours."""


class NoteMissing(Exception):
    """This reason needs a note that says more."""


class ColleagueUnknown(Exception):
    """There is no such colleague who could take this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to judge a case until a moment, proved by a token."""

    holder_id: int
    token: UUID
    expires_at: datetime


def may_judge(account: Account, state: CaseState) -> bool:
    """Whether an account's role lets it judge cases that stand so."""
    return account.may(Ability.JUDGE_ESCALATED if state is CaseState.ESCALATED else Ability.JUDGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case in its current state."""

    id: int
    transaction_key: int
    kind: CaseKind
    state: CaseState
    lease: Lease | None
    closed_at: datetime | None
    #: The decision that speaks now.
    decision_id: int = 0
    #: Who gave it back last.
    released_by: int | None = None
    #: Its holder has it ready as the next one, and has not looked at it yet.
    is_reserved: bool = False
    #: When it came before its holder's eyes.
    shown_at: datetime | None = None
    #: Who must not judge it: they judged the same payment before.
    not_for: int | None = None
    #: Whom it was handed over to, and until when they are asked first.
    offered_to: int | None = None
    offered_until: datetime | None = None
    #: Whose it is by an assignment, and until when nobody else is given it.
    assigned_to: int | None = None
    assigned_until: datetime | None = None
    #: It waits for the customer; nobody is given it before.
    waits_until: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether a judgement was given, or none is needed any more."""
        return self.state not in {CaseState.OPEN, CaseState.ESCALATED}

    @property
    def is_escalated(self) -> bool:
        """Whether a senior colleague must judge it."""
        return self.state is CaseState.ESCALATED

    def is_free(self, now: datetime) -> bool:
        """Whether nobody holds it."""
        return not self.is_over and (self.lease is None or self.lease.expires_at <= now)

    def leased_to(self, token: UUID, account: Account, now: datetime) -> Lease:
        """Return the live lease.

        Raises `CaseAlreadyJudged` when the case is over and `LeaseLost` when token, holder or time
        do not fit.
        """
        if self.is_over:
            raise CaseAlreadyJudged
        if (
            self.lease is None
            or self.lease.token != token
            or self.lease.holder_id != account.id
            or self.lease.expires_at <= now
        ):
            raise LeaseLost
        return self.lease

    def leased(self, account: Account, token: UUID, now: datetime, duration: timedelta) -> "Case":
        """Return the case as claimed by somebody."""
        lease = Lease(holder_id=account.id, token=token, expires_at=now + duration)
        return replace(self._let_go(), lease=lease, shown_at=now)

    def renewed(self, token: UUID, account: Account, now: datetime, duration: timedelta) -> "Case":
        """Return the case with its lease running anew from now; raises as `leased_to`."""
        lease = self.leased_to(token, account, now)
        return replace(self, lease=replace(lease, expires_at=now + duration))

    def released(self, token: UUID, account: Account, now: datetime) -> "Case":
        """Return the case free for the next colleague; raises as `leased_to`."""
        self.leased_to(token, account, now)
        return replace(self._let_go(), released_by=account.id)

    def reassigned(self, token: UUID, account: Account, now: datetime, *, to: int, until: datetime) -> "Case":
        """Return the case on offer to one colleague until a moment, then to all; raises as `leased_to`."""
        return replace(self.released(token, account, now), offered_to=to, offered_until=until)

    def given(self, account: Account) -> "Case":
        """Return the case with a judgement that may still be undone; raises `CaseNotYours`."""
        is_for_seniors = self.is_escalated and not account.may(Ability.JUDGE_ESCALATED)
        if is_for_seniors or self.not_for == account.id:
            raise CaseNotYours
        return replace(self._let_go(), state=CaseState.GIVEN)

    def settled(self, judgement: Judgement, now: datetime) -> "Case":
        """Return the case when its judgement can be undone no longer."""
        free = replace(self, assigned_to=None, assigned_until=None)
        if judgement is Judgement.ESCALATE:
            return replace(free, state=CaseState.ESCALATED)
        return replace(free, state=CaseState.JUDGED, closed_at=now)

    def closed(self, now: datetime) -> "Case":
        """Return the case when nobody has to judge it any more."""
        free = replace(self._let_go(), assigned_to=None, assigned_until=None)
        return replace(free, state=CaseState.CLOSED, closed_at=now)

    def undone(self, *, was_escalated: bool) -> "Case":
        """Return the case as it was before a judgement that is undone."""
        return replace(self, state=CaseState.ESCALATED if was_escalated else CaseState.OPEN)

    def _let_go(self) -> "Case":
        """Return the case without a holder, an offer or a wait; whose it is by assignment stays."""
        return replace(
            self, lease=None, is_reserved=False, shown_at=None, offered_to=None, offered_until=None,
            waits_until=None,
        )  # fmt: skip
