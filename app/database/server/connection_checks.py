"""Replaces pooled connections that are dead, silent, or still in a read-only session."""

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.server.faults import Fault, fault_of

# A server that lives answers an empty statement in less, however busy it is.
ANSWERS_WITHIN_SECONDS = 2.0
# A read-only session is looked at again after this: the server may take writes by now.
READ_ONLY_SECONDS = 1.0
# What PostgreSQL reports of a session by itself, and again whenever it changes.
REPORTED = ("default_transaction_read_only", "in_hot_standby")


def watch(engine: AsyncEngine, *, asks_first: bool) -> None:
    """Check each connection as it is taken, and drop those that an error has spoilt.

    `asks_first`: send an empty statement before a connection is used again.
    """

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        opened_at = record.info.get("opened_at")
        if opened_at is None:
            record.info["opened_at"] = time.monotonic()
            return
        driver = connection.driver_connection
        if _is_read_only(driver) and time.monotonic() - opened_at > READ_ONLY_SECONDS:
            raise DisconnectionError
        if asks_first:
            try:
                connection.run_async(_answers)
            except Exception as silence:
                # Without a goodbye, which would take as long again.
                driver.terminate()
                raise InvalidatePoolError from silence

    event.listen(engine.sync_engine, "checkout", taken)
    event.listen(engine.sync_engine, "handle_error", _drop_when_spoilt)


async def _answers(driver: Any) -> None:
    await driver.fetchrow(";", timeout=ANSWERS_WITHIN_SECONDS)


def _is_read_only(driver: Any) -> bool:
    """Whether a session reports itself read-only; behind a pooler it may not."""
    if driver.is_closed():
        return False
    settings = driver.get_settings()
    return any(getattr(settings, name, "off") == "on" for name in REPORTED)


async def drop_when_spoilt(connection: AsyncConnection, error: BaseException) -> None:
    """Let the pool forget what an error has spoilt that the driver raised past SQLAlchemy."""
    fault = _spoiling(error)
    if fault is None:
        return
    raw = await connection.get_raw_connection()
    _end_when_silent(fault, raw.driver_connection)
    if fault.spoils_all:
        # What SQLAlchemy itself does where `handle_error` says `invalidate_pool_on_disconnect`.
        connection.engine.pool._invalidate(raw, error)  # noqa: SLF001
    await connection.invalidate(error)


def _drop_when_spoilt(context: ExceptionContext) -> None:
    """Let the pool forget a connection that an error has spoilt, and where it must, all others."""
    fault = _spoiling(context.original_exception)
    if fault is None:
        return
    context.is_disconnect = True
    context.invalidate_pool_on_disconnect = fault.spoils_all
    if context.connection is not None and not context.connection.invalidated:
        _end_when_silent(fault, context.connection.connection.driver_connection)


def _spoiling(error: BaseException) -> Fault | None:
    """Take a row's values from an error, and return its fault where that spoils the connection."""
    _forget_row(error)
    fault = fault_of(error)
    return fault if fault is not None and fault.spoils_connection else None


def _end_when_silent(fault: Fault, driver: Any) -> None:
    """End a connection on which nobody answers: without a goodbye, which would take as long again."""
    if fault is Fault.SILENT and driver is not None:
        driver.terminate()


def _forget_row(error: BaseException | None) -> None:
    """Take from PostgreSQL's error what quotes the row it was about, so that no log can hold a payment."""
    while error is not None:
        if isinstance(getattr(error, "detail", None), str):
            error.detail = None  # type: ignore[attr-defined]
        error = error.__cause__
