"""The columns of a payment's own moment, on the clocks of a zone, and of what its amount ends in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.schema.columns import SECONDS_A_DAY

#: What of the payment's own moment a model can read.
HOUR, WEEKEND, WEEKDAY = "hour", "weekend", "weekday"
OF_TIME = (HOUR, WEEKEND, WEEKDAY)
#: What of the payment's own amount, beside the amount itself.
ENDING = "ending"
OF_AMOUNT = (ENDING,)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY = DAYS.index("Saturday")
#: 1 January 1970.
FIRST_DAY = DAYS.index("Thursday")
#: Two digits in which prices like to end; all others share a column.
ENDINGS = (0, 50, 90, 95, 99)
OTHERWISE = "otherwise"
#: Of a currency with more decimals the first two are read, of one with none the last two digits.
DIGITS_READ = 2
#: Clocks change at such moments (UTC): not all of them at whole hours.
CLOCK_STEP_SECONDS = 900
ZERO = timedelta()


def time_columns(read: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns that a moment gives.

    >>> time_columns(("hour", "weekend"))
    ('hour (sine)', 'hour (cosine)', 'weekend')
    """
    hours = ("hour (sine)", "hour (cosine)") if HOUR in read else ()
    days = tuple(f"weekday = {day}" for day in DAYS) if WEEKDAY in read else ()
    return (*hours, *((WEEKEND,) if WEEKEND in read else ()), *days)


def of_time(read: Sequence[str], seconds: Floats, zone: ZoneInfo) -> Floats:
    """Return the columns of moments on the clocks of a zone, shape (rows, columns); nought where NaN.

    `seconds`: since 1970, shape (rows,).
    """
    local = _local_seconds(seconds, zone)
    day = (local // SECONDS_A_DAY + FIRST_DAY) % len(DAYS)
    parts: list[Floats] = []
    if HOUR in read:
        turn = 2 * np.pi * (local % SECONDS_A_DAY) / SECONDS_A_DAY
        parts += [np.sin(turn), np.cos(turn)]
    if WEEKEND in read:
        parts.append((day >= SATURDAY).astype(np.float64))
    if WEEKDAY in read:
        parts += [(day == number).astype(np.float64) for number in range(len(DAYS))]
    return np.asarray(np.nan_to_num(np.column_stack(parts)))


def amount_columns(read: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns that an amount gives beside itself."""
    if ENDING not in read:
        return ()
    return (*(f"amount ends in {ending:02d}" for ending in ENDINGS), f"amount ends {OTHERWISE}")


def of_amount(amounts: Floats, *, decimals: int) -> Floats:
    """Return the columns of amounts in a currency of so many decimals, shape (rows, columns)."""
    ending = endings(amounts, decimals=decimals)
    known = [ending == each for each in ENDINGS]
    return np.column_stack([*known, ~np.logical_or.reduce(known)]).astype(np.float64)


def endings(amounts: Floats, *, decimals: int) -> Floats:
    """Return the two digits in which amounts end, 0 to 99, shape (rows,).

    The first two decimals; of a currency without decimals the last two digits of the amount. What is finer
    than the currency's coins is rounded.

    >>> endings(np.array([12.99, 7.0]), decimals=2), endings(np.array([1980.0]), decimals=0)
    (array([99.,  0.]), array([80.]))
    """
    coins = np.rint(amounts * 10.0**decimals)
    return np.asarray(coins // 10.0 ** max(decimals - DIGITS_READ, 0) % 10.0**DIGITS_READ)


def _local_seconds(seconds: Floats, zone: ZoneInfo) -> Floats:
    """Return seconds of the wall clocks of a zone, shape (rows,)."""
    stretches = np.floor(seconds / CLOCK_STEP_SECONDS)
    is_known = ~np.isnan(stretches)
    known, place = np.unique(stretches[is_known], return_inverse=True)
    offsets = [
        (datetime.fromtimestamp(each * CLOCK_STEP_SECONDS, tz=zone).utcoffset() or ZERO).total_seconds()
        for each in known.tolist()
    ]
    local = seconds.copy()
    local[is_known] += np.array(offsets)[place] if known.size else 0.0
    return local
