"""What comes again and again is logged once a period, with how often it came."""

import time
from collections.abc import Callable
from dataclasses import dataclass

PERIOD_SECONDS = 60.0
# More of them at a time are told as they come.
MOST_REMEMBERED = 500


@dataclass(slots=True)
class _Seen:
    told_at: float
    since: int = 0


class Repeats:
    """Decides what is told now, and counts what is not."""

    def __init__(
        self, *, period_seconds: float = PERIOD_SECONDS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._period_seconds = period_seconds
        self._monotonic = monotonic
        self._seen: dict[str, _Seen] = {}
        self._next_look = 0.0

    def admitted(self, what: str) -> int | None:
        """Return how often it was held back since it was last told; None: hold it back, too."""
        now, seen = self._monotonic(), self._seen.get(what)
        if seen is not None and now - seen.told_at < self._period_seconds:
            seen.since += 1
            return None
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen[what] = _Seen(told_at=now)
        return seen.since if seen is not None else 0

    def overdue(self) -> list[tuple[str, int]]:
        """Return what was held back and has not come again for a while, with how often."""
        now = self._monotonic()
        if now < self._next_look:
            return []
        self._next_look = now + self._period_seconds / 4
        ended = {
            what: seen.since
            for what, seen in self._seen.items()
            if now - seen.told_at >= self._period_seconds
        }
        for what in ended:
            del self._seen[what]
        return [(what, count) for what, count in ended.items() if count]
