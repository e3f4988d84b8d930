"""How many cases will wait in the next hours: what usually arrives, against what people can judge.

Arrivals of an hour of the day are taken as Poisson with that hour's rate over the last days. Their range
is the predictive one: it also holds how little a few days tell of a rate (a gamma posterior, so that
counts to come are negative binomial).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.stats import nbinom

HOUR = timedelta(hours=1)
HOURS_OF_DAY = 24
#: Half of what lies outside the range of 95 % on either side.
TAIL = 0.025
# Jeffreys' prior of a Poisson rate: half a case more than was counted.
PRIOR_CASES = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What arrived lately by hour of the day, UTC. Shape of both: (24,)."""

    cases: tuple[float, ...]
    #: How many hours of each hour of the day were looked at: 7 where seven days lie behind.
    hours: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse half a day."""
        if len(self.cases) != HOURS_OF_DAY or len(self.hours) != HOURS_OF_DAY:
            raise ValueError(f"expected 24 hours, got {len(self.cases)} and {len(self.hours)}")

    @property
    def days(self) -> float:
        """How many days lie behind."""
        return sum(self.hours) / HOURS_OF_DAY

    def leveled(self) -> "Arrivals":
        """Return the same where each hour was seen, else what arrived spread evenly over the day."""
        if min(self.hours) >= 1:
            return self
        shared = sum(self.cases) / HOURS_OF_DAY
        return Arrivals(cases=(shared,) * HOURS_OF_DAY, hours=(self.days,) * HOURS_OF_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastHour:
    """An hour to come: what arrives, what people can judge, and what waits at its end, with its range."""

    begins_at: datetime
    ends_at: datetime
    arrivals: float
    capacity: float
    backlog: float
    low: float
    high: float


def forecast(
    backlog: int,
    now: datetime,
    arrivals: Arrivals,
    capacity_per_hour: Callable[[int], float],
    *,
    hours: int = 12,
) -> tuple[ForecastHour, ...]:
    """Return the rest of this hour and the hours after it; `capacity_per_hour` is asked by hour of day.

    Nothing, where less than an hour lies behind.
    """
    if sum(arrivals.hours) < 1:
        return ()
    known = arrivals.leveled()
    begins = [now, *(_next_hour(now) + step * HOUR for step in range(hours - 1))]
    ends = [_next_hour(now) + step * HOUR for step in range(hours)]
    shares = [(end - begin) / HOUR for begin, end in zip(begins, ends, strict=True)]
    at = [begin.hour for begin in begins]
    expected = [
        share * known.cases[hour] / known.hours[hour] if known.hours[hour] else 0.0
        for share, hour in zip(shares, at, strict=True)
    ]
    capacity = [share * capacity_per_hour(hour) for share, hour in zip(shares, at, strict=True)]
    lows, highs = _arrivals_ranges(known, at, shares)
    found = []
    for count in range(1, hours + 1):
        total = sum(expected[:count])
        low = _spread(lows[count - 1], total, expected[:count], shares)
        high = _spread(highs[count - 1], total, expected[:count], shares)
        found.append(
            ForecastHour(
                begins_at=begins[count - 1],
                ends_at=ends[count - 1],
                arrivals=expected[count - 1],
                capacity=capacity[count - 1],
                backlog=_left(backlog, expected[:count], capacity),
                low=_left(backlog, low, capacity),
                high=_left(backlog, high, capacity),
            )
        )
    return tuple(found)


def _left(backlog: float, arrivals: Sequence[float], capacity: Sequence[float]) -> float:
    """Return what waits after these hours; people who have nothing to judge save nothing up."""
    for arriving, judged in zip(arrivals, capacity, strict=False):
        backlog = max(0.0, backlog + arriving - judged)
    return backlog


def _arrivals_ranges(
    known: Arrivals, at: Sequence[int], shares: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Return between how many cases arrive up to the end of each hour, 19 times in 20."""
    seen = np.array([known.hours[hour] for hour in at])
    cases, share = np.array([known.cases[hour] for hour in at]), np.array(shares)
    rate = np.divide(cases, seen, out=np.zeros(len(at)), where=seen > 0)
    doubt = np.divide(rate, seen, out=np.zeros(len(at)), where=seen > 0)
    # Without a case counted yet, the prior still holds that one may come.
    mean = PRIOR_CASES / known.days + np.cumsum(share * rate)
    spread = PRIOR_CASES / known.days**2 + np.cumsum(share**2 * doubt)
    # The counts vary by Poisson (variance: the mean) around rates that are known this well (spread).
    size, probability = mean**2 / spread, mean / (mean + spread)
    low, high = np.asarray(nbinom.ppf(np.array([[TAIL], [1 - TAIL]]), size, probability))
    return low.tolist(), high.tolist()


def _spread(
    total: float, expected_total: float, expected: Sequence[float], shares: Sequence[float]
) -> list[float]:
    """Return so many arrivals, spread over the hours as they usually come."""
    if expected_total > 0:
        return [total * each / expected_total for each in expected]
    hours = shares[: len(expected)]
    return [total * share / sum(hours) for share in hours]


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + HOUR


def arrivals_between(since: datetime, until: datetime, cases: Mapping[int, int]) -> Arrivals:
    """Return what arrived between two moments by hour of the day, and how much of each hour that was."""
    hours = [0.0] * HOURS_OF_DAY
    begin = since
    while begin < until:
        end = min(_next_hour(begin), until)
        hours[begin.hour] += (end - begin) / HOUR
        begin = end
    return Arrivals(
        cases=tuple(float(cases.get(hour, 0)) for hour in range(HOURS_OF_DAY)), hours=tuple(hours)
    )
