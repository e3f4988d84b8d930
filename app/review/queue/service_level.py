"""How long a case may wait: by what waiting puts at risk, and never beyond its payment's own deadline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Priority(StrEnum):
    """How much waiting puts at risk."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"


class Timeliness(StrEnum):
    """Whether a pending case is on time, close to its due time, or overdue."""

    IN_TIME = "in_time"
    DUE_SOON = "due_soon"
    BREACHED = "breached"


class ServiceLevelsUnclear(ValueError):
    """Service levels need rising amounts, and times that are none shorter the more is at risk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevels:
    """From which loss (base currency) a case has which priority, and how long each priority may wait.

    Raises `ServiceLevelsUnclear`.
    """

    urgent_from: float = 500.0
    high_from: float = 50.0
    urgent: timedelta = timedelta(minutes=15)
    high: timedelta = timedelta(hours=1)
    normal: timedelta = timedelta(hours=8)
    #: Of its time so much may be gone before a case counts as due soon.
    warning_share: float = 0.8

    def __post_init__(self) -> None:
        """Refuse an order that would let more risk wait longer."""
        if not 0 <= self.high_from <= self.urgent_from:
            raise ServiceLevelsUnclear("urgent begins at no less than high does")
        if not timedelta(0) < self.urgent <= self.high <= self.normal:
            raise ServiceLevelsUnclear("urgent cases wait no longer than high ones, and those than the rest")
        if not 0 < self.warning_share <= 1:
            raise ServiceLevelsUnclear("a warning comes within the time, not before or after it")

    def priority(self, loss: float | None) -> Priority:
        """Return how urgent a case of this loss is; of one that cannot be converted (None): urgent."""
        if loss is None or loss >= self.urgent_from:
            return Priority.URGENT
        return Priority.HIGH if loss >= self.high_from else Priority.NORMAL

    def time(self, priority: Priority) -> timedelta:
        """Return how long such a case may wait."""
        return {Priority.URGENT: self.urgent, Priority.HIGH: self.high, Priority.NORMAL: self.normal}[
            priority
        ]

    def due_at(self, loss: float | None, opened_at: datetime, respond_by: datetime | None) -> datetime:
        """Return by when a case should be judged."""
        due_at = opened_at + self.time(self.priority(loss))
        return due_at if respond_by is None else min(due_at, respond_by)

    def timeliness(self, opened_at: datetime, due_at: datetime, now: datetime) -> Timeliness:
        """Return where a waiting case stands now."""
        if now >= due_at:
            return Timeliness.BREACHED
        is_soon = now >= opened_at + self.warning_share * (due_at - opened_at)
        return Timeliness.DUE_SOON if is_soon else Timeliness.IN_TIME
