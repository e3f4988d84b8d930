"""Outcomes: settled once, read in the order of the commits that settled them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.outcome import GroundTruth, OutcomeSource

#: Epoch, database transaction, transaction key.
Position = tuple[int, int, int]
START: Position = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCursor:
    """A position as a reader kept it: before there were epochs, without one."""

    epoch: int | None
    xact: int
    key: int

    @property
    def is_start(self) -> bool:
        """Whether it stands before everything."""
        return (self.epoch or 0, self.xact, self.key) == START


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a client may act on, with its place in the order."""

    transaction_id: str
    outcome: GroundTruth
    source: OutcomeSource
    settled_at: datetime
    #: Where a reader goes on.
    position: Position


#: What the client of the payment `t` may act on: what the machine said at once, or what was settled later.
OUTCOME = """LEFT JOIN LATERAL (
    SELECT outcome, source, settled_at FROM later_outcomes WHERE later_outcomes.transaction_id = t.id
    UNION ALL
    SELECT label, 'machine', received_at FROM payments WHERE payments.id = t.id AND position IS NOT NULL
) o ON true"""

# The table's trigger is silent about the machine's outcomes, which intake answers at once; what is
# settled here came later, whoever settled it, and somebody may be waiting for it.
SETTLE = text("""
WITH settled AS (
    INSERT INTO later_outcomes (transaction_id, client_id, outcome, source, settled_at, epoch)
    SELECT id, client_id, :outcome, :source, :now, (SELECT outcome_epoch())
    FROM payments WHERE id = :transaction_key AND position IS NULL
    ON CONFLICT (transaction_id) DO NOTHING
    RETURNING transaction_id
)
SELECT pg_notify('outcome_settled', transaction_id::text) FROM settled
""")
# A fallback of `wait` leaves the outcome pending; the others settle it without any verdict or label.
OVERDUE = text("""
SELECT c.transaction_id FROM cases c
WHERE c.respond_by <= :now AND c.respond_by IS NOT NULL AND c.state IN ('open', 'escalated')
    AND c.kind = 'unknown' AND c.fallback <> 'wait'
    AND NOT EXISTS (SELECT 1 FROM later_outcomes o WHERE o.transaction_id = c.transaction_id)
    AND c.transaction_id <> ALL(CAST(:but AS bigint[]))
ORDER BY c.transaction_id LIMIT :limit
""")
SETTLE_OVERDUE = text("""
INSERT INTO later_outcomes (transaction_id, client_id, outcome, source, settled_at, epoch)
SELECT p.id, p.client_id, CASE c.fallback WHEN 'approve' THEN 'legit' ELSE 'fraud' END, 'deadline', :now,
    (SELECT outcome_epoch())
FROM cases c
JOIN payments p ON p.id = c.transaction_id AND p.position IS NULL
WHERE p.id = ANY(CAST(:keys AS bigint[])) AND c.respond_by <= :now AND c.state IN ('open', 'escalated')
    AND c.kind = 'unknown' AND c.fallback <> 'wait'
ORDER BY p.id
ON CONFLICT (transaction_id) DO NOTHING
""")
# What may still commit is left for later, together with all behind it: a row can commit late, but never
# behind a reader. Nothing of an older epoch can: its transactions ended with the server they ran in.
IN_ORDER = text("""
WITH frontier AS MATERIALIZED (
    SELECT epoch, xact, outcome_position(epoch, xact) AS position
    FROM (SELECT outcome_epoch_now() AS epoch,
        (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS xact) now
),
at_once AS (
    SELECT id AS key, label AS outcome, 'machine' AS source, received_at AS settled_at, position
    FROM payments
    WHERE client_id = CAST(:client_id AS integer) AND position >= outcome_position(:epoch, :xact)
        AND (position, id) > (outcome_position(:epoch, :xact), :key)
        AND position < (SELECT position FROM frontier)
    ORDER BY position, id LIMIT :limit
),
later AS (
    SELECT o.transaction_id AS key, o.outcome, o.source, o.settled_at,
        outcome_position(o.epoch, o.xact) AS position
    FROM later_outcomes o
    WHERE o.client_id = :client_id AND (o.epoch, o.xact, o.transaction_id) > (:epoch, :xact, :key)
        AND (o.epoch, o.xact) < ((SELECT epoch FROM frontier), (SELECT xact FROM frontier))
    ORDER BY o.epoch, o.xact, o.transaction_id LIMIT :limit
)
SELECT t.transaction_id, o.outcome, o.source, o.settled_at, position_epoch(o.position) AS epoch,
    position_xact(o.position) AS xact, o.key
FROM (
    SELECT * FROM at_once UNION ALL SELECT * FROM later ORDER BY position, key LIMIT :limit
) o JOIN transactions t ON t.id = o.key
ORDER BY o.position, o.key
""")
PLACE = text("""
SELECT epoch, xact, transaction_id AS key FROM outcomes
WHERE transaction_id = :key AND client_id = :client_id AND xact = :xact
    AND (CAST(:epoch AS integer) IS NULL OR epoch = :epoch)
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


async def overdue(
    connection: AsyncConnection, now: datetime, *, but: Sequence[int], limit: int = 1000
) -> list[int]:
    """Return the transactions past their `respond_by` whose policy's fallback settles them now."""
    rows = await connection.execute(OVERDUE, {"now": now, "but": list(but), "limit": limit})
    return list(rows.scalars())


async def settle_overdue(connection: AsyncConnection, keys: Sequence[int], now: datetime) -> None:
    """Settle these unknown payments by their policy's fallback, where they are still unsettled."""
    await connection.execute(SETTLE_OVERDUE, {"now": now, "keys": list(keys)})


async def place_of(connection: AsyncConnection, client_id: int, cursor: OutcomeCursor) -> Position | None:
    """Return where a cursor stands in the order; None when it names no outcome of this client here."""
    if cursor.is_start:
        return START
    parameters = {"client_id": client_id, "epoch": cursor.epoch, "xact": cursor.xact, "key": cursor.key}
    row = (await connection.execute(PLACE, parameters)).one_or_none()
    return None if row is None else (row.epoch, row.xact, row.key)


async def in_order(
    connection: AsyncConnection, client_id: int, *, after: Position, limit: int
) -> list[Outcome]:
    """Return a client's next outcomes behind a position."""
    epoch, xact, key = after
    parameters = {"client_id": client_id, "epoch": epoch, "xact": xact, "key": key, "limit": limit}
    rows = await connection.execute(IN_ORDER, parameters)
    return [
        Outcome(
            transaction_id=row.transaction_id,
            outcome=GroundTruth(row.outcome),
            source=OutcomeSource(row.source),
            settled_at=row.settled_at,
            position=(row.epoch, row.xact, row.key),
        )
        for row in rows
    ]
