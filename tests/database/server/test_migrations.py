"""The schema goes up, down and up again, and the tables in code are the tables in the database."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.server.migrations import MigrationNeeded, _config, check_migrated, migrate, migrate_down
from tests.builders import rows
from tests.conftest import a_service

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""


@pytest.fixture
async def bare(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


async def test_down_to_nothing_leaves_nothing(bare: AsyncEngine, database_url: str) -> None:
    await migrate_down(database_url, revision="base")
    assert await rows(bare, TABLES) == []
    assert await rows(bare, "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == []


async def test_up_after_down_is_the_same_schema(bare: AsyncEngine, database_url: str) -> None:
    before = await _schema(bare)
    await migrate_down(database_url, revision="base")
    await migrate(database_url)
    assert await _schema(bare) == before


async def test_code_and_migrations_describe_the_same_tables(bare: AsyncEngine) -> None:
    async with bare.connect() as connection:
        await connection.run_sync(lambda sync: command.check(_config(sync)))


async def test_a_database_in_use_goes_down_a_step_and_up_again(database_url: str) -> None:
    async with a_service(database_url) as service:
        answer = await service.post(body := service.body())
    await migrate_down(database_url, revision="0001")
    await migrate(database_url)
    async with a_service(database_url) as service:
        assert (await service.post(body)).json() == answer.json()


async def test_a_database_behind_is_named_so(database_url: str) -> None:
    await check_migrated(database_url)
    await migrate_down(database_url, revision="0001")
    with pytest.raises(MigrationNeeded):
        await check_migrated(database_url)


async def _schema(engine: AsyncEngine) -> list[tuple[object, ...]]:
    """Return all columns, indexes, constraints and triggers, as text."""
    statements = (
        "SELECT table_name, column_name, is_nullable, column_default, udt_name FROM columns",
        "SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint",
        "SELECT tgrelid::regclass::text, tgname, '', '', '' FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc, '', '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    )
    async with engine.connect() as connection:
        await connection.execute(text("SET search_path = public, information_schema"))
        found = [tuple(row) for each in statements for row in await connection.execute(text(each))]
    return sorted(found, key=str)
