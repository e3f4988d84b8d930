"""Watches the event loop for delays: whatever blocks it delays every caller."""

import asyncio
import contextlib
from typing import Self

from app.observability.logs import logger_of
from app.observability.metrics import Metrics

logger = logger_of(__name__)

TICK_SECONDS = 0.1
# Longer than any honest piece of work on the loop, shorter than what a caller would report.
STALL_SECONDS = 0.25


class LoopWatch:
    """Asks to be woken ten times a second, and measures how late that is."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to watch the running loop."""
        self._task = asyncio.create_task(self._watch(), name="loop watch")
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Watch no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.woken(max(0.0, loop.time() - due))

    def woken(self, late_seconds: float) -> None:
        """Count a wake-up that came so late."""
        self._metrics.loop_lag_seconds.observe(late_seconds)
        if late_seconds >= STALL_SECONDS:
            self._metrics.loop_stalls.inc()
            logger.warning("the event loop stood still", seconds=round(late_seconds, 3))
