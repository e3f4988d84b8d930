"""Migrated databases, lent to one test after the other, each as it was when it was made."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TypeAlias
from uuid import uuid4

import asyncpg

from app.database.server.embedded import EmbeddedServer
from app.database.server.migrations import migrate
from tests.patience import PATIENCE_SECONDS

TEMPLATE = "tertium_template"
# Any number no other lock uses: one test process makes the template, the others wait.
TEMPLATE_LOCK = 7_239_100
#: A test that wrote more rows leaves a database that is cheaper to copy anew than to empty.
MOST_ROWS = 1000

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Whatever defines, allows or plans something here: a test that touched any of it leaves its mark in a row.
_CATALOGS: Mapping[str, str] = {
    "pg_attrdef": "oid",
    "pg_attribute": "attrelid",
    "pg_class": "oid",
    "pg_constraint": "oid",
    "pg_default_acl": "oid",
    "pg_event_trigger": "oid",
    "pg_extension": "oid",
    "pg_index": "indexrelid",
    "pg_namespace": "oid",
    "pg_policy": "oid",
    "pg_proc": "oid",
    "pg_publication": "oid",
    "pg_rewrite": "oid",
    "pg_statistic": "starelid",
    "pg_statistic_ext": "oid",
    "pg_trigger": "oid",
    "pg_type": "oid",
}
_FINGERPRINT = " UNION ALL ".join(
    f"SELECT '{name}', count(*), sum(hashint8extended({key}::bigint, xmin::text::bigint))"
    f" FROM {name} WHERE {key} >= 16384 OR {key} = 'public'::regnamespace"
    for name, key in _CATALOGS.items()
)
_OWN_SETTINGS = """
UNION ALL SELECT 'own settings', count(*), sum(hashtextextended(setconfig::text, 0)) FROM pg_db_role_setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'the database', 1, hashint8extended(oid::bigint, xmin::text::bigint) FROM pg_database
WHERE datname = current_database()
"""
_TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
_SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename) AS name, coalesce(last_value, start_value) AS value,
    last_value IS NOT NULL AS is_called
FROM pg_sequences
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a database was like when it was made."""

    catalogs: list[asyncpg.Record]
    sequences: list[asyncpg.Record]
    tables: list[str]
    #: What migrations put into tables, by table, as PostgreSQL copies it.
    rows: Mapping[str, bytes]


class Databases:
    """The databases of one test process on its server."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._made: dict[str, _Made] = {}
        self._free: list[str] = []
        asyncio.run(_make_template(server))

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the address of a migrated database that nobody else uses, for a while; outside of any loop."""
        name = asyncio.run(self._free_one())
        yield self._server.url(name)
        asyncio.run(self._take_back(name))

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[str]:
        """Give the same within a loop."""
        name = await self._free_one()
        yield self._server.url(name)
        await self._take_back(name)

    async def _free_one(self) -> str:
        return self._free.pop() if self._free else await self._copy()

    async def _copy(self) -> str:
        name = f"test_{uuid4().hex}"
        await execute(self._server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        connection = await asyncpg.connect(dsn(self._server.url(name)))
        try:
            self._made[name] = await _look_at(connection)
        finally:
            await connection.close()
        return name

    async def _take_back(self, name: str) -> None:
        """Keep a database for the next test where all a test did to it can be undone; else drop it."""
        connection = await asyncpg.connect(dsn(self._server.url(name)))
        try:
            await connection.execute("SET lock_timeout = 0")
            await connection.fetch(_END_OTHERS, int(PATIENCE_SECONDS * 1000))
            is_restored = await _restore(connection, self._made[name])
        finally:
            await connection.close()
        if is_restored:
            self._free.append(name)
        else:
            del self._made[name]
            await execute(self._server, f"DROP DATABASE {name} WITH (FORCE)")


async def _look_at(connection: Connection) -> _Made:
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    return _Made(
        catalogs=await connection.fetch(_FINGERPRINT + _OWN_SETTINGS),
        sequences=await connection.fetch(_SEQUENCES),
        tables=tables,
        rows={table: await _rows(connection, table) for table in await _filled(connection, tables)},
    )


async def _rows(connection: Connection, table: str) -> bytes:
    content = BytesIO()
    await connection.copy_from_query(f"SELECT * FROM {table}", output=content, format="binary")
    return content.getvalue()


async def _filled(connection: Connection, tables: list[str]) -> dict[str, int]:
    """Return the tables that hold rows, each with how many, counted no further than needed."""
    counts = " UNION ALL ".join(
        f"SELECT '{table}', (SELECT count(*) FROM (SELECT FROM {table} LIMIT {MOST_ROWS + 1}) AS seen)"
        for table in tables
    )
    return {table: count for table, count in await connection.fetch(counts) if count}


async def _restore(connection: Connection, made: _Made) -> bool:
    """Make a database what it was; False: more was done to it than can be undone."""
    if await connection.fetch(_FINGERPRINT + _OWN_SETTINGS) != made.catalogs:
        return False
    filled = await _filled(connection, made.tables)
    if max(filled.values()) > MOST_ROWS:
        return False
    async with connection.transaction():
        # No rule of append-only tables, and no foreign key, is asked.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(";".join(f"DELETE FROM {table}" for table in filled))
        for table, rows in made.rows.items():
            schema, name = table.split(".")
            await connection.copy_to_table(name, schema_name=schema, source=BytesIO(rows), format="binary")
        now = await connection.fetch(_SEQUENCES)
        for was in (each for each in made.sequences if each not in now):
            await connection.execute(
                "SELECT setval($1::text::regclass, $2, $3)", was["name"], was["value"], was["is_called"]
            )
    return True


async def _make_template(server: EmbeddedServer) -> None:
    """Migrate once; every other database is a copy of this one."""
    connection = await asyncpg.connect(dsn(server.url("postgres")))
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE)
        if known is None:
            await connection.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrate(server.url(TEMPLATE))
    finally:
        await connection.close()


def dsn(url: str) -> str:
    """Return an address as the bare driver takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def execute(server: EmbeddedServer, statement: str) -> None:
    """Execute a statement outside the databases of tests."""
    connection = await asyncpg.connect(dsn(server.url("postgres")))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
