"""The analysts' hours: how many cases people can judge, and when."""

from dataclasses import dataclass

from app.triage.refusal import PolicyImpossible

HOURS_OF_DAY = 24
MINUTES_OF_HOUR = 60
# Beyond these minutes a review is none, and cases or hours a day come to no number.
SHORTEST_REVIEW, LONGEST_REVIEW = 1e-6, 1e6
MOST_ANALYSTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Who judges, from when to when (hours of the day, UTC); raises `PolicyImpossible`.

    A desk that closes before it opens works through midnight; one that closes when it opens, all day.
    """

    analysts: int
    minutes_per_review: float
    opens_hour: int
    closes_hour: int

    def __post_init__(self) -> None:
        """Refuse hours that no day has and work that takes no time."""
        if not 0 <= self.analysts <= MOST_ANALYSTS:
            raise PolicyImpossible(
                "staffing.analysts",
                f"staffing.analysts is between 0 and {MOST_ANALYSTS}, not {self.analysts}",
            )
        if not SHORTEST_REVIEW <= self.minutes_per_review <= LONGEST_REVIEW:
            raise PolicyImpossible(
                "staffing.minutes_per_review",
                f"staffing.minutes_per_review is between {SHORTEST_REVIEW:g} and {LONGEST_REVIEW:g},"
                f" not {self.minutes_per_review:g}",
            )
        for name in ("opens_hour", "closes_hour"):
            hour = getattr(self, name)
            if not 0 <= hour <= HOURS_OF_DAY:
                raise PolicyImpossible(
                    f"staffing.{name}", f"staffing.{name} is an hour between 0 and 24, not {hour}"
                )

    def is_open(self, hour: int) -> bool:
        """Whether people work in this hour of the day."""
        opens, closes = self.opens_hour % HOURS_OF_DAY, self.closes_hour % HOURS_OF_DAY
        if opens == closes:
            return True
        return opens <= hour < closes if opens < closes else hour >= opens or hour < closes

    @property
    def open_hours(self) -> int:
        """Hours of the day in which people work."""
        return sum(map(self.is_open, range(HOURS_OF_DAY)))

    @property
    def analyst_hours_per_day(self) -> float:
        """Hours of work a day."""
        return float(self.analysts * self.open_hours)

    @property
    def reviews_per_analyst_hour(self) -> float:
        """Cases one analyst judges in an hour."""
        return MINUTES_OF_HOUR / self.minutes_per_review

    @property
    def reviews_per_open_hour(self) -> float:
        """Cases all analysts together judge in an open hour."""
        return self.analysts * self.reviews_per_analyst_hour

    @property
    def reviews_per_day(self) -> float:
        """Cases all analysts together judge in a day: the capacity."""
        return self.reviews_per_open_hour * self.open_hours


#: A desk of four from morning to night, three minutes a case: 1,120 cases a day, to be replaced.
USUAL_STAFFING = Staffing(analysts=4, minutes_per_review=3.0, opens_hour=7, closes_hour=21)
