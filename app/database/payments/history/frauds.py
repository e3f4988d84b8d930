"""What became known of payments since it was last looked, and which frauds their keys were told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.database.payments.truth import truth_among

# What commits late is heard of the next time: all below the oldest running transaction has ended.
HEARD = """
SELECT position.xact, (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS next_xact, ARRAY(
    SELECT transaction_id FROM labels WHERE labels.xact >= position.xact
    UNION
    SELECT c.transaction_id FROM verdicts v JOIN cases c ON c.id = v.case_id WHERE v.xact >= position.xact
    ORDER BY 1
) AS payments
FROM history_progress position
"""
MOVE = "UPDATE history_progress SET xact = $1 WHERE xact < $1"
# Only payments that entered some history: what was decided by none is in no state.
TRUTHS = f"""
WITH truth AS ({truth_among("= ANY($1::bigint[])")})
SELECT t.id, t.occurred_at, t.currency, t.attributes::text AS attributes, t.derived::text AS derived,
    truth.label IS NOT DISTINCT FROM 'fraud' AS is_fraud
FROM transactions t LEFT JOIN truth ON truth.transaction_id = t.id
WHERE t.id = ANY($1::bigint[]) AND t.derived <> '{{}}'
ORDER BY t.id
"""
COUNTED = """
SELECT key, payment_id FROM history_frauds WHERE payment_id = ANY($1::bigint[])
GROUP BY key, payment_id HAVING sum(count) > 0
"""
COUNT = """
INSERT INTO history_frauds (key, updates, payment_id, count, recorded_at)
SELECT *, $5::timestamptz FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Payments of which something became known, ascending, and the position after them."""

    payments: Sequence[int]
    xact: int
    next_xact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedFraud:
    """That a key is told of a fraud (1), or that a payment was none after all (-1)."""

    key: UUID
    updates: int
    payment_id: int
    count: int


async def heard(connection: asyncpg.Connection) -> Heard:
    """Return of which payments something became known since the position that is kept."""
    (row,) = await connection.fetch(HEARD)
    return Heard(payments=row["payments"], xact=row["xact"], next_xact=row["next_xact"])


async def move(connection: asyncpg.Connection, xact: int) -> None:
    """Keep how far was looked; never backwards."""
    await connection.execute(MOVE, xact)


async def truths(connection: asyncpg.Connection, payments: Sequence[int]) -> list[asyncpg.Record]:
    """Return what is true now of those of these payments that entered some history."""
    return list(await connection.fetch(TRUTHS, list(payments)))


async def counted(connection: asyncpg.Connection, payments: Sequence[int]) -> set[tuple[UUID, int]]:
    """Return which keys count which of these payments as frauds."""
    return {(row["key"], row["payment_id"]) for row in await connection.fetch(COUNTED, list(payments))}


async def count(connection: asyncpg.Connection, found: Sequence[CountedFraud], now: datetime) -> None:
    """Keep what keys were told."""
    columns = [[getattr(each, name) for each in found] for name in ("key", "updates", "payment_id", "count")]
    await connection.execute(COUNT, *columns, now)
