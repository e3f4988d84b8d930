"""How long decisions were observed, and whether that is enough to speak of what comes in a day."""

from dataclasses import dataclass

from app.scoring.templated_text import Templated
from app.triage.written_numbers import grouped, plain, plural

HOUR, DAY = 3600.0, 86_400.0
# A day but for its edges, so that a window of one day can do; and decisions enough for a rate of one
# label in ten to be known to within a third either way.
LEAST_SECONDS = 20 * HOUR
LEAST_DECISIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Decisions, and when the first and the last of them were made (seconds since the epoch)."""

    decisions: int
    #: 0 where there is no decision.
    first_at: float = 0.0
    last_at: float = 0.0

    @property
    def seconds(self) -> float:
        """The time from the first to the last."""
        return self.last_at - self.first_at

    @property
    def is_enough(self) -> bool:
        """Whether rates can be told at all."""
        return self.seconds >= LEAST_SECONDS and self.decisions >= LEAST_DECISIONS

    @property
    def days(self) -> float | None:
        """Observed time in days, what rates are divided by; None below the minimum."""
        return self.seconds / DAY if self.is_enough else None

    def per_day(self, number: float) -> float | None:
        """Return a number of this time as a number a day; None where that is not known."""
        return number / self.days if self.days is not None else None

    @property
    def told(self) -> Templated:
        """How much was observed, in words."""
        if not self.decisions:
            return Templated("no decision observed")
        decisions = plural(self.decisions, "decision", "decisions")
        hours = self.seconds / HOUR
        if hours >= 48:
            return Templated(
                "%(decisions)s observed in %(days)s days", decisions=decisions, days=grouped(hours / 24, 1)
            )
        return Templated(
            "%(decisions)s observed in %(hours)s hours", decisions=decisions, hours=grouped(hours, 1)
        )


#: What has to be observed before anything is known of a day, in words.
MINIMUM = Templated(
    "%(hours)s hours and %(decisions)s decisions",
    hours=plain(LEAST_SECONDS / HOUR),
    decisions=plain(LEAST_DECISIONS),
)
