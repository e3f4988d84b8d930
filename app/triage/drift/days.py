"""What arrived on each day, counted: what windows of days are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np

from app.scoring.arrays import Floats

#: Percentile of novelty beyond which a payment is called novel: of the training rows 1 in 100 is.
NOVEL_ABOVE: Final = 99.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrived:
    """Payments of a day, or of several."""

    payments: int = 0
    #: With a score of this model; the sums are of these.
    scored: int = 0
    review: int = 0
    declined: int = 0
    novel: int = 0
    #: Sums of the probabilities of fraud: of all, of what was approved, of what was declined.
    predicted: float = 0.0
    predicted_approved: float = 0.0
    predicted_declined: float = 0.0
    #: Payments of which features were read, and in which bins they lie, shape (quantities, MOST_BINS).
    sampled: int = 0
    counts: Floats

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> "Arrived":
        """Return that nothing arrived."""
        return cls(counts=np.zeros(shape))

    def with_more(self, more: "Arrived") -> "Arrived":
        """Return both together."""
        return Arrived(
            **{each.name: getattr(self, each.name) + getattr(more, each.name) for each in fields(Arrived)}
        )

    @property
    def alerts(self) -> int:
        """What was not approved."""
        return self.review + self.declined


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFree:
    """What the probabilities alone say of decisions, without any truth: for display, never to decide by."""

    #: Declined frauds / declined; None: nothing was declined.
    precision: float | None
    #: Approved frauds / all frauds; None: none is expected.
    miss_rate: float | None


def together(days: Sequence[tuple[date, Arrived]], shape: tuple[int, ...]) -> Arrived:
    """Return all days as one."""
    whole = Arrived.none(shape)
    for _, arrived in days:
        whole = whole.with_more(arrived)
    return whole


def label_free(arrived: Arrived) -> LabelFree:
    """Return what is expected if the probabilities are right; they are what drift makes wrong."""
    return LabelFree(
        precision=arrived.predicted_declined / arrived.declined if arrived.declined else None,
        miss_rate=arrived.predicted_approved / arrived.predicted if arrived.predicted > 0 else None,
    )
