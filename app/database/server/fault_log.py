"""Faults in the log: each kind at once, then one line an interval with how often it came again."""

import logging
import time
from collections.abc import Callable

from app.database.server.faults import Fault

INTERVAL_SECONDS = 30.0


class RepeatLimiter:
    """Decides when something that happens often is logged again."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, int]] = {}

    def untold(self, what: str) -> int | None:
        """Return how often it happened since it was last told, if it is to be told now; else None."""
        now = self._monotonic()
        told_at, silent = self._told.get(what, (-float("inf"), 0))
        if now - told_at < INTERVAL_SECONDS:
            self._told[what] = (told_at, silent + 1)
            return None
        self._told[what] = (now, 0)
        return silent


class FaultLog:
    """Writes the database's faults, and remembers when each kind was last seen."""

    def __init__(self, logger: logging.Logger, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._monotonic = monotonic
        self._seldom = RepeatLimiter(monotonic=monotonic)
        self._seen_at: dict[Fault, float] = {}

    def note(self, fault: Fault, sqlstate: str | None) -> None:
        """Take a fault up: only its kind and code, since its message may quote a payment."""
        self._seen_at[fault] = self._monotonic()
        untold = self._seldom.untold(fault)
        if untold is None:
            return
        told = {"detail": fault.sentence, "sqlstate": sqlstate, "repeated": untold}
        self._logger.warning(
            "the database cannot do it now", extra={name: value for name, value in told.items() if value}
        )

    def seen_within(self, fault: Fault, seconds: float) -> bool:
        """Whether this kind was seen in the last so many seconds."""
        return self._monotonic() - self._seen_at.get(fault, -float("inf")) < seconds
