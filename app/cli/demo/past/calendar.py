"""When things happened in the demo's past: pure, the same for the same end and seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.scoring.arrays import Floats

DAYS = 14
#: The last hours are a busy morning: the queue holds its work when people come to look.
MORNING = timedelta(hours=8)
PAYMENTS_A_DAY, PAYMENTS_OF_MORNING = 560, 3400
#: The shop grows: its first days have so many times the usual payments, its last ones so many.
GROWTH = (0.5, 1.5)
#: So often payments come in, those of the time before together: the nearer, the finer a page shows them. The
#: first is no part of a day, so that over the days every hour has its share.
USUAL_STEP, LAST_DAY_STEP, MORNING_STEP = timedelta(minutes=104), timedelta(hours=1), timedelta(minutes=20)

#: Of payments by hour of the day (UTC): people shop by day, and little at night.
SHOPPING = np.array(
    [2, 1, 1, 1, 1, 2, 4, 6, 9, 11, 12, 13, 13, 12, 12, 12, 13, 14, 15, 14, 12, 9, 6, 4], dtype=np.float64
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of the past: who paid when in it, in order, and when it ends."""

    paid_at: Sequence[datetime]
    ends_at: datetime


def begins_at(ends_at: datetime) -> datetime:
    """Return when the past of that end begins."""
    return ends_at - timedelta(days=DAYS)


def steps(ends_at: datetime, rng: np.random.Generator) -> list[Step]:
    """Return the whole past up to a moment, in order."""
    last_day, morning = ends_at - timedelta(days=1), ends_at - MORNING
    usual = [
        *_stretches(begins_at(ends_at), last_day, USUAL_STEP),
        *_stretches(last_day, morning, LAST_DAY_STEP),
    ]
    busy = _stretches(morning, ends_at, MORNING_STEP)
    counts = rng.poisson(_expected(usual)).tolist()
    counts += rng.multinomial(PAYMENTS_OF_MORNING, np.full(len(busy), 1 / len(busy))).tolist()
    return [_step(*stretch, count, rng) for stretch, count in zip([*usual, *busy], counts, strict=True)]


def _stretches(since: datetime, until: datetime, lasts: timedelta) -> list[tuple[datetime, timedelta]]:
    """Return when each stretch ends, and how long it lasts."""
    return [(since + (number + 1) * lasts, lasts) for number in range((until - since) // lasts)]


def _expected(usual: Sequence[tuple[datetime, timedelta]]) -> Floats:
    """Return how many payments each stretch has as a mean: by its hour of the day, more with every day."""
    weights = np.array([SHOPPING[(end - lasts / 2).hour] * (lasts / USUAL_STEP) for end, lasts in usual])
    weights *= np.linspace(*GROWTH, len(usual))
    days = sum((lasts for _, lasts in usual), start=timedelta()) / timedelta(days=1)
    expected: Floats = PAYMENTS_A_DAY * days * weights / weights.sum()
    return expected


def _step(ends_at: datetime, lasts: timedelta, payments: int, rng: np.random.Generator) -> Step:
    ago = np.sort(rng.random(payments))[::-1].tolist()
    return Step(paid_at=[ends_at - share * lasts for share in ago], ends_at=ends_at)
