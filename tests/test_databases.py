"""A database that is lent again is as it was when it was made, or is another one."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from app.database.server.embedded import EmbeddedServer
from tests.databases import MOST_ROWS, Connection, Databases, dsn
from tests.patience import PATIENCE_SECONDS

ADD_CLIENTS = """
INSERT INTO clients (name, name_key, key_sha256, created_at)
SELECT name, name, encode(sha256(name::bytea), 'hex'), now()
FROM (SELECT 'shop ' || number AS name FROM generate_series(1, {}) number) AS shops
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"


@pytest.fixture
def own(postgres: EmbeddedServer) -> Databases:
    """Databases that no other test is lent."""
    return Databases(postgres)


async def within(url: str, work: Callable[[Connection], Awaitable[Any]]) -> Any:
    connection = await asyncpg.connect(dsn(url), timeout=PATIENCE_SECONDS)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def content(connection: Connection) -> dict[str, list[asyncpg.Record]]:
    tables = [row[0] for row in await connection.fetch(TABLES)]
    rows = {name: await connection.fetch(f"SELECT each::text FROM {name} each ORDER BY 1") for name in tables}
    return {**rows, "the next ids": await connection.fetch(SEQUENCES)}


async def test_what_a_test_wrote_and_deleted_is_undone_down_to_the_next_id(own: Databases) -> None:
    async def write(connection: Connection) -> None:
        await connection.execute(ADD_CLIENTS.format(3))
        await connection.execute("DELETE FROM alembic_version")

    async with own.borrowed() as first:
        before = await within(first, content)
        await within(first, write)
        assert await within(first, content) != before
    async with own.borrowed() as second:
        assert second == first
        assert await within(second, content) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE cases RENAME TO hidden",
        "ALTER TABLE payments DISABLE TRIGGER USER",
        "ALTER TABLE later_outcomes ADD COLUMN more integer",
        "CREATE INDEX ON later_decisions (label)",
        "CREATE SCHEMA another",
        "GRANT SELECT ON cases TO PUBLIC",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 9999', current_database()); END $$",
        "ANALYZE alembic_version",
        ADD_CLIENTS.format(MOST_ROWS + 1),
    ],
)
async def test_what_is_more_than_a_few_rows_ends_the_database(own: Databases, change: str) -> None:
    async with own.borrowed() as first:
        await within(first, lambda connection: connection.execute(change))
    async with own.borrowed() as second:
        assert second != first


async def test_whoever_is_connected_still_is_sent_away(own: Databases) -> None:
    async with own.borrowed() as first:
        left = await asyncpg.connect(dsn(first))
        await left.execute("BEGIN; LOCK TABLE cases")
    async with own.borrowed() as second:
        assert second == first
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await left.execute("SELECT 1")
