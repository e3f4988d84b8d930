"""Connections to PostgreSQL: one engine, one transaction at a time, and the sentence when it is gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# A statement that waits longer than this for the desk or the API is a fault, not patience.
STATEMENT_TIMEOUT_MS = 30_000
# How long a request may wait for a free connection before it is told to come back.
POOL_TIMEOUT_SECONDS = 5.0

GONE = (
    OSError,  # refused, timed out, no such socket, no such host
    PoolTimeout,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that dies in the middle of an answer
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,  # it ran into STATEMENT_TIMEOUT_MS, or an operator stopped it
    asyncpg.DeadlockDetectedError,
)
# SQLSTATE class "data exception": a value no column can hold, such as NUL in a text or a number too large.
DATA_EXCEPTION = "22"


class DatabaseUnavailable(Exception):
    """The database does not answer just now; send the same request again."""


class RowRefused(Exception):
    """The database cannot hold a value of this request."""


def connect(url: str, *, pool_size: int = 12) -> AsyncEngine:
    """Return an engine for transactions; connections are made when first needed and checked before use."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_connect_args(),
    )


def connect_for_statements(url: str, *, pool_size: int = 4) -> AsyncEngine:
    """Return an engine for batches, on which each statement is a transaction of its own.

    It saves the round trips of begin, commit and of checking the connection first: a statement that
    finds its connection dead is simply sent again, so it must be harmless twice. Nested loops are off:
    PostgreSQL takes the parts of a batch for single rows and would compare each with each.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args=_connect_args(enable_nestloop="off"),
    )


def _connect_args(**server_settings: str) -> dict[str, Any]:
    return {
        "timeout": POOL_TIMEOUT_SECONDS,
        "server_settings": {
            "application_name": "tertium",
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "timezone": "UTC",
            "jit": "off",  # our statements are short; compiling them would cost more than it saves
            **server_settings,
        },
    }


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One database transaction: committed at the end of the block, rolled back when it raises.

    Raises `DatabaseUnavailable` when the server is gone.
    """
    async with _says_when_gone(), engine.begin() as connection:
        yield connection


@asynccontextmanager
async def single_statement(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection of an engine of `connect_for_statements`; raises `DatabaseUnavailable`."""
    async with _says_when_gone(), engine.connect() as connection:
        yield connection


@asynccontextmanager
async def _says_when_gone() -> AsyncIterator[None]:
    try:
        yield
    except GONE as error:
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(_root(error), GONE):
            raise DatabaseUnavailable from error
        if str(getattr(error.orig, "sqlstate", "")).startswith(DATA_EXCEPTION):
            raise RowRefused from error
        raise


def _root(error: DBAPIError) -> BaseException | None:
    """Return the driver's own exception under SQLAlchemy's two wrappers."""
    original = error.orig
    return original.__cause__ if original is not None else None
