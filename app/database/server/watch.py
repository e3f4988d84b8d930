"""Checks of the database itself: does it accept writes, and which transaction delays outcomes."""

import os
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Sixteen pages: a full disk has no room for them.
FILLING_BYTES = 128 * 1024

# Its own row each time: no process waits for another, and the row's page is used again and again.
TRY_WRITING = text("""
INSERT INTO write_checks (process, filling, checked_at) VALUES (:process, :filling, clock_timestamp())
ON CONFLICT (process) DO UPDATE SET filling = excluded.filling, checked_at = excluded.checked_at
""")
FORGET_THE_DEAD = text("DELETE FROM write_checks WHERE checked_at < clock_timestamp() - interval '1 day'")
BEGIN_EPOCH = text("SELECT outcome_epoch()")
# Ids of the very same server went back (pg_resetwal): some outcome is from a transaction yet to come.
BEGIN_ANOTHER = text("""
INSERT INTO outcome_epochs (epoch, system_identifier, timeline, began_at)
SELECT (SELECT outcome_epoch_now()) + 1, here.system_identifier, here.timeline, clock_timestamp()
FROM server_history() here
WHERE EXISTS (
    SELECT FROM clients c CROSS JOIN LATERAL (
        (SELECT o.xact FROM later_outcomes o
        WHERE o.client_id = c.id AND o.epoch = (SELECT outcome_epoch_now())
        ORDER BY o.xact DESC LIMIT 1)
        UNION ALL
        (SELECT position_xact(p.position) FROM payments p
        WHERE p.client_id = c.id::integer AND p.position >= outcome_position((SELECT outcome_epoch_now()), 0)
        ORDER BY p.position DESC LIMIT 1)
    ) newest
    WHERE newest.xact >= (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
)
ON CONFLICT (epoch) DO NOTHING
""")
# Outcomes are told up to the oldest transaction that may still commit (`app.database.payments.outcomes`).
# Locks on transaction ids show it to every role and of every database; of a prepared one no process is left.
HOLDER = text("""
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS xact, l.pid, p.gid,
    coalesce(a.datname, p.database) AS database,
    extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8 AS seconds
FROM pg_locks l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
    AND l.transactionid = (pg_snapshot_xmin(pg_current_snapshot()))::xid
    AND l.pid IS DISTINCT FROM pg_backend_pid()
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingTransaction:
    """The oldest transaction of the server that may still commit: outcomes behind it are not told yet."""

    xact: int
    #: Of the process; None for a prepared transaction, which has a gid instead.
    pid: int | None
    gid: str | None
    database: str | None
    #: How long it has been running; None where our role may not know.
    seconds: float | None


async def try_writing(connection: AsyncConnection, process: UUID, *, fills: bool) -> None:
    """Write for the sake of writing, with `fills` so that it takes up room on the disk."""
    await connection.execute(FORGET_THE_DEAD)
    filling = os.urandom(FILLING_BYTES) if fills else None
    await connection.execute(TRY_WRITING, {"process": process, "filling": filling})


async def begin_epoch(connection: AsyncConnection) -> None:
    """Let the order of outcomes begin a new epoch, where the server's history of ids has changed."""
    await connection.execute(BEGIN_EPOCH)
    await connection.execute(BEGIN_ANOTHER)


async def holder(connection: AsyncConnection) -> BlockingTransaction | None:
    """Return the oldest transaction that is still running; None when none has written anything."""
    row = (await connection.execute(HOLDER)).mappings().first()
    return None if row is None else BlockingTransaction(**row)
