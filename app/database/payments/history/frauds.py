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
FROM (SELECT coalesce($1, (SELECT xact FROM history_progress)) AS xact) position
"""
MOVE = "UPDATE history_progress SET xact = $1 WHERE xact < $1"
TRUTHS = f"""
WITH truth AS ({truth_among("= ANY($1::bigint[])")})
SELECT t.id, t.occurred_at, t.currency, t.attributes::text AS attributes, t.derived::text AS derived,
    truth.label IS NOT DISTINCT FROM 'fraud' AS is_fraud
FROM transactions t LEFT JOIN truth ON truth.transaction_id = t.id
WHERE t.id = ANY($1::bigint[])
ORDER BY t.id
"""
ALL_FRAUDS = f"""
CREATE TEMP TABLE stored_frauds AS SELECT transaction_id AS payment_id FROM ({
    truth_among(
        "IN (SELECT transaction_id FROM labels WHERE label = 'fraud'"
        " UNION SELECT transaction_id FROM standing_verdicts WHERE judgement = 'fraud')"
    )
}) truth WHERE label = 'fraud'
"""
FORGET_FRAUDS = "DROP TABLE IF EXISTS stored_frauds"
# Those that were frauds when all were looked up, and those that count as frauds; what is true of them now.
FRAUDS_OF = f"""
WITH held AS MATERIALIZED (
    SELECT key, payment_id FROM history_frauds WHERE key = ANY($1::uuid[])
    GROUP BY key, payment_id HAVING sum(count) > 0
),
asked AS MATERIALIZED (
    SELECT s.key, s.payment_id FROM stored_frauds f JOIN stored_steps s USING (payment_id)
    WHERE s.key = ANY($1::uuid[])
    UNION
    SELECT key, payment_id FROM held
),
truth AS ({truth_among("IN (SELECT payment_id FROM asked)")})
SELECT asked.key, asked.payment_id, s.seconds, held.key IS NOT NULL AS is_counted,
    s.seconds IS NOT NULL AND truth.label IS NOT DISTINCT FROM 'fraud' AS is_fraud
FROM asked LEFT JOIN held USING (key, payment_id)
LEFT JOIN stored_steps s ON s.payment_id = asked.payment_id AND s.key = asked.key
LEFT JOIN truth ON truth.transaction_id = asked.payment_id
ORDER BY asked.key, asked.payment_id
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


async def heard(connection: asyncpg.Connection, *, since: int | None = None) -> Heard:
    """Return of which payments something became known since a database transaction.

    None: since the position that is kept.
    """
    (row,) = await connection.fetch(HEARD, since)
    return Heard(payments=row["payments"], xact=row["xact"], next_xact=row["next_xact"])


async def move(connection: asyncpg.Connection, xact: int) -> None:
    """Keep how far was looked; never backwards."""
    await connection.execute(MOVE, xact)


async def truths(connection: asyncpg.Connection, payments: Sequence[int]) -> list[asyncpg.Record]:
    """Return what is true now of those of these payments that are stored."""
    return list(await connection.fetch(TRUTHS, list(payments)))


async def counted(connection: asyncpg.Connection, payments: Sequence[int]) -> set[tuple[UUID, int]]:
    """Return which keys count which of these payments as frauds."""
    return {(row["key"], row["payment_id"]) for row in await connection.fetch(COUNTED, list(payments))}


async def count(connection: asyncpg.Connection, found: Sequence[CountedFraud], now: datetime) -> None:
    """Keep what keys were told."""
    columns = [[getattr(each, name) for each in found] for name in ("key", "updates", "payment_id", "count")]
    await connection.execute(COUNT, *columns, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFraud:
    """A stored payment that is a fraud or counts as one."""

    key: UUID
    payment_id: int
    #: When it occurred, since 1970; None where its month was detached.
    seconds: float | None
    is_counted: bool
    is_fraud: bool


async def look_up_all(connection: asyncpg.Connection) -> None:
    """Keep all frauds of this moment for the session, for `of_keys`."""
    await connection.execute(FORGET_FRAUDS)
    await connection.execute(ALL_FRAUDS)
    await connection.execute("CREATE UNIQUE INDEX ON stored_frauds (payment_id)")
    await connection.execute("ANALYZE stored_frauds")


async def of_keys(connection: asyncpg.Connection, keys: Sequence[UUID]) -> list[StoredFraud]:
    """Return the frauds among the stored steps of these keys, and what they count as frauds."""
    return [StoredFraud(**row) for row in await connection.fetch(FRAUDS_OF, list(keys))]
