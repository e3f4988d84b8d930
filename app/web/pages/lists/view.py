"""Entries of the lists as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.payments.lists.entries import ListedEntry, ListEvent
from app.review.access.people import Account
from app.review.lists.entry import Act, EntityKind, EntryState
from app.review.lists.rules import may_decide, may_end
from app.triage.labels import Listed
from app.web.languages.sentences import marked
from app.web.pages import formatting
from app.web.pages.frame import Frame

PLACE = "/lists"
KINDS = {
    EntityKind.CARD: marked("card"),
    EntityKind.DEVICE: marked("device"),
    EntityKind.MERCHANT: marked("merchant"),
    EntityKind.IP: marked("IP address"),
    EntityKind.EMAIL: marked("email"),
    EntityKind.CUSTOMER: marked("customer"),
}
EFFECTS = {Listed.BLOCK: marked("blocked"), Listed.ALLOW: marked("allowed")}
#: As tags are coloured.
TONES = {Listed.BLOCK: "fraud", Listed.ALLOW: "legit"}
STATES = {
    EntryState.PROPOSED: marked("waits for another manager"),
    EntryState.LIVE: marked("in force"),
    EntryState.REFUSED: marked("refused"),
    EntryState.ENDED: marked("ended"),
    EntryState.EXPIRED: marked("expired"),
}
ACTS = {
    Act.ADDED: marked("listed it"),
    Act.PROPOSED: marked("proposed it"),
    Act.APPROVED: marked("approved it"),
    Act.REFUSED: marked("refused it"),
    Act.LIFT_PROPOSED: marked("asked to lift it"),
    Act.LIFT_REFUSED: marked("refused to lift it"),
    Act.ENDED: marked("ended it"),
    Act.EXPIRED: marked("It expired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry in the table, and beside an entity."""

    address: str
    kind: str
    shown: str
    effect: str
    tone: str
    state: str
    reason: str
    made_by: str
    made: str
    #: Empty: without end.
    until: str
    #: Who asks that it be lifted; empty: nobody.
    lift_by: str
    lift_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsPage:
    """The table with its filters."""

    frame: Frame
    rows: tuple[EntryView, ...]
    #: What is chosen: live, waiting, ended or all; a kind and an effect, or empty.
    state: str
    kind: str
    effect: str
    states: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    effects: tuple[tuple[str, str], ...]
    #: What the reader may list.
    may_list: tuple[tuple[str, str], ...]
    older: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """What somebody did with an entry."""

    who: str
    did: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """An entry with its history, and what the reader may do with it."""

    frame: Frame
    entry: EntryView
    events: tuple[EventRow, ...]
    may_end: bool
    #: What ending does: at once, or after another manager's word.
    ends_by_two: bool
    may_decide: bool
    #: The reader proposed what waits.
    is_mine: bool
    problem: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntryPage:
    """The form by which somebody lists an entity."""

    frame: Frame
    effect: str
    #: `Block` or `Allow`.
    verb: str
    kind: str
    kinds: tuple[tuple[str, str], ...]
    value: str
    #: Encoded, where the entity was chosen on its page; empty: it is typed.
    of: str
    kind_name: str
    ends: tuple[tuple[str, str], ...]
    lasts: str
    needs_two: bool
    reason: str
    problem: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """What stands of an entity on its page, and what the reader may list it as."""

    entry: EntryView | None
    #: Words and addresses of `Block this device...` and `Allow this device...`.
    links: tuple[tuple[str, str], ...]


def entry_view(listed: ListedEntry, now: datetime) -> EntryView:
    """Return an entry as it stands."""
    entry = listed.entry
    return EntryView(
        address=f"{PLACE}/{entry.id}",
        kind=KINDS[entry.kind],
        shown=entry.shown,
        effect=EFFECTS[entry.effect],
        tone=TONES[entry.effect],
        state=STATES[entry.state_at(now)],
        reason=entry.reason,
        made_by=listed.made_by,
        made=formatting.moment(entry.made_at),
        until=formatting.moment(entry.expires_at) if entry.expires_at is not None else "",
        lift_by=listed.lift_by or "",
        lift_reason=entry.lift_reason or "",
    )


def entry_page(
    frame: Frame,
    listed: ListedEntry,
    events: Sequence[ListEvent],
    *,
    account: Account,
    now: datetime,
    problem: str = "",
    reason: str = "",
) -> EntryPage:
    """Return an entry's page."""
    entry = listed.entry
    waits = entry.waits_for_second and entry.state_at(now).stands
    proposer = entry.lift_by if entry.lift_by is not None else entry.made_by
    return EntryPage(
        frame=frame,
        entry=entry_view(listed, now),
        events=tuple(_event(each) for each in events),
        may_end=entry.is_in_force(now) and entry.lift_by is None and may_end(entry, account),
        ends_by_two=entry.kind.needs_two,
        may_decide=waits and may_decide(entry, account),
        is_mine=waits and proposer == account.id,
        problem=problem,
        reason=reason,
    )


def _event(event: ListEvent) -> EventRow:
    return EventRow(
        who=event.by or "", did=ACTS[event.act], at=formatting.moment(event.happened_at), reason=event.reason
    )
