"""The queue as a page: a row per case with its rank and reason for review, and the filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.database.cases.queue import QueuedCase
from app.review.access.people import Account
from app.review.case import CaseState
from app.review.keeping.hold import Hold
from app.review.queue.priority import loss_in_base
from app.review.queue.service_level import ServiceLevels
from app.web.pages import formatting
from app.web.pages.cases.kept_view import assign_address, kept_words
from app.web.pages.cases.queue_query import QueueQuery
from app.web.pages.causes import CAUSES, cause_of
from app.web.pages.frame import Frame
from app.web.pages.typed_number import HOW

STATES: Mapping[CaseState, str] = {CaseState.OPEN: "Open", CaseState.ESCALATED: "Escalated"}
NAMES: Mapping[str, str] = {
    "state": "state",
    "cause": "reason for review",
    "amount_from": "least amount",
    "amount_to": "largest amount",
    "waits_from": "least time pending",
    "waits_to": "longest time pending",
    "policy": "policy version",
    "customer": "awaiting customer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One waiting case."""

    place: int
    number: str
    address: str
    amount: str
    cause: str
    #: In words, what puts it in this place.
    why_here: str
    #: The machine's opinion is hidden, and with it what is at risk.
    is_blind: bool
    #: By when it should be judged, by its service level; and the payment's own deadline, empty without one.
    due: str
    deadline: str
    #: Who has it: `reserved 2:31`, `colleague, 0:40`; empty when it is free.
    whose: str
    is_mine: bool
    #: Where the reader may ask for this very case, and where say whose it is; empty: not.
    take_address: str
    assign_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a list to choose from."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters as they stand in the address."""

    states: tuple[Choice, ...]
    causes: tuple[Choice, ...]
    given: Mapping[str, str]
    is_any: bool
    may_see_policies: bool
    #: What was not understood; empty when all was.
    mistake: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """One page of the queue."""

    frame: Frame
    open: int
    escalated: int
    held: int
    awaiting_customer: int
    awaiting_model: int
    oldest: str
    filters: Filters
    rows: tuple[Row, ...]
    #: Where the list goes on; empty at its end.
    more: str
    is_further: bool
    base_currency: str


def filters_view(query: QueueQuery, *, may_see_policies: bool) -> Filters:
    """Return the form of the filters, filled as the address says."""
    wanted = query.wanted
    causes = [Choice(value="", name="any", is_chosen=wanted.reason is None)]
    causes += [
        Choice(value=reason.value, name=cause.tag, is_chosen=reason is wanted.reason)
        for reason, cause in CAUSES.items()
    ]
    wrong = ", ".join(NAMES[name] for name in query.mistakes)
    return Filters(
        states=tuple(
            Choice(value=state.value, name=name, is_chosen=state is wanted.state)
            for state, name in STATES.items()
        ),
        causes=tuple(causes),
        given=query.given,
        is_any=not wanted.is_empty or bool(query.mistakes),
        may_see_policies=may_see_policies,
        mistake=f"Not understood, and left out: {wrong}. {HOW}" if wrong else "",
    )


def row(
    waiting: QueuedCase,
    account: Account,
    now: datetime,
    *,
    place: int,
    levels: ServiceLevels,
    state: CaseState = CaseState.OPEN,
) -> Row:
    """Return the row of a case in this state; a blind one says neither why the machine asks nor its risk."""
    waits = f"pending {formatting.duration(now - waiting.opened_at)}"
    # Beside the amount it would give the hidden probability away.
    risk = "" if waiting.is_blind else f"{_risk(waiting)} at risk, "
    cause = cause_of(waiting.reason, is_blind=waiting.is_blind)
    loss = loss_in_base(waiting.queue_loss, waiting.queue_rate)
    return Row(
        place=place,
        number=formatting.count(waiting.case_id),
        address=f"/cases/{waiting.case_id}",
        amount=formatting.money(waiting.amount, waiting.currency),
        cause=cause.tag,
        why_here=risk + waits,
        is_blind=waiting.is_blind,
        due=formatting.ago(levels.due_at(loss, waiting.opened_at, waiting.respond_by), now),
        deadline=formatting.ago(waiting.respond_by, now) if waiting.respond_by is not None else "",
        whose=_whose(waiting, account.id, now),
        is_mine=waiting.holder_id == account.id and _is_held(waiting, now),
        take_address=f"/cases/{waiting.case_id}/take" if _may_be_taken(waiting, account, state, now) else "",
        assign_address=assign_address(waiting.case_id, account, state),
    )


def _may_be_taken(waiting: QueuedCase, account: Account, state: CaseState, now: datetime) -> bool:
    hold = Hold(
        lease_expires_at=waiting.lease_expires_at,
        is_reserved=waiting.is_reserved,
        offered_to=waiting.offered_to,
        offered_until=waiting.offered_until,
        assigned_to=waiting.assigned_to,
        assigned_until=waiting.assigned_until,
        waits_until=waiting.waits_until,
    )
    is_mine = waiting.holder_id == account.id and not waiting.is_reserved and _is_held(waiting, now)
    return not is_mine and hold.lets_take(account, state, now)


def _risk(waiting: QueuedCase) -> str:
    told = formatting.money(waiting.queue_loss, waiting.currency)
    return told if waiting.queue_rate is not None else f"{told} (no rate)"


def _is_held(waiting: QueuedCase, now: datetime) -> bool:
    return waiting.lease_expires_at is not None and waiting.lease_expires_at > now


def _whose(waiting: QueuedCase, account_id: int, now: datetime) -> str:
    is_mine = waiting.holder_id == account_id
    if waiting.lease_expires_at is not None and _is_held(waiting, now):
        left = formatting.countdown(waiting.lease_expires_at - now)
        if waiting.is_reserved:
            return "your next" if is_mine else "next of a colleague"
        return f"reserved {left}" if is_mine else f"colleague, {left}"
    kept = kept_words(waiting, account_id, now)
    if kept:
        return kept
    if waiting.offered_until is not None and waiting.offered_until > now:
        return "reassigned to you" if waiting.offered_to == account_id else "reassigned to a colleague"
    return ""
