"""Entries of the lists as tools send and read them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.database.payments.lists.entries import ListedEntry, ListEvent
from app.review.lists.entry import Act, EntityKind, EntryState, NewEntry
from app.review.lists.rules import LONGEST_REASON
from app.review.lists.values import LONGEST_VALUE
from app.triage.labels import Listed

Why = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, description="Why; it stays on record.")]


class Which(StrEnum):
    """Which entries are asked for."""

    LIVE = "live"
    WAITING = "waiting"
    ENDED = "ended"
    ALL = "all"


class Because(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Why


class NewEntryIn(Because):
    """An entity to be blocked or allowed."""

    kind: EntityKind
    value: str = Field(min_length=1, max_length=LONGEST_VALUE, description="As payments carry it.")
    effect: Listed
    expires_at: AwareDatetime | None = Field(
        default=None, description="Null: without end, which only seniors may block."
    )

    def entry(self) -> NewEntry:
        """Return what is to be listed."""
        return NewEntry(
            kind=self.kind,
            value=self.value,
            effect=self.effect,
            reason=self.reason,
            expires_at=self.expires_at,
        )


class EntryOut(BaseModel):
    """An entry of a list."""

    id: int
    kind: EntityKind
    shown: str = Field(description="What is shown of the value; the value itself is not kept.")
    effect: Listed
    state: EntryState
    waits_for_second: bool = Field(description="Another manager has to approve or refuse something of it.")
    reason: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None = Field(description="Null: without end.")
    approved_by: str | None
    lift_by: str | None = Field(description="Who asks that it be lifted.")
    lift_reason: str | None
    ended_by: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, listed: ListedEntry, now: datetime) -> "EntryOut":
        """Return an entry as it goes out."""
        return cls(**_fields(listed, now))


class EntriesOut(BaseModel):
    """Entries, the newest first."""

    entries: list[EntryOut]
    next_before: int | None = Field(description="Null: there are no more.")


class EventOut(BaseModel):
    """What was done with an entry."""

    act: Act
    by: str | None = Field(description="Null: it ran out.")
    reason: str
    happened_at: datetime


class EntryWithHistoryOut(EntryOut):
    """An entry, and what was done with it."""

    history: list[EventOut]

    @classmethod
    def with_history(
        cls, listed: ListedEntry, events: Sequence[ListEvent], now: datetime
    ) -> "EntryWithHistoryOut":
        """Return both as they go out."""
        history = [
            EventOut(act=each.act, by=each.by, reason=each.reason, happened_at=each.happened_at)
            for each in events
        ]
        return cls(**_fields(listed, now), history=history)


def _fields(listed: ListedEntry, now: datetime) -> dict[str, object]:
    entry = listed.entry
    state = entry.state_at(now)
    return {
        "id": entry.id,
        "kind": entry.kind,
        "shown": entry.shown,
        "effect": entry.effect,
        "state": state,
        "waits_for_second": entry.waits_for_second and state.stands,
        "reason": entry.reason,
        "made_by": listed.made_by,
        "made_at": entry.made_at,
        "expires_at": entry.expires_at,
        "approved_by": listed.approved_by,
        "lift_by": listed.lift_by,
        "lift_reason": entry.lift_reason,
        "ended_by": listed.ended_by,
        "ended_at": entry.ended_at,
    }
