"""The queue as a list of pending cases, with filters, in one of the orders it can go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import hides_words, is_blind
from app.database.cases.worklists.queue_filters import QueueConditions
from app.database.cases.worklists.queue_orders import walked
from app.database.service_levels import DUE_PARAMETERS
from app.review.case import CaseKind, CaseState
from app.review.queue.columns import BY_PRIORITY, QueueOrder, QueueSort
from app.triage.labels import Reason

NOTHING: Mapping[str, object] = {}


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
    #: Whose it is by an assignment: until when nobody else is given it, their name, who assigned it and why;
    #: that is None where it is kept from the reader for now, too.
    assigned_to: int | None
    assigned_until: datetime | None
    assignee: str | None
    assigned_by: str | None
    assigned_because: str | None
    #: It waits for the customer, unless that is past.
    waits_until: datetime | None


_READER = "CAST(:filter_account AS bigint)"
# The inner part walks an index and stops; the rest is looked up for what it found.
ROWS = f"""
SELECT waiting.id AS case_id, waiting.decision_id, waiting.kind, clients.name AS client, t.attributes,
    t.amount, t.currency, d.reason, {is_blind("waiting", "d")} AS is_blind, d.probability,
    coalesce(waiting.queue_loss, waiting.expected_loss) AS queue_loss, waiting.queue_rate,
    waiting.opened_at, waiting.respond_by, waiting.holder_id, waiting.lease_expires_at, waiting.is_reserved,
    waiting.offered_to, waiting.offered_until, waiting.assigned_to, waiting.assigned_until,
    assignee.display_name AS assignee, assigner.display_name AS assigned_by,
    CASE WHEN s.by_id = {_READER} OR NOT {hides_words("waiting", "d", _READER)} THEN s.reason END
        AS assigned_because,
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


def rows_statement(
    state: CaseState, conditions: QueueConditions, *, is_further: bool, sort: QueueSort = BY_PRIORITY
) -> TextClause:
    """Return the list's statement; by the due time it is asked with `level_parameters`, too."""
    listed, outer = walked(state, conditions.sql, sort, is_further=is_further)
    return text(ROWS.format(cases=listed, outer=outer))


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
