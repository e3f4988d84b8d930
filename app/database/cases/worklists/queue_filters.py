"""What the queue is asked for, and by which conditions: each asks for one value of a case by its key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.database.blindness import is_blind, is_kept_from
from app.database.keeping import waits
from app.database.leases import is_held
from app.review.case import CaseState
from app.triage.labels import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """The filters of the queue; without any, all open cases."""

    state: CaseState = CaseState.OPEN
    #: Why the machine doubts. Cases reviewed blind are never among these: it would tell too much.
    reason: Reason | None = None
    #: In the base currency.
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    waits_at_least: timedelta | None = None
    waits_at_most: timedelta | None = None
    #: A name and a value.
    attribute: tuple[str, str] | None = None
    policy_id: int | None = None
    #: Only what one holds, has ready, was handed or assigned.
    is_mine: bool = False
    #: Only what waits for the customer, or only what does not; None: both.
    awaits_customer: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets all open cases through."""
        return self == QueueFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConditions:
    """SQL over `cases`, each part led by AND, and its parameters, all named `filter_...`."""

    sql: str
    parameters: Mapping[str, object]


_DECISION = "decisions d WHERE (d.transaction_id, d.id) = (cases.transaction_id, cases.decision_id)"
_IS_BLIND = f"(SELECT {is_blind('cases', 'd')} FROM {_DECISION})"
_PAID = "(SELECT t.{what} FROM transactions t WHERE t.id = cases.transaction_id)"
_REASON = f"""(SELECT d.reason FROM {_DECISION})
    = CAST(:filter_reason AS text) AND NOT {_IS_BLIND}"""
# What decided a blind case would tell how old its decision is, and so why a person looks again.
_POLICY = f"""(SELECT d.policy_id FROM {_DECISION})
    = CAST(:filter_policy AS bigint) AND NOT {_IS_BLIND}"""
#: A review of what one judged oneself is no case for one's eyes.
_NOT_KEPT = f"NOT {is_kept_from('cases', 'CAST(:filter_account AS bigint)')}"
_MINE = f"""(
    (cases.holder_id = CAST(:filter_account AS bigint)
        AND {is_held("cases", "CAST(:filter_now AS timestamptz)")})
    OR (cases.offered_to = CAST(:filter_account AS bigint)
        AND cases.offered_until > CAST(:filter_now AS timestamptz))
    OR cases.assigned_to = CAST(:filter_account AS bigint)
)"""
_WAITS = f"{waits('cases', ':filter_now')} = CAST(:filter_waits AS boolean)"

Part = tuple[str, Mapping[str, object]]


def conditions(wanted: QueueFilter, *, account_id: int, now: datetime) -> QueueConditions:
    """Return what a case must fulfil beside its state.

    Each part asks for one value of a case by its key, so that a statement goes on walking the queue's own
    index from its head: nothing here can make it sort.
    """
    parts = [
        (_NOT_KEPT, {"filter_account": account_id}),
        *_about_the_payment(wanted),
        *_about_the_case(wanted, account_id, now),
        *_about_the_decision(wanted),
    ]
    parameters = {name: value for _, given in parts for name, value in given.items()}
    return QueueConditions(sql="".join(f" AND {sql}" for sql, _ in parts), parameters=parameters)


def _about_the_payment(wanted: QueueFilter) -> Iterator[Part]:
    # In the base currency; what has no rate may be any amount, so none is too small for it.
    amount = f"{_PAID.format(what='amount')} * CAST(cases.queue_rate AS numeric)"
    if wanted.amount_from is not None:
        enough = f"(cases.queue_rate IS NULL OR {amount} >= CAST(:filter_amount_from AS numeric))"
        yield enough, {"filter_amount_from": wanted.amount_from}
    if wanted.amount_to is not None:
        yield f"{amount} <= CAST(:filter_amount_to AS numeric)", {"filter_amount_to": wanted.amount_to}
    if wanted.attribute is not None:
        name, value = wanted.attribute
        named = _PAID.format(what="attributes ->> CAST(:filter_name AS text)")
        yield f"{named} = CAST(:filter_value AS text)", {"filter_name": name, "filter_value": value}


def _about_the_case(wanted: QueueFilter, account_id: int, now: datetime) -> Iterator[Part]:
    opened = "cases.opened_at {} CAST(:{} AS timestamptz)"
    if wanted.waits_at_least is not None:
        before = now - wanted.waits_at_least
        yield opened.format("<=", "filter_opened_until"), {"filter_opened_until": before}
    if wanted.waits_at_most is not None:
        since = now - wanted.waits_at_most
        yield opened.format(">=", "filter_opened_since"), {"filter_opened_since": since}
    if wanted.is_mine:
        yield _MINE, {"filter_account": account_id, "filter_now": now}
    if wanted.awaits_customer is not None:
        yield _WAITS, {"filter_waits": wanted.awaits_customer, "filter_now": now}


def _about_the_decision(wanted: QueueFilter) -> Iterator[Part]:
    if wanted.policy_id is not None:
        yield _POLICY, {"filter_policy": wanted.policy_id}
    if wanted.reason is not None:
        yield _REASON, {"filter_reason": wanted.reason.value}
