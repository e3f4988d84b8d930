"""The desk as an analyst sees it: one case, why it is here, and what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.database.cases import CaseFile, QueueState
from app.review.case import CaseState
from app.triage.policy import Fallback
from app.web.pages import words
from app.web.pages.causes import Cause, cause_of
from app.web.pages.evidence import Opinion
from app.web.pages.frame import Frame
from app.web.pages.neighbours_view import Alike
from app.web.pages.reasons_view import ReasonView
from app.web.pages.strip import Feature, Sums

#: Reasons to choose by one key; they go into the note in these words.
REASONS: tuple[str, ...] = (
    "Known fraud pattern",
    "Customer confirmed it",
    "Usual for this card",
    "Unusual amount",
    "Risky merchant",
    "Linked to other fraud",
)
# The sheet on the left holds so many facts without scrolling; the rest unfold.
FACTS_IN_SIGHT = 8

FALLBACKS: Mapping[Fallback, str] = {
    Fallback.WAIT: "then it goes on waiting",
    Fallback.APPROVE: "then it is approved",
    Fallback.DECLINE: "then it is declined",
}
#: The order in which an analyst reads; what a client names otherwise comes behind, by name.
ORDER = ("card", "merchant", "category", "mcc", "channel", "country", "ip_country", "ip", "device")
NAMES: Mapping[str, str] = {"ip": "IP address", "ip_country": "IP country", "mcc": "Merchant category"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One attribute of the payment, as its client named it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when the client waits for an answer."""

    at: str
    when: str
    after: str
    is_near: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case on the desk."""

    id: int
    number: str
    token: UUID
    is_escalated: bool
    amount: str
    occurred: str
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
    #: None when the machine keeps its opinion, or has none.
    sums: Sums | None
    codes: tuple[ReasonView, ...]
    #: None when the case is judged with fresh eyes.
    alike: Alike | None
    seconds_left: int
    lease_seconds: int
    countdown: str
    note: str
    chosen: tuple[str, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons on the number keys."""
        return REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that did not go as asked, and what became of it."""

    sentence: str
    #: The note that came with a refused verdict: nobody writes a thing twice.
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """The whole screen."""

    frame: Frame
    open: int
    oldest: str
    judged: int
    held: int
    escalated: int
    model_is_out: bool
    awaiting_model: int
    notice: Notice | None
    last: str
    case: CaseView | None
    nothing: str
    elsewhere: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the machine can still say of a case."""

    opinion: Opinion | None
    features: tuple[Feature, ...]
    sums: Sums | None
    codes: tuple[ReasonView, ...]
    alike: Alike | None
    bounds_moved: bool


def case_view(file: CaseFile, read: Read, *, now: datetime, lease_duration: timedelta) -> CaseView:
    """Return the case as the desk shows it."""
    lease = file.case.lease
    if lease is None:
        raise ValueError(f"case {file.case.id} is on nobody's desk")
    left = lease.expires_at - now
    facts = tuple(Fact(name=_name(key), value=value) for key, value in _in_order(file.attributes))
    return CaseView(
        id=file.case.id,
        number=words.count(file.case.id),
        token=lease.token,
        is_escalated=file.case.state is CaseState.ESCALATED,
        amount=words.money(file.amount, file.currency),
        occurred=words.moment(file.occurred_at),
        occurred_ago=words.ago(file.occurred_at, now),
        waiting_for=words.duration(now - file.opened_at),
        client=file.client,
        transaction_id=file.transaction_id,
        deadline=_deadline(file, now),
        facts=facts[:FACTS_IN_SIGHT],
        more_facts=facts[FACTS_IN_SIGHT:],
        cause=cause_of(file),
        opinion=read.opinion,
        bounds_moved=read.bounds_moved,
        features=read.features,
        sums=read.sums,
        codes=read.codes,
        alike=read.alike,
        seconds_left=max(0, int(left.total_seconds())),
        lease_seconds=int(lease_duration.total_seconds()),
        countdown=words.countdown(left),
        note="",
        chosen=(),
    )


def desk_page(
    frame: Frame,
    queue: QueueState,
    case: CaseView | None,
    *,
    judged: int,
    model_is_out: bool,
    now: datetime,
    notice: Notice | None,
    last: str,
) -> DeskPage:
    """Return the screen."""
    oldest = words.duration(now - queue.oldest_opened_at) if queue.oldest_opened_at is not None else ""
    return DeskPage(
        frame=frame,
        open=queue.open,
        oldest=oldest,
        judged=judged,
        held=queue.held,
        escalated=queue.escalated,
        model_is_out=model_is_out,
        awaiting_model=queue.awaiting_model,
        notice=notice,
        last=last,
        case=case,
        nothing="Nothing waits for you.",
        elsewhere=_elsewhere(queue) if case is None else "",
    )


def _elsewhere(queue: QueueState) -> str:
    """Return where the cases are that this person cannot have, so that `nothing` is the truth."""
    parts = []
    if queue.held:
        are = "is" if queue.held == 1 else "are"
        parts.append(f"{words.plural(queue.held, 'case', 'cases')} {are} held by colleagues.")
    if queue.escalated:
        wait = "waits" if queue.escalated == 1 else "wait"
        escalated = words.plural(queue.escalated, "escalated case", "escalated cases")
        parts.append(f"{escalated} {wait} for a senior colleague.")
    return " ".join(parts) or "No case is open anywhere."


def _deadline(file: CaseFile, now: datetime) -> Deadline | None:
    if file.respond_by is None:
        return None
    has_passed = file.respond_by <= now
    return Deadline(
        at=f"{words.clock(file.respond_by)} UTC",
        when=words.ago(file.respond_by, now),
        after="the client no longer waits" if has_passed else FALLBACKS[file.fallback],
        is_near=file.respond_by - now < timedelta(minutes=5),
    )


def _in_order(attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    def place(item: tuple[str, str]) -> tuple[int, str]:
        return (ORDER.index(item[0]) if item[0] in ORDER else len(ORDER), item[0])

    return sorted(attributes.items(), key=place)


def _name(key: str) -> str:
    spoken = key.replace("_", " ").strip()
    return NAMES.get(key, spoken[:1].upper() + spoken[1:])
