"""Brings a database to the newest migration, or says that it is not there."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database.session import transaction

REPOSITORY = Path(__file__).resolve().parents[2]

# Any number no other lock uses: two processes must not migrate at once.
MIGRATION_LOCK = 7_239_002


class MigrationNeeded(Exception):
    """This database is not at the newest migration; run `tertium migrate` first."""


async def migrate(url: str, *, revision: str = "head") -> None:
    """Migrate the database behind a URL up to a revision; raises `DatabaseUnavailable`."""
    await _run(url, lambda connection: command.upgrade(_config(connection), revision))


async def migrate_down(url: str, *, revision: str) -> None:
    """Migrate the database behind a URL down to a revision; raises `DatabaseUnavailable`."""
    await _run(url, lambda connection: command.downgrade(_config(connection), revision))


def newest_revision() -> str | None:
    """Return the newest migration there is."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


async def check_migrated(url: str) -> None:
    """Raise `MigrationNeeded` unless the database is at the newest migration."""
    newest = newest_revision()
    found: list[str | None] = []
    await _run(
        url,
        lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()),
    )
    if found != [newest]:
        raise MigrationNeeded


async def _run(url: str, work: Callable[[Connection], object]) -> None:
    """Do the work in one database transaction, one process at a time."""
    engine = create_async_engine(url)
    try:
        async with transaction(engine) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config(REPOSITORY / "alembic.ini")
    config.attributes["connection"] = connection
    return config
