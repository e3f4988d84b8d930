"""The clock of the past: it stands where it was put, and never goes back."""

from datetime import datetime


class PastClock:
    """What all services of the past take for the time."""

    def __init__(self, begins_at: datetime) -> None:
        self._now = begins_at

    def __call__(self) -> datetime:
        """Return the moment in UTC."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Go on to a moment; one that has passed changes nothing."""
        self._now = max(self._now, moment)
