"""Which services run on this database, and where: each tells by the name of a connection that it keeps.

PostgreSQL forgets it with the connection, so nothing here outlives its process, however that ended.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.server.locks import AdvisoryLock, try_to_keep
from app.database.server.session import DatabaseUnavailable, single_statement

SERVICE, DEMO = "tertium at ", "tertium demo at "
# How soon a database that was away hears of us again.
ALIVE_SECONDS = 2.0

SAY = text("SELECT set_config('application_name', :name, false)")
FIND = text("""
    SELECT substr(application_name, length(:kind) + 1) FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, :kind)
    ORDER BY backend_start DESC LIMIT 1
""")


class DemoElsewhere(Exception):
    """Another demo fills this database; `address` is where it is reached, None while it starts."""

    def __init__(self, address: str | None) -> None:
        super().__init__()
        self.address = address


@asynccontextmanager
async def only_demo(url: str) -> AsyncIterator[None]:
    """Be the only demo on this database for the block; raises `DemoElsewhere` and `DatabaseUnavailable`."""
    engine = _engine(url)
    try:
        async with single_statement(engine) as connection:
            if not await try_to_keep(connection, AdvisoryLock.DEMO):
                raise DemoElsewhere(await connection.scalar(FIND, {"kind": DEMO}))
            yield
    finally:
        await engine.dispose()


async def announce(url: str, address: str, *, kind: str = SERVICE) -> NoReturn:
    """Tell whoever asks the database that a service is reached at this address; never returns.

    A connection that is lost is made again; a demo then takes its lock again, too.
    """
    engine = _engine(url)
    try:
        while True:
            try:
                async with single_statement(engine) as connection:
                    await connection.execute(SAY, {"name": kind + address})
                    while True:
                        if kind == DEMO:
                            await try_to_keep(connection, AdvisoryLock.DEMO)
                        await asyncio.sleep(ALIVE_SECONDS)
                        await connection.execute(text("SELECT 1"))
            except DatabaseUnavailable:
                await asyncio.sleep(ALIVE_SECONDS)
    finally:
        await engine.dispose()


async def running_at(url: str) -> str | None:
    """Return where the service is reached that started last; None when none runs.

    Raises `DatabaseUnavailable`.
    """
    engine = _engine(url)
    try:
        async with single_statement(engine) as connection:
            for kind in (SERVICE, DEMO):
                if (address := await connection.scalar(FIND, {"kind": kind})) is not None:
                    return str(address)
            return None
    finally:
        await engine.dispose()


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": 5.0}
    )
