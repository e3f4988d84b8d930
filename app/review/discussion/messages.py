"""Messages to a person: which kinds there are, and when a browser may show one over everything else."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class MessageKind(StrEnum):
    """Why somebody is told of a case.

    `mention`: a colleague named them in a comment. `assigned`: a case was put into their hands. `returned`:
    one they set aside is back. `breach`: one that is theirs to see to has passed its due time.
    """

    MENTION = "mention"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    BREACH = "breach"


class TimeZoneUnknown(ValueError):
    """There is no such time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From when to when of each day nobody is disturbed; past midnight where the end comes before the start.

    Both the same: all day.
    """

    begins: time
    ends: time

    def holds(self, local: time) -> bool:
        """Whether a time of day lies in them; the end does not."""
        if self.begins < self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWishes:
    """What somebody wants their browser to tell; nothing, unless they ask for it.

    Raises `TimeZoneUnknown`.
    """

    kinds: frozenset[MessageKind] = frozenset()
    quiet: QuietHours | None = None
    #: The person's own: their quiet hours are told by it.
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse a zone that no clock can be set by."""
        zone_of(self.time_zone)

    def may_notify(self, kind: MessageKind, told_at: datetime) -> bool:
        """Whether a message of this kind that came at this moment may be shown by the browser."""
        if kind not in self.kinds:
            return False
        local = told_at.astimezone(zone_of(self.time_zone)).time()
        return self.quiet is None or not self.quiet.holds(local)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name, such as `Europe/Berlin`; raises `TimeZoneUnknown`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TimeZoneUnknown from error
