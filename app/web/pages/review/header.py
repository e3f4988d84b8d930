"""The review page around a case: pending cases, what was done last, which actions are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.database.cases.cases import QueueState
from app.review.case import CONFLICT_OF_INTEREST, VerdictReason
from app.web.languages.sentences import marked, worded, worded_many
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.review.case import CaseView

#: Why somebody skips a case, as it is kept.
SKIPS: Mapping[str, str] = {
    "too_little": marked("insufficient information"),
    "conflict": CONFLICT_OF_INTEREST,
    "expertise": marked("another colleague knows this better"),
    "other": marked("another reason"),
}
# A customer who was written to has usually answered the day after.
USUAL_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that did not go as asked, and what became of it."""

    sentence: str
    #: What came with a refused verdict: nobody writes a thing twice.
    note: str
    reason: VerdictReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What was done last."""

    case_id: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The newest of one's own verdicts that can be undone still."""

    case_id: int
    number: str
    #: Of the claim it was given under: what is undone is this verdict, not a later one.
    token: UUID
    seconds: int
    #: Whether it is what was done last, or something before that.
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewContext:
    """What the screen says beside the case."""

    judged: int
    model_is_out: bool
    #: How long a verdict can be undone.
    undo_seconds: int
    #: Who could take the case over: the login name, and how they are called.
    colleagues: tuple[tuple[str, str], ...]
    notice: Notice | None
    last: Last | None
    undo: Undo | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
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
    last: Last | None
    undo: Undo | None
    case: CaseView | None
    #: How long a verdict can be undone.
    undo_seconds: int
    #: Why one skips a case: the value, and its words.
    skips: tuple[tuple[str, str], ...]
    #: Who could take a case over: the login name, and how they are called.
    colleagues: tuple[tuple[str, str], ...]
    #: Until when a case could wait for the customer, unless another moment is typed: tomorrow, in UTC.
    waits_until: str
    nothing: str
    elsewhere: str


def review_page(
    frame: Frame,
    queue: QueueState,
    case: CaseView | None,
    around: ReviewContext,
    *,
    now: datetime,
) -> ReviewPage:
    """Return the screen."""
    oldest = formatting.duration(now - queue.oldest_opened_at) if queue.oldest_opened_at is not None else ""
    return ReviewPage(
        frame=frame,
        open=queue.open,
        oldest=oldest,
        judged=around.judged,
        held=queue.held,
        escalated=queue.escalated,
        model_is_out=around.model_is_out,
        awaiting_model=queue.awaiting_model,
        notice=around.notice,
        last=around.last,
        undo=around.undo,
        case=case,
        undo_seconds=around.undo_seconds,
        skips=tuple(SKIPS.items()),
        colleagues=around.colleagues,
        waits_until=f"{now + USUAL_WAIT:%Y-%m-%dT%H:%M}",
        nothing=worded("No case is pending for you."),
        elsewhere=_elsewhere(queue) if case is None else "",
    )


def _elsewhere(queue: QueueState) -> str:
    """Return where the cases are that this person cannot have, so that `nothing` is the truth."""
    parts = []
    if queue.held:
        parts.append(
            worded_many(
                "%(number)s case is reserved by colleagues.",
                "%(number)s cases are reserved by colleagues.",
                queue.held,
            )
        )
    if queue.escalated:
        parts.append(
            worded_many(
                "%(number)s escalated case is pending for a senior colleague.",
                "%(number)s escalated cases are pending for a senior colleague.",
                queue.escalated,
            )
        )
    if queue.assigned_to_others:
        parts.append(
            worded_many(
                "%(number)s case is assigned to colleagues.",
                "%(number)s cases are assigned to colleagues.",
                queue.assigned_to_others,
            )
        )
    if queue.awaiting_customer:
        parts.append(
            worded_many(
                "%(number)s case waits for the customer.",
                "%(number)s cases wait for the customer.",
                queue.awaiting_customer,
            )
        )
    return " ".join(parts) or worded("No case is open anywhere.")
