"""What happened to a case, and what of it may be told while somebody is still to judge it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.review.case import Judgement, VerdictReason
from app.triage.labels import Label, Reason


class Happening(StrEnum):
    """Something that can happen to a case."""

    RECEIVED = "received"
    DECIDED = "decided"
    OPENED = "opened"
    CLAIMED = "claimed"
    FIRST_SAID = "first_said"
    RELEASED = "released"
    SKIPPED = "skipped"
    HANDED_OVER = "handed_over"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"
    ACCESS_ENDED = "access_ended"
    UNDONE = "undone"
    GIVEN = "given"
    ESCALATED = "escalated"
    JUDGED = "judged"
    CORRECTED = "corrected"
    CLOSED = "closed"
    ASSIGNED = "assigned"
    LIFTED = "lifted"
    GIVEN_BACK = "given_back"
    LAPSED = "lapsed"
    ASSIGNEE_LEFT = "assignee_left"
    WAITS = "waits"
    BROUGHT_BACK = "brought_back"
    RETURNED = "returned"
    COMMENTED = "commented"
    ATTACHED = "attached"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, and who did it; None: the machine, or time."""

    at: datetime
    what: Happening
    who: str | None = None
    who_id: int | None = None
    #: A note, or why a case was given back.
    words: str | None = None
    #: They are kept from the reader for now.
    is_kept_back: bool = False
    judgement: Judgement | None = None
    reason: VerdictReason | None = None
    #: Of a decision: which, by which version, and what.
    decision_id: int | None = None
    policy_id: int | None = None
    label: Label | None = None
    rule: Reason | None = None
    #: Of an assignment: whose the case became, or was.
    whom: str | None = None
    #: Of a wait: until when it was to last.
    until: datetime | None = None


#: What nobody may hear of before they have judged: a colleague's opinion, or that one needed the case.
OPINIONS = frozenset({Happening.FIRST_SAID, Happening.EXPORTED})


def newest_wait(events: Iterable[Event]) -> Event | None:
    """Return when a case was let wait for the customer last, by whom, for what and until when."""
    return next((each for each in reversed(tuple(events)) if each.what is Happening.WAITS), None)


def while_live(events: Iterable[Event], *, opened_at: datetime, decision_id: int) -> list[Event]:
    """Return the events as they would be told of any unknown case.

    A case that is opened to look at people again, or at what the machine had decided, must not stand out:
    so nothing is told to have happened before it opened, only the decision that speaks now is told, and of
    that neither what it was nor by which version.
    """
    return [
        _plain(replace(event, at=max(event.at, opened_at)))
        for event in events
        if event.what not in OPINIONS
        and (event.what is not Happening.DECIDED or event.decision_id == decision_id)
    ]


def without_words(events: Iterable[Event], *, but_of: int) -> list[Event]:
    """Return the events without what anybody but this account wrote with them, or chose as their reason."""
    return [
        event
        if event.who_id == but_of
        else replace(event, words=None, reason=None, is_kept_back=bool(event.words or event.reason))
        for event in events
    ]


def _plain(event: Event) -> Event:
    if event.what is Happening.DECIDED:
        return replace(event, policy_id=None, label=None, rule=None)
    if event.what is Happening.GIVEN:
        return replace(event, judgement=None, reason=None, words=None)
    return event
