"""Outcomes: settled once, read in the order of the commits that settled them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.outcome import GroundTruth, OutcomeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a client may act on, with its place in the order."""

    transaction_id: str
    outcome: GroundTruth
    source: OutcomeSource
    settled_at: datetime
    #: (database transaction, transaction key): where a reader goes on.
    position: tuple[int, int]


# The table's trigger is silent about the machine's outcomes, which intake answers at once; what is
# settled here came later, whoever settled it, and somebody may be waiting for it.
SETTLE = text("""
WITH settled AS (
    INSERT INTO outcomes (transaction_id, client_id, outcome, source, settled_at)
    SELECT id, client_id, :outcome, :source, :now FROM transactions WHERE id = :transaction_key
    ON CONFLICT (transaction_id) DO NOTHING
    RETURNING transaction_id
)
SELECT pg_notify('outcome_settled', transaction_id::text) FROM settled
""")
# A fallback of `wait` leaves the outcome pending; the others settle it without any verdict or label.
SETTLE_DEADLINES = text("""
INSERT INTO outcomes (transaction_id, client_id, outcome, source, settled_at)
SELECT t.id, t.client_id, CASE c.fallback WHEN 'approve' THEN 'legit' ELSE 'fraud' END, 'deadline', :now
FROM cases c
JOIN transactions t ON t.id = c.transaction_id
WHERE c.respond_by <= :now AND c.respond_by IS NOT NULL AND c.state IN ('open', 'escalated')
    AND c.kind = 'unknown' AND c.fallback <> 'wait'
    AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.transaction_id = t.id)
ORDER BY t.id LIMIT :limit
ON CONFLICT (transaction_id) DO NOTHING
""")
# Rows of database transactions still running are left for later, together with all behind them:
# a row can commit late, but never behind a reader.
IN_ORDER = text("""
SELECT t.transaction_id, o.outcome, o.source, o.settled_at, o.xact, o.transaction_id AS key
FROM outcomes o JOIN transactions t ON t.id = o.transaction_id
WHERE o.client_id = :client_id AND (o.xact, o.transaction_id) > (:xact, :key)
    AND o.xact < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint
ORDER BY o.client_id, o.xact, o.transaction_id LIMIT :limit
""")


async def settle(
    connection: AsyncConnection,
    transaction_key: int,
    outcome: GroundTruth,
    source: OutcomeSource,
    now: datetime,
) -> None:
    """Settle a transaction's outcome, unless it is settled already."""
    await connection.execute(
        SETTLE,
        {
            "transaction_key": transaction_key,
            "outcome": outcome.value,
            "source": source.value,
            "now": now,
        },
    )


async def settle_deadlines(connection: AsyncConnection, now: datetime, *, limit: int = 1000) -> int:
    """Give every unknown past its `respond_by` its policy's fallback; return how many."""
    result = await connection.execute(SETTLE_DEADLINES, {"now": now, "limit": limit})
    return result.rowcount


async def in_order(
    connection: AsyncConnection, client_id: int, *, after: tuple[int, int], limit: int
) -> list[Outcome]:
    """Return a client's next outcomes behind a position."""
    xact, key = after
    rows = await connection.execute(
        IN_ORDER, {"client_id": client_id, "xact": xact, "key": key, "limit": limit}
    )
    return [
        Outcome(
            transaction_id=row.transaction_id,
            outcome=GroundTruth(row.outcome),
            source=OutcomeSource(row.source),
            settled_at=row.settled_at,
            position=(row.xact, row.key),
        )
        for row in rows
    ]
