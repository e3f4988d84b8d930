"""Brings a database to the newest migration, or says that it is not there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.database.server.locks import AdvisoryLock, wait_for
from app.database.server.session import transaction

Result = TypeVar("Result")

REPOSITORY = Path(__file__).resolve().parents[3]

INSUFFICIENT_PRIVILEGE = "42501"
WHERE_WE_ARE = text("SELECT current_user, current_schema(), current_database()")
MAY_CREATE = text("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)")
FIRST_TABLE_NOT_OURS = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
      AND relname <> 'alembic_version'
      AND NOT CASE relkind
        WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE')
        ELSE has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
          AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')
      END
    ORDER BY relname LIMIT 1
""")


class MigrationNeeded(Exception):
    """This database is not at the newest migration; run `tertium migrate` first."""


class MigrationImpossible(Exception):
    """This database cannot be migrated by this Tertium, or not by this user; the sentence says why."""


async def migrate(url: str, *, revision: str = "head", told: Callable[[str], None] | None = None) -> None:
    """Migrate the database behind a URL up to a revision.

    A migration that moves many rows (`move_ahead` in its module) first moves them in batches that are kept,
    and `told` hears how far it came: one that ends early goes on from there the next time.

    Raises `DatabaseUnavailable` and `MigrationImpossible`.
    """
    moving = await _run(url, lambda connection: _moving(connection, revision))
    for script in moving:
        before = script.down_revision
        if isinstance(before, str):
            await _run(url, partial(_upgrade, revision=before))
        while (said := await _run(url, script.module.move_ahead)) is not None:
            if told is not None:
                told(said)
    await _run(url, lambda connection: _upgrade(connection, revision))


async def migrate_down(url: str, *, revision: str) -> None:
    """Migrate the database behind a URL down to a revision; raises `DatabaseUnavailable`."""
    await _run(url, lambda connection: command.downgrade(_config(connection), revision))


def newest_revision() -> str | None:
    """Return the newest migration there is."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


async def check_migrated(url: str) -> None:
    """Raise `MigrationNeeded` unless the database is at the newest migration.

    Raises `MigrationImpossible` where its tables are there, and not for us to use.
    """
    newest = newest_revision()
    found: list[str | None] = []

    def look(connection: Connection) -> None:
        found.append(_current(connection))
        if found == [newest]:
            _check_rights(connection)

    await _run(url, look)
    if found != [newest]:
        raise MigrationNeeded


def _moving(connection: Connection, revision: str) -> list[Script]:
    """Return the migrations to come that move rows ahead, in order; none for an empty database."""
    current = _current(connection)
    scripts = ScriptDirectory.from_config(_config(None))
    if current is None or current not in {script.revision for script in scripts.walk_revisions()}:
        return []
    ahead = scripts.iterate_revisions(revision, current)
    return [script for script in reversed(list(ahead)) if hasattr(script.module, "move_ahead")]


def _upgrade(connection: Connection, revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    current = _current(connection)
    if current is not None and current not in known:
        raise MigrationImpossible(
            f"The database is at the migration {current}, which this Tertium does not know: a newer one has"
            " migrated it. Start that one, or restore a dump from before."
        )
    if current is None and not connection.scalar(MAY_CREATE):
        who, schema, name = connection.execute(WHERE_WE_ARE).one()
        raise MigrationImpossible(
            f"The user {who} may not create tables in the database {name}:"
            f" GRANT CREATE ON SCHEMA {schema or 'public'} TO {who}, as a user who owns it."
        )
    try:
        command.upgrade(_config(connection), revision)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        said = str(error.orig).partition(":")[2].strip()
        raise MigrationImpossible(
            f"The database does not let this user migrate: {said}. Migrate as the user who owns the tables."
        ) from error


def _current(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise MigrationImpossible(
            "The database's tables belong to another user, who lets this one not even read them:"
            " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public and USAGE ON ALL SEQUENCES."
        ) from error


def _check_rights(connection: Connection) -> None:
    """Refuse a user who may not read or write one of our tables, before the first payment finds out."""
    table = connection.scalar(FIRST_TABLE_NOT_OURS)
    if table is not None:
        who, schema, _ = connection.execute(WHERE_WE_ARE).one()
        raise MigrationImpossible(
            f"The user {who} may not use {table}: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN"
            f" SCHEMA {schema} TO {who} and USAGE ON ALL SEQUENCES, or serve as the user who migrated."
        )


async def _run(url: str, work: Callable[[Connection], Result]) -> Result:
    """Do the work in one database transaction, one process at a time."""
    engine = create_async_engine(url)
    try:
        async with transaction(engine) as connection:
            await wait_for(connection, AdvisoryLock.MIGRATION)
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config(REPOSITORY / "alembic.ini")
    config.attributes["connection"] = connection
    return config
