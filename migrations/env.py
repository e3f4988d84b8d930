"""Runs migrations on the connection it is given, or on the database that alembic.ini's caller names."""

import asyncio
import re

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import app.database.tables.cases
import app.database.tables.comparisons
import app.database.tables.discussion
import app.database.tables.drift
import app.database.tables.entities.lists
import app.database.tables.feeds
import app.database.tables.guarantees
import app.database.tables.history
import app.database.tables.jobs
import app.database.tables.links
import app.database.tables.payments
import app.database.tables.people
import app.database.tables.policies
import app.database.tables.review
import app.database.tables.watch  # noqa: F401  (importing a table registers it)
from app.database.tables.base import Table

#: The library's own tables: its version says what they are.
QUEUE = re.compile(r"pgqueuer(_log|_schedules|_statistics)?")
PARTITION = re.compile(r"(payments|payment_links|payment_words)_(legacy|default|\d{4}_\d{2})")


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """Whether a table is to be described by code: partitions and the queue of jobs are not."""
    return kind != "table" or not any(each.fullmatch(name or "") for each in (PARTITION, QUEUE))


def run(connection: Connection) -> None:
    """Migrate on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        compare_server_default=False,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_on_url(url: str) -> None:
    """Migrate the database behind a URL."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_on_url(context.config.get_main_option("sqlalchemy.url") or ""))
