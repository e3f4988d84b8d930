"""Faults in the log: each kind at once, then one line an interval with how often it came again."""

import logging
import time
from collections.abc import Callable

from app.database.server.faults import Fault
from app.observability.repeats import Repeats

INTERVAL_SECONDS = 30.0


class FaultLog:
    """Writes the database's faults, and remembers when each kind was last seen."""

    def __init__(self, logger: logging.Logger, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._monotonic = monotonic
        self._seldom = Repeats(period_seconds=INTERVAL_SECONDS, monotonic=monotonic)
        self._seen_at: dict[Fault, float] = {}

    def note(self, fault: Fault, sqlstate: str | None) -> None:
        """Take a fault up: only its kind and code, since its message may quote a payment."""
        self._seen_at[fault] = self._monotonic()
        untold = self._seldom.admitted(fault)
        if untold is None:
            return
        told = {"detail": fault.sentence, "sqlstate": sqlstate, "repeated": untold}
        self._logger.warning(
            "the database cannot do it now", extra={name: value for name, value in told.items() if value}
        )

    def seen_within(self, fault: Fault, seconds: float) -> bool:
        """Whether this kind was seen in the last so many seconds."""
        return self._monotonic() - self._seen_at.get(fault, -float("inf")) < seconds
