"""Lists of cases behind the numbers of operations: the same conditions, page by page along an index.

A page of what waits follows the queue's own order and stops when it is full. A filter that few cases meet
makes it look at more of them, at worst at all that wait, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_hidden, is_kept_from
from app.database.leases import is_held
from app.database.service_levels import (
    AGE_BAND,
    DUE_AT,
    NOW,
    PRIORITY,
    TIMELINESS,
    level_parameters,
)
from app.review.case import CaseState
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness
from app.triage.labels import Reason

#: What somebody judged `lately` lies in this.
LATELY = timedelta(hours=1)
LIVE = (CaseState.OPEN, CaseState.ESCALATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """Which cases: what waits, unless an hour or a person is named; all conditions hold together."""

    state: CaseState | None = None
    #: Why a person looks, where that is told; or whether it is kept back until the verdict.
    reason: Reason | None = None
    is_hidden: bool | None = None
    age: AgeBand | None = None
    priority: Priority | None = None
    timeliness: Timeliness | None = None
    holder_id: int | None = None
    #: Judged lately by this person.
    judged_by: int | None = None
    #: In the hour that begins then.
    opened_in: datetime | None = None
    ended_in: datetime | None = None

    @property
    def only_waiting(self) -> bool:
        """Whether the list is of cases that wait now."""
        return self.judged_by is None and self.opened_in is None and self.ended_in is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPosition:
    """The case behind which a list continues."""

    at: float | datetime
    case_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """One case of a list."""

    case_id: int
    transaction_id: str
    client: str
    amount: Decimal
    currency: str
    state: CaseState
    #: None: kept back until the verdict.
    reason: Reason | None
    priority: Priority
    #: None for a case that waits no more.
    timeliness: Timeliness | None
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    holder_id: int | None
    holder: str | None
    held_until: datetime | None
    place: ListPosition


# Nothing anybody has yet to judge without the machine's opinion tells it here: not by a cause, nor a filter.
_READER = "CAST(:reader AS bigint)"
_KEPT = is_kept_from("c", _READER)
IS_HIDDEN = f"""({is_hidden("c", "d")} OR EXISTS (
    SELECT 1 FROM cases again
    WHERE again.transaction_id = c.transaction_id AND again.id <> c.id
        AND again.state IN ('open', 'escalated', 'given') AND NOT {is_kept_from("again", _READER)}
))"""
_BRANCH = """
(SELECT c.id, c.transaction_id, c.state, CASE WHEN NOT {is_hidden} THEN d.reason END AS reason, c.opened_at,
    c.closed_at,
    {priority} AS priority, {timeliness} AS timeliness, {due_at} AS due_at, {order} AS at,
    CASE WHEN {is_held} THEN c.holder_id END AS holder_id, c.lease_expires_at AS held_until
FROM cases c JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE {conditions} ORDER BY {order} {direction}, c.id LIMIT :limit)
"""
_LIST = """
SELECT f.*, f.id AS case_id, t.transaction_id AS told_id, clients.name AS client, t.amount, t.currency,
    a.display_name AS holder
FROM (SELECT * FROM ({branches}) u ORDER BY at {direction}, id LIMIT :limit) f
JOIN transactions t ON t.id = f.transaction_id
JOIN clients ON clients.id = t.client_id
LEFT JOIN accounts a ON a.id = f.holder_id
ORDER BY f.at {direction}, f.id
"""
_HOUR_AFTER = "CAST(:{name} AS timestamptz) + interval '1 hour'"
_CONDITIONS: Mapping[str, str] = {
    "reason": f"d.reason = CAST(:reason AS text) AND NOT {IS_HIDDEN}",
    "is_hidden": f"{IS_HIDDEN} = CAST(:is_hidden AS boolean)",
    "age": f"({AGE_BAND}) = :age",
    "priority": f"({PRIORITY}) = :priority",
    "timeliness": f"({TIMELINESS}) = :timeliness",
    "holder_id": f"c.holder_id = :holder_id AND {is_held('c', NOW)}",
    "judged_by": (
        "c.id IN (SELECT case_id FROM verdicts WHERE account_id = :judged_by AND corrects_id IS NULL"
        f" AND judged_at > {NOW} - interval '{LATELY.total_seconds():.0f} seconds' AND judged_at <= {NOW})"
    ),
    "opened_in": f"c.opened_at >= :opened_in AND c.opened_at < {_HOUR_AFTER.format(name='opened_in')}",
    "ended_in": f"c.closed_at >= :ended_in AND c.closed_at < {_HOUR_AFTER.format(name='ended_in')}",
}
_ONWARD: Mapping[str, str] = {
    # Written so that the index's range begins here.
    "DESC": "c.priority_key <= :at AND (c.priority_key < :at OR c.id > :after_id)",
    "ASC": "({order}, c.id) > (CAST(:at AS timestamptz), :after_id)",
}


async def listed(
    connection: AsyncConnection,
    wanted: CaseQuery,
    levels: ServiceLevels,
    now: datetime,
    *,
    limit: int,
    reader_id: int | None = None,
    after: ListPosition | None = None,
) -> list[ListedCase]:
    """Return the next cases of a list: what waits by urgency, all else by time.

    `reader_id` is who asks, where they may judge: reviews of their own verdicts are not listed.
    """
    asked, parameters = statement(wanted, levels, now, reader_id=reader_id, limit=limit, after=after)
    rows = await connection.execute(text(asked), parameters)
    return [_case(row) for row in rows.mappings()]


def statement(
    wanted: CaseQuery,
    levels: ServiceLevels,
    now: datetime,
    *,
    limit: int,
    reader_id: int | None = None,
    after: ListPosition | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return the statement that finds the next cases of a list, and what it is asked with."""
    order, direction = _order(wanted)
    given = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    conditions = [_CONDITIONS[name] for name in given]
    parameters = level_parameters(levels, now) | given | {"reader": reader_id, "limit": limit}
    # A place in another order's list says nothing here.
    if after is not None and isinstance(after.at, datetime) != wanted.only_waiting:
        conditions.append(_ONWARD[direction].format(order=order))
        parameters |= {"at": after.at, "after_id": after.case_id}
    branches = " UNION ALL ".join(
        _BRANCH.format(
            is_hidden=IS_HIDDEN, priority=PRIORITY, timeliness=TIMELINESS, due_at=DUE_AT,
            is_held=is_held("c", NOW),
            order=order, direction=direction, conditions=" AND ".join([*state, *conditions, f"NOT {_KEPT}"]),
        )
        for state in _states(wanted)
    )  # fmt: skip
    return _LIST.format(branches=branches, direction=direction), parameters


def _order(wanted: CaseQuery) -> tuple[str, str]:
    if wanted.only_waiting:
        return "c.priority_key", "DESC"
    return ("c.closed_at" if wanted.ended_in is not None else "c.opened_at"), "ASC"


def _states(wanted: CaseQuery) -> list[list[str]]:
    """Return a condition for each index to walk: what is open and what is escalated have one each."""
    if wanted.state is not None:
        return [[f"c.state = '{wanted.state.value}'"]]
    return [[f"c.state = '{state.value}'"] for state in LIVE] if wanted.only_waiting else [[]]


def _case(row: RowMapping) -> ListedCase:
    names = (
        "case_id", "client", "amount", "currency", "opened_at", "due_at", "closed_at", "holder_id", "holder",
    )  # fmt: skip
    values: dict[str, Any] = {name: row[name] for name in names}
    state = CaseState(row["state"])
    return ListedCase(
        transaction_id=row["told_id"],
        state=state,
        reason=Reason(row["reason"]) if row["reason"] is not None else None,
        priority=Priority(row["priority"]),
        timeliness=Timeliness(row["timeliness"]) if state in LIVE else None,
        held_until=row["held_until"] if row["holder_id"] is not None else None,
        place=ListPosition(at=row["at"], case_id=row["case_id"]),
        **values,
    )
