"""When things happened in the demo's past: pure, the same for the same end and seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

DAYS = 14
#: The last hours are a busy morning: the queue holds its work when people come to look.
MORNING = timedelta(hours=8)
PAYMENTS_A_DAY, PAYMENTS_OF_MORNING = 330, 1600
#: The shop grows: its first days have so many times the usual payments, its last ones so many.
GROWTH = (0.5, 1.5)
#: So often payments come in; those of the time before come together.
USUAL_STEP, MORNING_STEP = timedelta(hours=1), timedelta(minutes=20)

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
    morning = ends_at - MORNING
    usual = _ends(begins_at(ends_at), morning, USUAL_STEP)
    busy = _ends(morning, ends_at, MORNING_STEP)
    weights = np.array([SHOPPING[(end - USUAL_STEP / 2).hour] for end in usual])
    weights *= np.linspace(*GROWTH, len(usual))
    expected = PAYMENTS_A_DAY * weights / weights.sum() * (len(usual) * USUAL_STEP / timedelta(days=1))
    counts = rng.poisson(expected).tolist()
    share = rng.multinomial(PAYMENTS_OF_MORNING, np.full(len(busy), 1 / len(busy))).tolist()
    return [
        *(_step(end, USUAL_STEP, count, rng) for end, count in zip(usual, counts, strict=True)),
        *(_step(end, MORNING_STEP, count, rng) for end, count in zip(busy, share, strict=True)),
    ]


def _ends(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    number = (until - since) // step
    return [until - back * step for back in reversed(range(number))]


def _step(ends_at: datetime, lasts: timedelta, payments: int, rng: np.random.Generator) -> Step:
    ago = np.sort(rng.random(payments))[::-1].tolist()
    return Step(paid_at=[ends_at - share * lasts for share in ago], ends_at=ends_at)
