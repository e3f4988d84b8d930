"""A case as the review page shows it: the reason for review, what is known of it, and what may be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.database.cases.cases import CaseFile
from app.database.cases.claims import Reassignment
from app.review.case import CaseState, VerdictReason, VerdictStage
from app.review.keeping.assignment import Assignment
from app.review.queue.service_level import Timeliness
from app.review.timeline import Event
from app.triage.policies.choices import Fallback
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.causes import Cause, cause_of
from app.web.pages.discussion.view import DiscussionView
from app.web.pages.lists.view import EntryView
from app.web.pages.review.facts import Fact, cardholder_time
from app.web.pages.review.features import Feature, Sums
from app.web.pages.review.linked import LinkedView
from app.web.pages.review.reasons import ReasonView
from app.web.pages.review.score_panel import Opinion
from app.web.pages.review.similar import Alike
from app.web.pages.review.story import SentenceView
from app.web.pages.review.timeline import TimelineView, words_of

#: Reasons to choose by one key.
REASONS: Mapping[VerdictReason, str] = {
    VerdictReason.KNOWN_CARD_PATTERN: marked("Known card pattern"),
    VerdictReason.CUSTOMER_CONTACT: marked("Customer contact"),
    VerdictReason.MERCHANT_RISK: marked("Merchant risk"),
    VerdictReason.UNUSUAL_AMOUNT: marked("Unusual amount"),
    VerdictReason.LINKED_FRAUD: marked("Linked fraud"),
    VerdictReason.OTHER: marked("Other: say in the note"),
}
# The sheet on the left holds so many facts without scrolling; the rest unfold.
FACTS_IN_SIGHT = 8

FALLBACKS: Mapping[Fallback, str] = {
    Fallback.WAIT: marked("then it stays pending"),
    Fallback.APPROVE: marked("then it is approved"),
    Fallback.DECLINE: marked("then it is declined"),
}
DUE_TONES: Mapping[Timeliness, str] = {
    Timeliness.IN_TIME: "",
    Timeliness.DUE_SOON: "unknown",
    Timeliness.BREACHED: "fraud",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when the client waits for an answer."""

    at: str
    when: str
    after: str
    is_near: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case on the review page."""

    id: int
    number: str
    token: UUID
    is_escalated: bool
    amount: str
    occurred: str
    #: The same for machines (ISO 8601), and by the cardholder's clock; that is empty where none is known.
    occurred_at: str
    cardholder_time: str
    occurred_ago: str
    waiting_for: str
    client: str
    transaction_id: str
    deadline: Deadline | None
    facts: tuple[Fact, ...]
    more_facts: tuple[Fact, ...]
    cause: Cause
    opinion: Opinion | None
    #: The bounds have been moved since this case was decided, so its reason may not fit them.
    bounds_moved: bool
    features: tuple[Feature, ...]
    #: What happened before the payment; nothing of it depends on the score.
    story: tuple[SentenceView, ...]
    #: None when the machine keeps its opinion, or has none.
    sums: Sums | None
    codes: tuple[ReasonView, ...]
    #: None when the case is reviewed blind.
    alike: Alike | None
    seconds_left: int
    lease_seconds: int
    countdown: str
    #: What was written on it before, by oneself or by whoever had it.
    note: str
    chosen: str
    #: The first verdict of this person in a blind review; empty before that, and where nothing is hidden.
    said_first: str
    #: Whether the machine keeps its opinion to itself until a first verdict.
    hides: bool
    #: What its form asks for.
    stage: str
    #: Which colleague handed it over, and with what words; empty where nobody did. Of these three, words that
    #: are kept from the reader for now are None.
    handed_by: str
    handed_words: str | None
    #: Who assigned it to its holder, and why; empty where nobody did.
    assigned_by: str
    assigned_because: str | None
    #: Until when it waited for the customer, and for what; empty where it did not.
    waited_until: str
    waited_for: str | None
    linked: LinkedView
    #: What of it is on a list; empty where it is judged blind.
    listings: tuple[EntryView, ...]
    timeline: TimelineView
    discussion: DiscussionView
    #: By when it should be judged; of a blind case by its amount alone.
    due: str
    due_tone: str

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """The reasons on the number keys: the value, and its words."""
        return tuple((reason.value, told) for reason, told in REASONS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """What the machine can still say of a case."""

    opinion: Opinion | None
    features: tuple[Feature, ...]
    sums: Sums | None
    codes: tuple[ReasonView, ...]
    alike: Alike | None
    bounds_moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContext:
    """What belongs to a case whoever thinks what of it: links, history, service level, who handed it over."""

    story: tuple[SentenceView, ...]
    facts: tuple[Fact, ...]
    linked: LinkedView
    listings: tuple[EntryView, ...]
    timeline: TimelineView
    discussion: DiscussionView
    due_at: datetime
    timeliness: Timeliness
    handed: Reassignment | None
    assignment: Assignment | None = None
    #: When it was let wait last, which is over.
    wait: Event | None = None


def case_view(
    file: CaseFile,
    read: ModelView,
    *,
    beside: CaseContext,
    is_blind: bool,
    now: datetime,
    lease_duration: timedelta,
) -> CaseView:
    """Return the case as the review page shows it."""
    lease = file.case.lease
    if lease is None:
        raise ValueError(f"case {file.case.id} is claimed by nobody")
    left = lease.expires_at - now
    hides = is_blind and file.provisional is None
    return CaseView(
        id=file.case.id,
        number=formatting.count(file.case.id),
        token=lease.token,
        is_escalated=file.case.state is CaseState.ESCALATED,
        amount=formatting.money(file.amount, file.currency),
        occurred=formatting.moment(file.occurred_at),
        occurred_at=file.occurred_at.isoformat(),
        cardholder_time=cardholder_time(file.occurred_at, file.attributes),
        occurred_ago=formatting.ago(file.occurred_at, now),
        waiting_for=formatting.duration(now - file.opened_at),
        client=file.client,
        transaction_id=file.transaction_id,
        deadline=_deadline(file, now),
        facts=beside.facts[:FACTS_IN_SIGHT],
        more_facts=beside.facts[FACTS_IN_SIGHT:],
        cause=cause_of(file.reason, is_blind=hides),
        opinion=read.opinion,
        bounds_moved=read.bounds_moved,
        features=read.features,
        story=beside.story,
        sums=read.sums,
        codes=read.codes,
        alike=read.alike,
        seconds_left=max(0, int(left.total_seconds())),
        lease_seconds=int(lease_duration.total_seconds()),
        countdown=formatting.countdown(left),
        note=file.note,
        chosen=file.note_reason.value if file.note_reason is not None else "",
        hides=hides,
        stage=(VerdictStage.PROVISIONAL if hides else VerdictStage.FINAL).value,
        handed_by=beside.handed.by_name if beside.handed is not None else "",
        handed_words=beside.handed.words if beside.handed is not None else "",
        assigned_by=beside.assignment.by if beside.assignment is not None else "",
        assigned_because=beside.assignment.reason if beside.assignment is not None else "",
        waited_until=_waited_until(beside.wait),
        waited_for=words_of(beside.wait),
        due=worded("due %(due_at)s", due_at=formatting.ago(beside.due_at, now)),
        due_tone=DUE_TONES[beside.timeliness],
        linked=beside.linked,
        listings=beside.listings,
        timeline=beside.timeline,
        discussion=beside.discussion,
        said_first=file.provisional.value if file.provisional is not None else "",
    )


def _waited_until(wait: Event | None) -> str:
    return formatting.moment(wait.until) if wait is not None and wait.until is not None else ""


def _deadline(file: CaseFile, now: datetime) -> Deadline | None:
    if file.respond_by is None:
        return None
    has_passed = file.respond_by <= now
    return Deadline(
        at=formatting.clock_in_zone(file.respond_by),
        when=formatting.ago(file.respond_by, now),
        after=worded("the client no longer waits") if has_passed else FALLBACKS[file.fallback],
        is_near=file.respond_by - now < timedelta(minutes=5),
    )
