"""The same fault again and again is told once a minute, with how often it came."""

from dataclasses import dataclass

PERIOD_SECONDS = 60.0
# More different faults at a time are told as they come.
MOST_REMEMBERED = 500


@dataclass(slots=True)
class _Seen:
    told_at: float
    since: int = 0


class Repeats:
    """Which faults were told lately; times are monotonic seconds."""

    def __init__(self, *, period_seconds: float = PERIOD_SECONDS) -> None:
        self._period_seconds = period_seconds
        self._seen: dict[str, _Seen] = {}
        self._next_look = 0.0

    def admitted(self, fingerprint: str, now: float) -> int | None:
        """Return how often a fault was held back since it was last told; None: hold it back, too."""
        seen = self._seen.get(fingerprint)
        if seen is not None and now - seen.told_at < self._period_seconds:
            seen.since += 1
            return None
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen[fingerprint] = _Seen(told_at=now)
        return seen.since if seen is not None else 0

    def overdue(self, now: float) -> list[tuple[str, int]]:
        """Return the faults that were held back and have not come again for a while, with how often."""
        if now < self._next_look:
            return []
        self._next_look = now + self._period_seconds / 4
        ended = {
            fingerprint: seen.since
            for fingerprint, seen in self._seen.items()
            if now - seen.told_at >= self._period_seconds
        }
        for fingerprint in ended:
            del self._seen[fingerprint]
        return [(fingerprint, count) for fingerprint, count in ended.items() if count]
