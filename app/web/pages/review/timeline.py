"""What happened to a case, one short line each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.review.timeline import Event, Happening
from app.triage.labels import Label
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.causes import decider_of, rule_of

DID: Mapping[Label, str] = {
    Label.LEGIT: marked("approved it"),
    Label.UNKNOWN: marked("sent it to manual review"),
    Label.FRAUD: marked("declined it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One line: when, what, and what was written with it."""

    at: str
    moment: str
    sentence: str
    #: A note, or a reason; None: kept from the reader for now.
    said: str | None
    #: `fraud`, `legit` or empty.
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineView:
    """The lines, the oldest first."""

    rows: tuple[TimelineRow, ...]


def timeline_view(events: Iterable[Event], *, now: datetime) -> TimelineView:
    """Return the timeline; days are named where they are not today."""
    return TimelineView(rows=tuple(_row(event, now) for event in events))


def _row(event: Event, now: datetime) -> TimelineRow:
    time = formatting.seconds_clock(event.at)
    is_today = formatting.day(event.at) == formatting.day(now)
    tone = event.judgement.value if event.judgement is not None else ""
    return TimelineRow(
        at=time if is_today else f"{formatting.short_day(event.at, now)}, {formatting.clock(event.at)}",
        moment=formatting.moment(event.at),
        sentence=SENTENCES[event.what](event),
        said=None if event.is_kept_back else _said(event),
        tone=tone if tone in {"fraud", "legit"} else "",
    )


def _decided(event: Event) -> str:
    if event.label is None or event.rule is None:
        return worded("Scored by the model")
    return f"{decider_of(event.rule)} {DID[event.label]}: {rule_of(event.rule)}"


def _given(event: Event) -> str:
    judged = (
        worded("Decided %(judgement)s", judgement=worded(event.judgement.value))
        if event.judgement is not None
        else worded("Decided")
    )
    return worded("%(judged)s by %(who)s, may still be undone", judged=judged, who=event.who)


def words_of(event: Event | None) -> str | None:
    """Return what was written with an event; None: it is kept back, empty: nothing."""
    if event is not None and event.is_kept_back:
        return None
    return event.words or "" if event is not None else ""


def _said(event: Event) -> str:
    parts = []
    if event.policy_id is not None:
        parts.append(worded("policy version %(policy_id)s", policy_id=event.policy_id))
    if event.reason is not None:
        parts.append(worded(event.reason.value.replace("_", " ")))
    if event.words:
        # Why a case was skipped is kept in words of ours; all else is somebody's own.
        parts.append(worded(event.words) if event.what is Happening.SKIPPED else event.words)
    return " \u00b7 ".join(parts)


def _until(event: Event) -> str:
    return formatting.moment(event.until) if event.until is not None else ""


def _judgement(event: Event) -> str:
    return worded(event.judgement.value) if event.judgement is not None else ""


SENTENCES: Mapping[Happening, Callable[[Event], str]] = {
    Happening.RECEIVED: lambda _: worded("Received"),
    Happening.DECIDED: _decided,
    Happening.OPENED: lambda _: worded("Opened for manual review"),
    Happening.CLAIMED: lambda event: worded("Claimed by %(who)s", who=event.who),
    Happening.FIRST_SAID: lambda event: worded(
        "%(who)s said %(event)s, before seeing the score", who=event.who, event=_judgement(event)
    ),
    Happening.RELEASED: lambda event: worded("Given back by %(who)s", who=event.who),
    Happening.SKIPPED: lambda event: worded("Skipped by %(who)s", who=event.who),
    Happening.HANDED_OVER: lambda event: worded("Reassigned by %(who)s", who=event.who),
    Happening.TAKEN_BACK: lambda event: worded("Released by %(who)s, as supervisor", who=event.who),
    Happening.EXPIRED: lambda event: worded("%(who)s's time ran out", who=event.who),
    Happening.ACCESS_ENDED: lambda event: worded(
        "Back in the queue: %(who)s may not have it any more", who=event.who
    ),
    Happening.UNDONE: lambda event: worded("%(who)s undid the verdict", who=event.who),
    Happening.GIVEN: _given,
    Happening.ESCALATED: lambda event: worded("Escalated by %(who)s", who=event.who),
    Happening.JUDGED: lambda event: worded(
        "Decided %(event)s by %(who)s", event=_judgement(event), who=event.who
    ),
    Happening.CORRECTED: lambda event: worded(
        "Corrected to %(event)s by %(who)s", event=_judgement(event), who=event.who
    ),
    Happening.CLOSED: lambda _: worded("Closed: the model decided after all"),
    Happening.EXPORTED: lambda event: worded("Exported by %(who)s", who=event.who),
    Happening.ASSIGNED: lambda event: worded(
        "Assigned to %(whom)s by %(who)s", whom=event.whom, who=event.who
    ),
    Happening.LIFTED: lambda event: worded(
        "No longer assigned to %(whom)s: lifted by %(who)s", whom=event.whom, who=event.who
    ),
    Happening.GIVEN_BACK: lambda event: worded("%(whom)s gave the assignment back", whom=event.whom),
    Happening.LAPSED: lambda event: worded(
        "The assignment to %(whom)s lapsed: somebody else was given it", whom=event.whom
    ),
    Happening.ASSIGNEE_LEFT: lambda event: worded(
        "Assigned to nobody: %(whom)s may not have it any more", whom=event.whom
    ),
    Happening.WAITS: lambda event: worded(
        "%(who)s lets it wait for the customer until %(until)s", who=event.who, until=_until(event)
    ),
    Happening.BROUGHT_BACK: lambda event: worded("Brought back by %(who)s", who=event.who),
    Happening.RETURNED: lambda _: worded("Back in the queue: the time to wait is over"),
    Happening.COMMENTED: lambda event: worded("Comment by %(who)s", who=event.who),
    Happening.ATTACHED: lambda event: worded("Attached by %(who)s", who=event.who),
}
