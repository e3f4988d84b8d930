"""The state of the queue, read at most every two seconds and shared by all who watch it in this process."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.operations import queue_figures
from app.database.operations.case_lists import LATELY
from app.database.operations.queue_figures import FlowHour, Hold, Pace
from app.database.server.session import DatabaseUnavailable, transaction
from app.review.queue.depth import Depth
from app.review.queue.forecast import Arrivals, ForecastHour, forecast
from app.review.queue.service_level import ServiceLevels
from app.triage.staffing import Staffing

#: How fresh the numbers are.
PERIOD_SECONDS = 2.0
# What arrived in a day or a week changes slowly.
FLOW_SECONDS = 20.0
ARRIVALS_SECONDS = 300.0
# A count that takes long is made more rarely: of one connection's time it gets a twentieth at most.
REST_PER_SECOND = 20.0
#: Each holds a connection open; a service has more to do than to be watched.
MOST_WATCHERS = 40
#: After this a stream ends, and the browser that comes again has to be logged in still.
STREAM_SECONDS = 120.0

Value = TypeVar("Value")


class TooManyWatchers(Exception):
    """Too many people watch operations already; the numbers still come when the page is loaded again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationsSnapshot:
    """All there is to see, at one moment."""

    at: datetime
    #: When what waits was counted.
    counted_at: datetime
    depth: Depth
    flow: tuple[FlowHour, ...]
    holds: tuple[Hold, ...]
    paces: tuple[Pace, ...]
    arrivals: Arrivals
    staffing: Staffing
    forecast: tuple[ForecastHour, ...]
    #: The same if only who judged in the last hour went on at that pace.
    at_this_pace: tuple[ForecastHour, ...]
    levels: ServiceLevels


@dataclass(slots=True)
class _Paced(Generic[Value]):
    """A number that is read again after a while, the rarer the longer it takes to read."""

    read: Callable[[AsyncConnection, datetime], Awaitable[Value]]
    period_seconds: float
    monotonic: Callable[[], float]
    held: tuple[Value, datetime] | None = None
    due_at: float = 0.0

    async def value(self, connection: AsyncConnection, now: datetime) -> tuple[Value, datetime]:
        """Return the number, and when it was read."""
        began = self.monotonic()
        if self.held is None or began >= self.due_at:
            self.held = (await self.read(connection, now), now)
            ended = self.monotonic()
            self.due_at = began + max(self.period_seconds, REST_PER_SECOND * (ended - began))
        return self.held


class QueueMonitor:
    """Reads the state of the queue once for all who watch it."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        levels: ServiceLevels,
        staffing: Callable[[], Staffing],
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._monotonic = monotonic
        self._levels = levels
        self._staffing = staffing
        self._period_seconds = period_seconds
        self._depth = _Paced(self._read_depth, period_seconds, monotonic)
        self._flow = _Paced(queue_figures.flow, FLOW_SECONDS, monotonic)
        self._arrivals = _Paced(queue_figures.arrivals, ARRIVALS_SECONDS, monotonic)
        self._one_reads = asyncio.Lock()
        self._seen: OperationsSnapshot | None = None
        self._read_at = 0.0
        self._ended = asyncio.Event()
        self._watchers = 0

    async def now(self) -> OperationsSnapshot:
        """Return the state of the queue as it was at most two seconds ago; raises `DatabaseUnavailable`."""
        async with self._one_reads:
            if self._seen is None or self._monotonic() - self._read_at >= self._period_seconds:
                began = self._monotonic()
                self._seen = await self._read()
                self._read_at = began
            return self._seen

    def forget(self) -> None:
        """Let the next look be a fresh one: somebody changed something and wants to see it."""
        self._seen = None
        self._depth.due_at = min(self._depth.due_at, self._monotonic() + self._period_seconds)

    @contextmanager
    def stream_slot(self) -> Iterator[None]:
        """Take one of the places there are to watch from; raises `TooManyWatchers`."""
        if self._watchers >= MOST_WATCHERS or self._ended.is_set():
            raise TooManyWatchers
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return self._watchers

    async def watched(self) -> AsyncGenerator[OperationsSnapshot | None, None]:
        """Yield the state of the queue again and again for a while; None while the database is away."""
        until = self._monotonic() + STREAM_SECONDS
        while not self._ended.is_set() and self._monotonic() < until:
            try:
                seen: OperationsSnapshot | None = await self.now()
            except DatabaseUnavailable:
                seen = None
            yield seen
            await self._rest()

    def end(self) -> None:
        """Let all streams end: the service stops."""
        self._ended.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._period_seconds):
                await self._ended.wait()
        except TimeoutError:
            return

    async def _read_depth(self, connection: AsyncConnection, now: datetime) -> Depth:
        return await queue_figures.depth(connection, self._levels, now)

    async def _read(self) -> OperationsSnapshot:
        now = self._clock()
        async with transaction(self._engine) as connection:
            await queue_figures.count_by_hashing(connection)
            depth, counted_at = await self._depth.value(connection, now)
            flow, _ = await self._flow.value(connection, now)
            arrivals, _ = await self._arrivals.value(connection, now)
            holds = await queue_figures.holds(connection, now)
            paces = await queue_figures.paces(connection, now - LATELY, now)
        staffing = self._staffing()
        waiting = depth.total()
        pace = float(sum(each.cases for each in paces))
        return OperationsSnapshot(
            at=now,
            counted_at=counted_at,
            depth=depth,
            flow=flow,
            holds=holds,
            paces=paces,
            arrivals=arrivals,
            staffing=staffing,
            forecast=forecast(waiting, now, arrivals, lambda hour: _capacity(staffing, hour)),
            at_this_pace=forecast(waiting, now, arrivals, lambda _: pace),
            levels=self._levels,
        )


def _capacity(staffing: Staffing, hour: int) -> float:
    return staffing.reviews_per_open_hour if staffing.is_open(hour) else 0.0
