"""The queue of jobs: PgQueuer hands each out to one process, and again when that one is heard of no more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.server.session import single_statement
from app.review.jobs import JobKind

#: Runs a job, and returns after how long it is to be handed out again; None: it is done with.
Handler = Callable[[JobKind, int], Awaitable[timedelta | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTimes:
    """How patiently a process waits."""

    #: Between two looks, where no notification came.
    look: timedelta = timedelta(seconds=10)
    #: Not heard of for so long, a process has lost its jobs.
    lost: timedelta = timedelta(seconds=20)


async def enqueue(connection: AsyncConnection, kind: JobKind, job_id: int) -> None:
    """Put a job into the queue, in the transaction that is open."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await Queries.from_asyncpg_connection(driver).enqueue(kind.value, str(job_id).encode())


async def work_off(
    engine: AsyncEngine, kinds: Iterable[JobKind], handler: Handler, *, stop: asyncio.Event, times: QueueTimes
) -> None:
    """Run jobs as they come, of each kind one at a time among all processes, until the connection is lost.

    `engine` is one of `connect_for_statements`. When this is cancelled, `stop` is set, and it ends with the
    handlers. Raises `DatabaseUnavailable`.
    """
    async with single_statement(engine) as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            manager = QueueManager(Queries(AsyncpgDriver(driver)))
            for kind in kinds:
                _register(manager, kind, handler)
            await _until_cancelled(manager, stop, times)
        finally:
            # The pool must not hand out a connection that still listens.
            await connection.invalidate()


def _register(manager: QueueManager, kind: JobKind, handler: Handler) -> None:
    async def run(job: QueuedJob) -> None:
        again_after = await handler(kind, int(job.payload or b"0"))
        if again_after is not None:
            raise RetryRequested(delay=again_after)

    manager.entrypoint(kind.value, concurrency_limit=1, accepts_context=False)(run)


async def _until_cancelled(manager: QueueManager, stop: asyncio.Event, times: QueueTimes) -> None:
    """Let the manager run. Cancelled itself, it would wait for its jobs and keep from them that it does."""
    running = asyncio.create_task(
        manager.run(dequeue_timeout=times.look, batch_size=1, heartbeat_timeout=times.lost)
    )
    is_cancelled = False
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            is_cancelled = True
            stop.set()
            manager.shutdown.set()
    if is_cancelled:
        running.exception()
        raise asyncio.CancelledError
    await running
