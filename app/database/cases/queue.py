"""The queue as a list of pending cases, with filters, in one of the orders it can go by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_blind, is_kept_from
from app.database.keeping import waits
from app.database.leases import is_held
from app.database.service_levels import DUE_PARAMETERS, DuePart, due_at, due_parts, latest_due, ranked_loss
from app.review.case import CaseKind, CaseState
from app.review.queue.columns import BY_PRIORITY, QueueOrder, QueueSort
from app.triage.labels import Reason

NOTHING: Mapping[str, object] = {}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCase:
    """A case in the queue, with the content of its row."""

    case_id: int
    #: The decision that speaks now.
    decision_id: int
    kind: CaseKind
    client: str
    attributes: Mapping[str, str]
    amount: Decimal
    currency: str
    reason: Reason
    #: The machine keeps its opinion of it to itself.
    is_blind: bool
    #: Of fraud; None: it has none, or it is kept back.
    probability: float | None
    #: By what it stands in the queue, in the transaction's currency; of a case that is not blind what the
    #: machine expects to lose.
    queue_loss: float
    #: To the base currency; None: no rate was known.
    queue_rate: float | None
    opened_at: datetime
    respond_by: datetime | None
    holder_id: int | None
    lease_expires_at: datetime | None
    is_reserved: bool
    offered_to: int | None
    offered_until: datetime | None
    #: Whose it is by an assignment: until when nobody else is given it, their name, who assigned it and why.
    assigned_to: int | None
    assigned_until: datetime | None
    assignee: str | None
    assigned_by: str | None
    assigned_because: str | None
    #: It waits for the customer, unless that is past.
    waits_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """An order in SQL: its key, which end is first, and how cases of one key go."""

    key: str
    begins_high: bool
    #: Of two cases with one key the higher number comes first.
    newest_first: bool

    def from_the_end(self) -> "_Order":
        return replace(self, begins_high=not self.begins_high, newest_first=not self.newest_first)

    def part(self, due: DuePart) -> "_Part":
        """Return a part of the list in its own order; its first cases are among the first of all."""
        return _Part(
            level=due.level,
            which=f" AND {due.which}",
            behind=self._as_pair(due.column, f"{self._last()} - {due.time}"),
            order=replace(self, key=due.column).written("cases"),
        )

    def written(self, case: str) -> str:
        """Return what stands behind ORDER BY."""
        ways = ["DESC" if is_down else "ASC" for is_down in (self.begins_high, self.newest_first)]
        return f"{self.key.format(case=case)} {ways[0]}, {case}.id {ways[1]}"

    def behind(self) -> str:
        """Return the condition of what comes behind the case `:after`.

        By its number, not by its key: the key beside the waiting time would tell what is at risk. Behind a
        case that is kept from the reader nothing comes.
        """
        key = self.key.format(case="cases")
        last = self._last()
        if self.begins_high is self.newest_first:
            return self._as_pair(key, last)
        further, later = "<" if self.begins_high else ">", "<" if self.newest_first else ">"
        return f"""
            AND {key} {further}= {last}
            AND ({key} {further} {last} OR cases.id {later} CAST(:after AS bigint))"""

    def _as_pair(self, key: str, last: str) -> str:
        """Return it as one comparison: an index begins behind the case, however many have its key."""
        further = "<" if self.begins_high else ">"
        return f"""
            AND ({key}, cases.id) {further} ({last}, CAST(:after AS bigint))"""

    def _last(self) -> str:
        return f"""(SELECT {self.key.format(case="before")} FROM cases before
            WHERE before.id = CAST(:after AS bigint)
                AND NOT {is_kept_from("before", "CAST(:filter_account AS bigint)")})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of the cases, in an order that an index has."""

    level: str
    which: str
    #: Where they begin behind a case.
    behind: str
    order: str


#: All there is: nothing that somebody typed is ever part of a statement. Each walks an index of live cases.
_ORDERS: Mapping[QueueOrder, _Order] = {
    QueueOrder.PRIORITY: _Order(key="{case}.priority_key", begins_high=True, newest_first=False),
    # In the base currency; what has no rate may be any amount, and counts as the largest.
    QueueOrder.AMOUNT: _Order(
        key="coalesce({case}.amount * CAST({case}.queue_rate AS numeric), 'Infinity')",
        begins_high=True,
        newest_first=True,
    ),
    QueueOrder.PENDING: _Order(key="{case}.opened_at", begins_high=False, newest_first=False),
    QueueOrder.DUE: _Order(key=due_at("{case}"), begins_high=False, newest_first=False),
    # Those without a deadline come last.
    QueueOrder.DEADLINE: _Order(
        key="coalesce({case}.respond_by, 'infinity')", begins_high=False, newest_first=False
    ),
}

# The inner part walks an index and stops; the rest is looked up for what it found.
ROWS = f"""
SELECT waiting.id AS case_id, waiting.decision_id, waiting.kind, clients.name AS client, t.attributes,
    t.amount, t.currency, d.reason, {is_blind("waiting", "d")} AS is_blind, d.probability,
    coalesce(waiting.queue_loss, waiting.expected_loss) AS queue_loss, waiting.queue_rate,
    waiting.opened_at, waiting.respond_by, waiting.holder_id, waiting.lease_expires_at, waiting.is_reserved,
    waiting.offered_to, waiting.offered_until, waiting.assigned_to, waiting.assigned_until,
    assignee.display_name AS assignee, assigner.display_name AS assigned_by, s.reason AS assigned_because,
    waiting.waits_until
FROM (
    {{cases}}
) waiting
JOIN transactions t ON t.id = waiting.transaction_id
JOIN clients ON clients.id = t.client_id
JOIN decisions d ON (d.transaction_id, d.id) = (waiting.transaction_id, waiting.decision_id)
LEFT JOIN case_assignments s
    ON waiting.assigned_to IS NOT NULL AND s.case_id = waiting.id AND s.ended_at IS NULL
LEFT JOIN accounts assignee ON assignee.id = s.assignee_id
LEFT JOIN accounts assigner ON assigner.id = s.by_id
ORDER BY {{outer}}
"""


_CASES = """SELECT * FROM cases WHERE state = '{state}'{conditions}{after}
    ORDER BY {order} LIMIT CAST(:limit AS bigint)"""


#: Of a level that has no more cases than these all are read, found by their loss. Where there are more, those
#: of a page are met soon by walking the time.
_FEW = 500
_FEW_OF = """{name} AS MATERIALIZED (
        SELECT id FROM cases WHERE state = '{state}' AND {level} ORDER BY {loss} LIMIT {few} + 1
    )"""
# One of the two is never begun.
_LEVEL = """({walked})
    UNION ALL ({found})"""
# No deadline behind the last that is listed without them is looked at.
_PARTS = """WITH {levels}, by_level AS MATERIALIZED (
        SELECT * FROM ({by_level}) cases ORDER BY {order} LIMIT CAST(:limit AS bigint)
    )
    SELECT * FROM (SELECT * FROM by_level UNION ALL ({by_deadline})) cases
    ORDER BY {order} LIMIT CAST(:limit AS bigint)"""


def _by_parts(order: _Order, state: CaseState, conditions: str, *, is_further: bool) -> str:
    """Return SQL that lists cases by their due time.

    It is made of settings, so no index has it: cases due for one reason are walked together, and the first of
    each are put together.
    """
    *by_level, by_deadline = (order.part(due) for due in due_parts("cases"))
    furthest, further, end = ("min", ">=", "-infinity") if order.begins_high else ("max", "<=", "infinity")
    due, deadline = order.key.format(case="cases"), "coalesce(cases.respond_by, 'infinity')"
    limit = f""" AND {deadline} {further} (
        SELECT coalesce(CASE WHEN count(*) >= CAST(:limit AS bigint) THEN {furthest}({due}) END, '{end}')
        FROM by_level cases)"""
    if order.begins_high:
        # Deadlines that make no case due come first here; none of them is looked at, either.
        limit += f" AND {deadline} <= {latest_due(state.value)}"

    def listed(part: _Part, more: str) -> str:
        return _CASES.format(
            state=state.value,
            conditions=f"{conditions}{part.which}{more}",
            after=part.behind if is_further else "",
            order=part.order,
        )

    def level(name: str, part: _Part) -> str:
        several = f"(SELECT count(*) FROM {name})"
        return _LEVEL.format(
            walked=listed(part, f" AND {several} > {_FEW}"),
            found=listed(part, f" AND cases.id = ANY(ARRAY(SELECT id FROM {name})) AND {several} <= {_FEW}"),
        )

    named = {f"level_{number}": part for number, part in enumerate(by_level)}
    loss = ranked_loss("cases")
    return _PARTS.format(
        levels=", ".join(
            _FEW_OF.format(name=name, state=state.value, level=part.level, loss=loss, few=_FEW)
            for name, part in named.items()
        ),
        by_level=" UNION ALL ".join(level(name, part) for name, part in named.items()),
        by_deadline=listed(by_deadline, limit),
        order=order.written("cases"),
    )


def rows_statement(
    state: CaseState, conditions: QueueConditions, *, is_further: bool, sort: QueueSort = BY_PRIORITY
) -> TextClause:
    """Return the list's statement; by the due time it is asked with `level_parameters`, too."""
    order = _ORDERS[sort.by].from_the_end() if sort.is_reversed else _ORDERS[sort.by]
    after = order.behind() if is_further else ""
    listed = _CASES.format(
        state=state.value, conditions=conditions.sql, after=after, order=order.written("cases")
    )
    if sort.by is QueueOrder.DUE:
        listed = _by_parts(order, state, conditions.sql, is_further=is_further)
    return text(ROWS.format(cases=listed, outer=order.written("waiting")))


async def rows(
    connection: AsyncConnection,
    state: CaseState,
    conditions: QueueConditions,
    *,
    limit: int,
    after: int | None = None,
    sort: QueueSort = BY_PRIORITY,
    levels: Mapping[str, object] = NOTHING,
) -> list[QueuedCase]:
    """Return the first cases that fulfil the conditions, behind a case where one is named.

    `levels` are the `level_parameters` that the order by due time asks for.
    """
    statement = rows_statement(state, conditions, is_further=after is not None, sort=sort)
    parameters: dict[str, object] = {**conditions.parameters, "limit": limit}
    if after is not None:
        parameters["after"] = after
    if sort.by is QueueOrder.DUE:
        parameters |= {name: value for name, value in levels.items() if name in DUE_PARAMETERS}
    return [_waiting(row) for row in (await connection.execute(statement, parameters)).mappings()]


def _waiting(row: RowMapping) -> QueuedCase:
    return QueuedCase(
        **{
            **row,
            "reason": Reason(row["reason"]),
            "kind": CaseKind(row["kind"]),
            "probability": None if row["is_blind"] else row["probability"],
        }
    )
