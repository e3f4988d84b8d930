"""Connections to PostgreSQL: one engine, one transaction at a time, and the sentence when it is gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.database.server.connection_checks import drop_when_spoilt, watch
from app.database.server.fault_log import FaultLog
from app.database.server.faults import Fault, fault_of, refuses_value, sqlstate_of

# A statement that waits longer than this for a page or the API is a fault, not patience.
STATEMENT_TIMEOUT_MS = 20_000
# One that a payment waits for is repeated by its sender, who has less patience.
SHORT_STATEMENT_TIMEOUT_MS = 8_000
# So much later we give up on a server that does not even say that it gave up.
SILENCE_SECONDS = 2.0
# How long a request may wait for a free connection before it is told to come back.
POOL_TIMEOUT_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 3.0
# For a free connection, the check that it lives and, where it does not, another one: all together.
TAKING_SECONDS = 6.0

#: What went wrong with the database in this process.
Result = TypeVar("Result")
FAULTS = FaultLog(logging.getLogger(__name__))


class DatabaseUnavailable(Exception):
    """The database does not answer just now; send the same request again."""

    def __init__(self, fault: Fault = Fault.GONE) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


class RowRefused(Exception):
    """The database cannot hold a value of this request."""


def connect(
    url: str, *, pool_size: int = 12, max_overflow: int = 8, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS
) -> AsyncEngine:
    """Return an engine for transactions; connections are made when first needed and checked before use."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,
        connect_args=_connect_args(statement_timeout_ms),
    )
    watch(engine, asks_first=True)
    return engine


def connect_for_statements(url: str) -> AsyncEngine:
    """Return an engine for batches, on which each statement is a transaction of its own.

    It saves the round trips of begin, commit and of checking the connection first: a statement that
    finds its connection dead is simply sent again, so it must be harmless twice. Nested loops are off:
    PostgreSQL takes the parts of a batch for single rows and would compare each with each.
    """
    engine = create_async_engine(
        url,
        pool_size=4,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_reset_on_return=None,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args=_connect_args(
            SHORT_STATEMENT_TIMEOUT_MS, enable_nestloop="off", plan_cache_mode="force_generic_plan"
        ),
    )
    watch(engine, asks_first=False)
    return engine


def _connect_args(statement_timeout_ms: int, **server_settings: str) -> dict[str, Any]:
    """The server's own limits, and ours for a server that keeps none: frozen, or lost without a word."""
    return {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "command_timeout": statement_timeout_ms / 1000 + SILENCE_SECONDS,
        "server_settings": {
            "application_name": "tertium",
            "statement_timeout": str(statement_timeout_ms),
            "timezone": "UTC",
            "jit": "off",  # our statements are short; compiling them would cost more than it saves
            **server_settings,
        },
    }


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One database transaction: committed at the end of the block, rolled back when it raises.

    Within a `SharedTransaction` of this engine it is a part of that one, and committed with it.

    Raises `DatabaseUnavailable` when the server is gone, or cannot do now what is asked of it.
    """
    if (shared := _shared_on(engine)) is not None:
        async with _says_when_gone(), shared.part() as connection:
            yield connection
        return
    async with _begun(engine) as connection:
        yield connection


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with _says_when_gone(), _taken(engine) as connection, connection.begin():
        yield connection


class SharedTransaction:
    """One transaction for all that a task does on an engine, from `begin` until it ends.

    It ends with its own block, `async with`: committed, or rolled back when the block raises. A part
    that raises must end the block, for what it wrote is not undone alone; `RuntimeError` where it did not.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._connection: AsyncConnection | None = None
        self._stack = AsyncExitStack()
        self._when_committed: list[Callable[[], None]] = []
        self._is_spoilt = False

    async def begin(self) -> Self:
        """Begin it; what this task does on the engine from now on is part of it."""
        if _SHARED.get() is not None:
            raise RuntimeError("this task has a shared transaction already")
        self._connection = await self._stack.enter_async_context(_begun(self.engine))
        self._stack.callback(_SHARED.set, None)
        _SHARED.set(self)
        return self

    async def __aenter__(self) -> Self:
        """Begin it unless it has begun."""
        return self if self._connection is not None else await self.begin()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; nothing where it has ended."""
        is_spoilt, self._is_spoilt = self._is_spoilt and error is None, False
        acts, self._when_committed = self._when_committed, []
        if is_spoilt:
            went_on = RuntimeError("a part of this transaction failed, and its block went on")
            await self._stack.__aexit__(RuntimeError, went_on, None)
            raise went_on
        await self._stack.__aexit__(kind, error, trace)
        if error is None:
            for act in acts:
                act()

    @asynccontextmanager
    async def part(self) -> AsyncIterator[AsyncConnection]:
        """Give the connection to a part of it."""
        if self._connection is None:
            raise RuntimeError("this transaction has not begun")
        try:
            yield self._connection
        except BaseException:
            self._is_spoilt = True
            raise

    def when_committed(self, act: Callable[[], None]) -> None:
        """Do something when all of it is committed, and only then."""
        self._when_committed.append(act)


_SHARED: ContextVar[SharedTransaction | None] = ContextVar("shared transaction", default=None)


def _shared_on(engine: AsyncEngine) -> SharedTransaction | None:
    """Return the shared transaction of this task, where it is one of this engine."""
    shared = _SHARED.get()
    return shared if shared is not None and shared.engine is engine else None


@asynccontextmanager
async def shared(engine: AsyncEngine) -> AsyncIterator[None]:
    """One transaction for all of a block: the shared one of its task, else one of its own."""
    if _shared_on(engine) is not None:
        yield
    else:
        async with SharedTransaction(engine):
            yield


def when_committed(engine: AsyncEngine, act: Callable[[], None]) -> None:
    """Do something at once after a transaction, or when the one that it was part of is committed."""
    if (shared := _shared_on(engine)) is not None:
        shared.when_committed(act)
    else:
        act()


@asynccontextmanager
async def savepoint(connection: AsyncConnection) -> AsyncIterator[None]:
    """A part of a transaction that is undone alone when it raises.

    Raises `DatabaseUnavailable`, which concerns the whole transaction, and `RowRefused`.
    """
    async with _says_when_gone(), connection.begin_nested():
        yield


@asynccontextmanager
async def driver_statement(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """The driver's own connection of an engine of `connect_for_statements`, for the statement that counts.

    The driver prepares it once a connection; raises `DatabaseUnavailable` and `RowRefused`.
    """
    async with _says_when_gone(), _taken(engine) as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            yield driver
        except Exception as error:
            await drop_when_spoilt(connection, error)
            raise


async def sent_again(engine: AsyncEngine, send: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    """Return what `send` gives on a connection of `driver_statement`, or on another that may serve better.

    What was committed although its connection died must be harmless twice. Raises as `driver_statement` does.
    """
    try:
        async with driver_statement(engine) as connection:
            return await send(connection)
    except DatabaseUnavailable as away:
        if not away.fault.is_worth_repeating:
            raise
    async with driver_statement(engine) as connection:
        return await send(connection)


@asynccontextmanager
async def driver_transaction(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Make one transaction of several statements of `driver_statement`'s connection.

    One that could not be ended, because its end was cancelled too, takes its connection with it: nobody's
    statement may run in it.
    """
    try:
        async with connection.transaction():
            yield
    finally:
        if connection.is_in_transaction():
            connection.terminate()


@asynccontextmanager
async def single_statement(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection of an engine of `connect_for_statements`; raises `DatabaseUnavailable`."""
    async with _says_when_gone(), _taken(engine) as connection:
        yield connection


@asynccontextmanager
async def _taken(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection of the pool, taken within `TAKING_SECONDS`."""
    connection = engine.connect()
    async with asyncio.timeout(TAKING_SECONDS):
        await connection.start()
    try:
        yield connection
    finally:
        # Given back even when the request is cancelled meanwhile.
        await asyncio.shield(asyncio.create_task(connection.close()))


@asynccontextmanager
async def _says_when_gone() -> AsyncIterator[None]:
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception as error:
        fault = fault_of(error)
        if fault is not None:
            FAULTS.note(fault, sqlstate_of(error))
            raise DatabaseUnavailable(fault) from error
        if refuses_value(error):
            raise RowRefused from error
        raise
