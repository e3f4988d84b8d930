"""The queue as a page: a row per case with what there is to show in any column, and the filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.cases.queue import QueuedCase
from app.review.access.people import Ability, Account
from app.review.attribute_kinds import AttributeKind, first_of
from app.review.blindness import reader_of
from app.review.card_numbers.masking import without_card_numbers
from app.review.case import CaseKind, CaseState
from app.review.keeping.hold import Hold
from app.review.queue.priority import loss_in_base
from app.review.queue.selection import Seen, SeenRow
from app.review.queue.service_level import ServiceLevels
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.cases.assignee import assignee_of
from app.web.pages.cases.kept_view import assign_address
from app.web.pages.cases.queue_columns import Columns
from app.web.pages.cases.queue_query import FIELDS, QueueQuery
from app.web.pages.cases.view_bar import Notice, ViewBar
from app.web.pages.causes import CAUSES, cause_of
from app.web.pages.frame import Frame
from app.web.pages.typed_number import how

STATES: Mapping[CaseState, str] = {CaseState.OPEN: marked("Open"), CaseState.ESCALATED: marked("Escalated")}
NAMES: Mapping[str, str] = {
    "state": marked("state"),
    "cause": marked("reason for review"),
    "amount_from": marked("least amount"),
    "amount_to": marked("largest amount"),
    "waits_from": marked("least time pending"),
    "waits_to": marked("longest time pending"),
    "policy": marked("policy version"),
    "customer": marked("awaiting customer"),
}
#: Why a case was opened, for those who answer for the work and judge none of it.
KINDS: Mapping[CaseKind, str] = {
    CaseKind.UNKNOWN: marked("manual review"),
    CaseKind.AUDIT: marked("audit"),
    CaseKind.GOLD: marked("control case"),
    CaseKind.SECOND: marked("second review"),
    CaseKind.RULING: marked("ruling"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One waiting case."""

    #: Its rank among all; empty where the list goes by something else.
    place: str
    number: str
    address: str
    #: What somebody says who chooses this row: the case, the decision, and whose it is, as seen here.
    chosen: str
    is_ticked: bool
    card: str
    merchant: str
    client: str
    amount: str
    #: Of fraud; empty where it has none. Of a blind case it is never here.
    probability: str
    pending: str
    state: str
    kind: str
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
class Rows:
    """By what rows are made: for whom, when, and what the list is."""

    account: Account
    now: datetime
    levels: ServiceLevels
    state: CaseState = CaseState.OPEN
    #: The list goes by rank, from its head.
    is_by_rank: bool = True
    ticks_all: bool = False


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
    #: What the form carries beside its fields: the view, the columns, the sort.
    hidden: tuple[tuple[str, str], ...]
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
    columns: Columns
    views: ViewBar
    rows: tuple[Row, ...]
    #: `the most urgent first`.
    order: str
    #: Whether rows may be chosen, and where all of this page are.
    may_choose: bool
    choose_all: str
    notice: Notice | None
    #: Where the list goes on; empty at its end.
    more: str
    is_further: bool
    base_currency: str


def filters_view(query: QueueQuery, *, may_see_policies: bool) -> Filters:
    """Return the form of the filters, filled as the address says."""
    wanted = query.wanted
    causes = [Choice(value="", name=marked("any"), is_chosen=wanted.reason is None)]
    causes += [
        Choice(value=reason.value, name=cause.tag, is_chosen=reason is wanted.reason)
        for reason, cause in CAUSES.items()
    ]
    wrong = ", ".join(str(NAMES[name]) for name in query.mistakes)
    return Filters(
        states=tuple(
            Choice(value=state.value, name=name, is_chosen=state is wanted.state)
            for state, name in STATES.items()
        ),
        causes=tuple(causes),
        given=query.given,
        hidden=tuple((name, value) for name, value in query.fields() if name not in FIELDS),
        is_any=not wanted.is_empty or bool(query.mistakes),
        may_see_policies=may_see_policies,
        mistake=worded("Not understood, and left out: %(wrong)s. %(how)s", wrong=wrong, how=how())
        if wrong
        else "",
    )


def ranked(waiting: Sequence[QueuedCase], *, first: int, now: datetime) -> list[int | None]:
    """Return the rank of each of these cases, from this one on; None: it waits, and nobody is given it."""
    ranks, following = [], first
    for each in waiting:
        waits = _hold(each).waits(now)
        ranks.append(None if waits else following)
        following += not waits
    return ranks


def row(waiting: QueuedCase, about: Rows, *, place: int | None) -> Row:
    """Return a case's row; a blind one says neither why the machine asks nor its score and its risk."""
    account, now = about.account, about.now
    pending = formatting.duration(now - waiting.opened_at)
    # Beside the amount it would give the hidden probability away.
    risk = "" if waiting.is_blind else worded("%(waiting)s at risk, ", waiting=_risk(waiting))
    whose = assignee_of(waiting, account.id, now)
    loss = loss_in_base(waiting.queue_loss, waiting.queue_rate)
    seen = SeenRow(
        case_id=waiting.case_id, decision_id=waiting.decision_id, seen=_seen(waiting, account, now)
    )
    return Row(
        place=str(place) if about.is_by_rank and place is not None else "",
        number=formatting.count(waiting.case_id),
        address=f"/cases/{waiting.case_id}",
        chosen=seen.written,
        is_ticked=about.ticks_all,
        card=without_card_numbers(first_of(AttributeKind.CARD, waiting.attributes) or ""),
        merchant=without_card_numbers(first_of(AttributeKind.MERCHANT, waiting.attributes) or ""),
        client=waiting.client,
        amount=formatting.money(waiting.amount, waiting.currency),
        probability="" if waiting.probability is None else formatting.percent(waiting.probability),
        pending=pending,
        state=STATES[about.state],
        kind=KINDS[waiting.kind] if tells_kind(account) and not waiting.is_blind else "",
        cause=cause_of(waiting.reason, is_blind=waiting.is_blind).tag,
        why_here=worded("%(risk)spending %(pending)s", risk=risk, pending=pending),
        is_blind=waiting.is_blind,
        due=formatting.ago(about.levels.due_at(loss, waiting.opened_at, waiting.respond_by), now),
        deadline=formatting.ago(waiting.respond_by, now) if waiting.respond_by is not None else "",
        assign_address=assign_address(waiting.case_id, account, about.state),
        whose=whose.words,
        is_mine=whose.is_mine,
        take_address=(
            f"/cases/{waiting.case_id}/take" if _may_be_taken(waiting, account, about.state, now) else ""
        ),
    )


def tells_kind(account: Account) -> bool:
    """Whether somebody may know why a live case was opened: whoever judges must not."""
    return reader_of(account) is None and account.may(Ability.SEE_POLICIES)


def _may_be_taken(waiting: QueuedCase, account: Account, state: CaseState, now: datetime) -> bool:
    hold = _hold(waiting)
    is_mine = waiting.holder_id == account.id and not waiting.is_reserved and _is_held(waiting, now)
    return not is_mine and hold.lets_take(account, state, now)


def _seen(waiting: QueuedCase, account: Account, now: datetime) -> Seen:
    return Seen.of(_hold(waiting), holder_id=waiting.holder_id, account_id=account.id, now=now)


def _hold(waiting: QueuedCase) -> Hold:
    return Hold(
        lease_expires_at=waiting.lease_expires_at,
        is_reserved=waiting.is_reserved,
        offered_to=waiting.offered_to,
        offered_until=waiting.offered_until,
        assigned_to=waiting.assigned_to,
        assigned_until=waiting.assigned_until,
        waits_until=waiting.waits_until,
    )


def _risk(waiting: QueuedCase) -> str:
    told = formatting.money(waiting.queue_loss, waiting.currency)
    return told if waiting.queue_rate is not None else worded("%(told)s (no rate)", told=told)


def _is_held(waiting: QueuedCase, now: datetime) -> bool:
    return waiting.lease_expires_at is not None and waiting.lease_expires_at > now
