"""Rows that failed: skipped for a growing interval, so that they do not block the others."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.server.session import DatabaseUnavailable, savepoint
from app.observability.logs import logger_of

logger = logger_of(__name__)

FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 30.0, 3600.0
# Where more rows than this rest, it is no matter of single rows, and the oldest are tried again.
MOST_RESTING = 10_000


@dataclass(frozen=True, slots=True)
class _Rest:
    seconds: float
    until: float


@dataclass(slots=True, kw_only=True)
class SetAside:
    """What of one kind of work is left alone, each for twice as long as the time before."""

    #: What is done to a row, as the log says it: "settled".
    done: str
    monotonic: Callable[[], float] = time.monotonic
    _rests: dict[int, _Rest] = field(default_factory=dict)

    def resting(self) -> list[int]:
        """Return the rows to pass over now."""
        now = self.monotonic()
        return [key for key, rest in self._rests.items() if rest.until > now]

    async def each(
        self,
        connection: AsyncConnection,
        keys: Sequence[int],
        work: Callable[[Sequence[int]], Awaitable[None]],
    ) -> list[int]:
        """Do the work on all rows together; where that fails, on each alone. Return those it was done on.

        Raises `DatabaseUnavailable`, which is no fault of a row.
        """
        if not keys:
            return []
        try:
            async with savepoint(connection):
                await work(keys)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it is some row's: the others go on)
            if len(keys) == 1:
                self._leave(keys[0], error)
                return []
            return [key for each in keys for key in await self.each(connection, [each], work)]
        for key in keys:
            self._rests.pop(key, None)
        return list(keys)

    def _leave(self, key: int, error: Exception) -> None:
        before = self._rests.pop(key, None)
        seconds = FIRST_REST_SECONDS if before is None else min(2 * before.seconds, LONGEST_REST_SECONDS)
        self._rests[key] = _Rest(seconds, self.monotonic() + seconds)
        while len(self._rests) > MOST_RESTING:
            self._rests.pop(next(iter(self._rests)))
        logger.error("a row rests and is tried again", exc_info=error, work=self.done, seconds=round(seconds))
