"""The queue as a list: what waits, in its order, as far as somebody wants it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.queue_filters import Conditions
from app.review.case import CaseKind, CaseState
from app.triage.labels import Label, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case in the queue, with what its row tells."""

    case_id: int
    kind: CaseKind
    amount: Decimal
    currency: str
    label: Label
    reason: Reason
    has_score: bool
    #: Whether chance hides the machine's opinion; None: not drawn yet.
    drawn_blind: bool | None
    #: In the transaction's currency.
    expected_loss: float
    opened_at: datetime
    respond_by: datetime | None
    holder_id: int | None
    lease_expires_at: datetime | None
    is_reserved: bool
    offered_to: int | None
    offered_until: datetime | None


# The inner part walks the queue's index and stops; the rest is looked up for what it found.
ROWS = """
SELECT waiting.id AS case_id, waiting.kind, t.amount, t.currency, d.label, d.reason,
    d.score_id IS NOT NULL AS has_score, drawn.is_blind AS drawn_blind, waiting.expected_loss,
    waiting.opened_at, waiting.respond_by, waiting.holder_id, waiting.lease_expires_at, waiting.is_reserved,
    waiting.offered_to, waiting.offered_until
FROM (
    SELECT * FROM cases WHERE state = '{state}'{conditions}{after}
    ORDER BY priority_key DESC, id LIMIT CAST(:limit AS bigint)
) waiting
JOIN transactions t ON t.id = waiting.transaction_id
JOIN decisions d ON d.id = waiting.decision_id
LEFT JOIN blind_draws drawn ON drawn.case_id = waiting.id
ORDER BY waiting.priority_key DESC, waiting.id
"""
# Behind a case by its number, not by its key: the key beside the waiting time would tell what is at risk.
_KEY = "(SELECT before.priority_key FROM cases before WHERE before.id = CAST(:after AS bigint))"
_AFTER = f"""
    AND priority_key <= {_KEY} AND (priority_key < {_KEY} OR cases.id > CAST(:after AS bigint))"""


def rows_statement(state: CaseState, conditions: Conditions, *, is_further: bool) -> TextClause:
    """Return the list's statement."""
    after = _AFTER if is_further else ""
    return text(ROWS.format(state=state.value, conditions=conditions.sql, after=after))


async def rows(
    connection: AsyncConnection,
    state: CaseState,
    conditions: Conditions,
    *,
    limit: int,
    after: int | None = None,
) -> list[Waiting]:
    """Return the most urgent cases that fulfil the conditions, behind a case where one is named."""
    statement = rows_statement(state, conditions, is_further=after is not None)
    parameters: dict[str, object] = {**conditions.parameters, "limit": limit}
    if after is not None:
        parameters["after"] = after
    return [_waiting(row) for row in (await connection.execute(statement, parameters)).mappings()]


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(
        **{
            **row,
            "kind": CaseKind(row["kind"]),
            "label": Label(row["label"]),
            "reason": Reason(row["reason"]),
        }
    )
