"""What happened to a case, one short line each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.review.timeline import Event, Happening
from app.triage.labels import Label
from app.web.pages import formatting
from app.web.pages.causes import TAGS

DID: Mapping[Label, str] = {
    Label.LEGIT: "approved it",
    Label.UNKNOWN: "sent it to manual review",
    Label.FRAUD: "declined it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One line: when, what, and what was written with it."""

    at: str
    moment: str
    sentence: str
    #: A note, or a reason.
    said: str
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
        said=_said(event),
        tone=tone if tone in {"fraud", "legit"} else "",
    )


def _decided(event: Event) -> str:
    if event.label is None or event.rule is None:
        return "Scored by the model"
    return f"The model {DID[event.label]}: {TAGS[event.rule].lower()}"


def _given(event: Event) -> str:
    judged = f"Decided {event.judgement.value}" if event.judgement is not None else "Decided"
    return f"{judged} by {event.who}, may still be undone"


def _said(event: Event) -> str:
    parts = []
    if event.policy_id is not None:
        parts.append(f"policy version {event.policy_id}")
    if event.reason is not None:
        parts.append(event.reason.value.replace("_", " "))
    if event.words:
        parts.append(event.words)
    return " \u00b7 ".join(parts)


def _judgement(event: Event) -> str:
    return event.judgement.value if event.judgement is not None else ""


SENTENCES: Mapping[Happening, Callable[[Event], str]] = {
    Happening.RECEIVED: lambda _: "Received",
    Happening.DECIDED: _decided,
    Happening.OPENED: lambda _: "Opened for manual review",
    Happening.CLAIMED: lambda event: f"Claimed by {event.who}",
    Happening.FIRST_SAID: lambda event: f"{event.who} said {_judgement(event)}, before seeing the score",
    Happening.RELEASED: lambda event: f"Given back by {event.who}",
    Happening.SKIPPED: lambda event: f"Skipped by {event.who}",
    Happening.HANDED_OVER: lambda event: f"Reassigned by {event.who}",
    Happening.TAKEN_BACK: lambda event: f"Released by {event.who}, as supervisor",
    Happening.EXPIRED: lambda event: f"{event.who}'s time ran out",
    Happening.ACCESS_ENDED: lambda event: f"Back in the queue: {event.who} may not have it any more",
    Happening.UNDONE: lambda event: f"{event.who} undid the verdict",
    Happening.GIVEN: _given,
    Happening.ESCALATED: lambda event: f"Escalated by {event.who}",
    Happening.JUDGED: lambda event: f"Decided {_judgement(event)} by {event.who}",
    Happening.CORRECTED: lambda event: f"Corrected to {_judgement(event)} by {event.who}",
    Happening.CLOSED: lambda _: "Closed: the model decided after all",
}
