"""The queue as a list: what waits, in its order, as far as somebody wants it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_blind, is_kept_from
from app.database.cases.queue_filters import Conditions
from app.review.case import CaseState
from app.triage.labels import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case in the queue, with what its row tells."""

    case_id: int
    amount: Decimal
    currency: str
    reason: Reason
    #: The machine keeps its opinion of it to itself.
    is_blind: bool
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


# The inner part walks the queue's index and stops; the rest is looked up for what it found.
ROWS = f"""
SELECT waiting.id AS case_id, t.amount, t.currency, d.reason, {is_blind("waiting", "d")} AS is_blind,
    coalesce(waiting.queue_loss, waiting.expected_loss) AS queue_loss, waiting.queue_rate,
    waiting.opened_at, waiting.respond_by, waiting.holder_id, waiting.lease_expires_at, waiting.is_reserved,
    waiting.offered_to, waiting.offered_until
FROM (
    SELECT * FROM cases WHERE state = '{{state}}'{{conditions}}{{after}}
    ORDER BY priority_key DESC, id LIMIT CAST(:limit AS bigint)
) waiting
JOIN transactions t ON t.id = waiting.transaction_id
JOIN decisions d ON d.id = waiting.decision_id
ORDER BY waiting.priority_key DESC, waiting.id
"""
# Behind a case by its number, not by its key: the key beside the waiting time would tell what is at risk. A
# case that is kept from the reader is nowhere.
_KEY = f"""(SELECT before.priority_key FROM cases before
    WHERE before.id = CAST(:after AS bigint)
        AND NOT {is_kept_from("before", "CAST(:filter_account AS bigint)")})"""
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
    return Waiting(**{**row, "reason": Reason(row["reason"])})
