"""What a database says of itself, for whoever looks for the reason of a bad day."""

from dataclasses import dataclass
from datetime import datetime

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.server.migrations import newest_revision

ABOUT = text("""
SELECT current_setting('server_version') AS version,
    CAST(current_setting('server_version_num') AS integer) AS version_number,
    current_setting('server_encoding') AS encoding, current_user AS role,
    pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
    current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS is_durable,
    CAST(current_setting('max_connections') AS integer) AS most_connections,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
    clock_timestamp() AS now
""")
# Whoever may not read or add to a table of ours cannot run the service.
FORBIDDEN = text("""
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = CAST(current_schema() AS regnamespace)
    AND (c.relkind IN ('r', 'p') AND NOT (
            has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT'))
        OR c.relkind = 'S' AND NOT has_sequence_privilege(c.oid, 'USAGE'))
ORDER BY 1
""")
OPEN_FOR_LONG = text("""
SELECT pid, coalesce(state, 'unknown') AS state, coalesce(application_name, '') AS application,
    CAST(extract(epoch FROM clock_timestamp() - xact_start) AS double precision) AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND xact_start < clock_timestamp() - make_interval(secs => :seconds)
ORDER BY xact_start
""")
PREPARED = text("""
SELECT gid, CAST(extract(epoch FROM clock_timestamp() - prepared) AS double precision) AS seconds
FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared
""")
DEAD_SLOTS = text("SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDescription:
    """The server and the session, as they describe themselves."""

    version: str
    version_number: int
    encoding: str
    role: str
    is_standby: bool
    is_read_only: bool
    is_durable: bool
    most_connections: int
    connections: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransaction:
    """A transaction that has been open for long."""

    pid: int
    state: str
    application: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTransaction:
    """A transaction of two phases whose second never came."""

    gid: str
    seconds: float


async def about(connection: AsyncConnection) -> ServerDescription:
    """Return the version and settings of the server."""
    return ServerDescription(**(await connection.execute(ABOUT)).mappings().one())


async def revisions(connection: AsyncConnection) -> tuple[str | None, str | None]:
    """Return the migration this database is at, and the newest there is."""
    found = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
    return found, newest_revision()


async def forbidden(connection: AsyncConnection) -> list[str]:
    """Return the tables and sequences of ours that this role may not use."""
    return list(await connection.scalars(FORBIDDEN))


async def open_for_long(connection: AsyncConnection, *, seconds: float) -> list[OpenTransaction]:
    """Return the transactions of others that have been open for longer, the oldest first."""
    rows = await connection.execute(OPEN_FOR_LONG, {"seconds": seconds})
    return [OpenTransaction(**row) for row in rows.mappings()]


async def prepared(connection: AsyncConnection) -> list[PreparedTransaction]:
    """Return the prepared transactions, the oldest first."""
    return [PreparedTransaction(**row) for row in (await connection.execute(PREPARED)).mappings()]


async def dead_slots(connection: AsyncConnection) -> list[str]:
    """Return the replication slots that nobody reads: the server keeps its log for them for ever."""
    return list(await connection.scalars(DEAD_SLOTS))
