"""The database's clock, as one process reads it: what replicas agree on, however their own clocks go.

Read from the database about once a second and carried on by the machine's monotonic clock, which nobody
sets. Between two readings it can be wrong by half a round trip and by what the monotonic clock drifts, some
milliseconds together; the process's time of day decides nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A quartz loses or gains some 50 millionths; the double of it makes an old reading's doubt.
DRIFT = 1e-4
NOW = text("SELECT clock_timestamp()")


def since_boot() -> float:
    """Return seconds that only run forwards, through a machine's sleep, too, where the system can say so."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockNotRead(Exception):
    """The database's clock was asked before it was read for the first time."""


@dataclass(frozen=True, slots=True)
class ClockSample:
    """One reading of the database's clock, and how exactly its moment is known."""

    moment: datetime
    #: When by the monotonic clock, and by how much (seconds) the two may be apart.
    at: float
    doubt: float


class DatabaseClock:
    """Says what time it is at the database; `read` before the first call, and now and then."""

    def __init__(self, *, monotonic: Callable[[], float] = since_boot) -> None:
        self._monotonic = monotonic
        self._reading: ClockSample | None = None

    def __call__(self) -> datetime:
        """Return the moment in UTC; raises `ClockNotRead`."""
        if self._reading is None:
            raise ClockNotRead
        return self._carried_on(self._reading, self._monotonic())

    async def read(self, connection: AsyncConnection) -> None:
        """Ask the database; of two readings the one that leaves less doubt is kept."""
        asked = self._monotonic()
        moment: datetime = (await connection.execute(NOW)).scalar_one()
        answered = self._monotonic()
        self.take(ClockSample(moment, (asked + answered) / 2, (answered - asked) / 2))

    def take(self, newer: ClockSample) -> None:
        """Keep a reading unless the one we have is still better, and the new one does not contradict it."""
        held = self._reading
        if held is not None:
            doubt = held.doubt + (newer.at - held.at) * DRIFT
            apart = abs((self._carried_on(held, newer.at) - newer.moment).total_seconds())
            if doubt < newer.doubt and apart <= doubt + newer.doubt:
                return
        self._reading = newer

    @staticmethod
    def _carried_on(reading: ClockSample, now: float) -> datetime:
        return reading.moment + timedelta(seconds=now - reading.at)
