"""The analysts' hours: how many cases people can judge, and when."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from app.triage.described import Meaning, Section, check_ranges

HOURS_OF_DAY = 24
MINUTES_OF_HOUR = 60
# Beyond these minutes a review is none, and cases or hours a day come to no number.
SHORTEST_REVIEW, LONGEST_REVIEW = 1e-6, 1e6
MOST_ANALYSTS = 10_000

_STAFFING = partial(Meaning, Section.STAFFING)
_HOUR = partial(_STAFFING, unit="hour of the day, UTC", lowest=0, highest=HOURS_OF_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Who judges, from when to when (hours of the day, UTC); raises `PolicyImpossible`.

    A desk that closes before it opens works through midnight; one that closes when it opens, all day.
    """

    analysts: Annotated[
        int,
        _STAFFING("How many judge at the same time", "Analysts at a time", lowest=0, highest=MOST_ANALYSTS),
    ]
    minutes_per_review: Annotated[
        float,
        _STAFFING(
            "One look by an analyst",
            "Time for a review",
            "minutes",
            lowest=SHORTEST_REVIEW,
            highest=LONGEST_REVIEW,
        ),
    ]
    opens_hour: Annotated[int, _HOUR("The team starts", "Team starts")]
    closes_hour: Annotated[int, _HOUR("The team ends", "Team ends", note="as the start: it works all day")]

    def __post_init__(self) -> None:
        """Refuse hours that no day has and work that takes no time."""
        check_ranges(self, "staffing")

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
