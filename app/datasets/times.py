"""Can a column of times be seconds since the first transaction? Units and scales that are not tell."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from app.scoring.arrays import Floats

#: How many seconds each unit has that a file's Time may be in.
UNITS: Mapping[str, float] = {
    "milliseconds": 0.001,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
}

# With fewer rows nothing can be told of a column's scale.
FEWEST_ROWS = 10
FEWEST_ROWS_FOR_PACE = 100
# Rows a second; the public recording has fewer than two, and days taken for seconds have hundreds.
FASTEST = 4.0
LONGEST_SECONDS = timedelta(days=3 * 365).total_seconds()
# Distinct times; that so many are multiples of a thousand by chance happens in one file of 10^15.
FEWEST_TIMES = 5


def time_fault(seconds: Floats) -> str | None:
    """Return why times, shape (rows,), cannot be seconds since the first transaction; None when they can."""
    if seconds.size < FEWEST_ROWS:
        return None
    first, last = float(seconds.min()), float(seconds.max())
    why = _why(seconds, first, last)
    if why is None:
        return None
    return f"Time cannot be the seconds since the first transaction: {why}"


def _why(seconds: Floats, first: float, last: float) -> str | None:
    if first == last:
        return f"it is {first:g} in all {seconds.size:,} rows"
    if first >= 0 and last <= 1:
        return "all of it lies between 0 and 1, so it was scaled"
    return _other_unit(seconds, last - first)


def _other_unit(seconds: Floats, span: float) -> str | None:
    times = np.unique(seconds)
    if times.size >= FEWEST_TIMES and (times % 1000 == 0).all():
        return "every value is a multiple of 1,000, as in milliseconds"
    if span > LONGEST_SECONDS:
        return f"it would span {span / timedelta(days=365).total_seconds():,.1f} years, as in milliseconds"
    unit = _fractions_of(times)
    if unit is not None:
        return f"its fractions are whole seconds of {unit}"
    if seconds.size >= FEWEST_ROWS_FOR_PACE and seconds.size / span > FASTEST:
        return f"{seconds.size:,} rows would lie within {span:,.0f} seconds, as in minutes, hours or days"
    return None


def _fractions_of(times: Floats) -> str | None:
    """Return the unit whose fractions these are, when each is a whole number of seconds in it."""
    if _are_whole(times * 1000):
        return None
    units = (unit for unit in ("minutes", "hours", "days") if _are_whole(times * UNITS[unit]))
    return next(units, None)


def _are_whole(values: Floats) -> bool:
    return bool((np.abs(values - np.round(values)) < 1e-4).all())
