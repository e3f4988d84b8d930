"""Calibration by truths of one age: of each band of probability, frauds found against frauds predicted.

Every payment's probability is known, so frauds alone are weighed: one seen with chance pi counts 1 / pi
(Horvitz and Thompson; the number of payments is known, so nothing is divided by the sum of weights as Hajek
does for means). Silence is no truth.
"""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.triage.guarantee.standing import MOST_UNANSWERED
from app.triage.simulation.estimates import weighted_count_interval

#: Upper ends of the bands of probability.
BANDS: Final = (0.001, 0.01, 0.1, 0.5, 1.0)
CONFIDENCE: Final = 0.95
#: The columns that have a number for each band.
BY_BAND: Final = ("payments", "predicted", "weights", "squares", "frauds")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matured:
    """Payments old enough, by band; shape (bands,) each."""

    payments: Floats
    #: Sum of their probabilities.
    predicted: Floats
    #: Sums of the found frauds' weights and of their squares, and how many there are.
    weights: Floats
    squares: Floats
    frauds: Floats
    #: Payments drawn for people, and those of them without a verdict at that age.
    drawn: int = 0
    unanswered: int = 0

    @classmethod
    def none(cls) -> "Matured":
        """Return that nothing is old enough."""
        by_band: dict[str, Any] = {name: np.zeros(len(BANDS)) for name in BY_BAND}
        return cls(**by_band)

    def with_more(self, more: "Matured") -> "Matured":
        """Return both together."""
        names = (each.name for each in fields(Matured))
        return Matured(**{name: getattr(self, name) + getattr(more, name) for name in names})

    @property
    def is_answered(self) -> bool:
        """Whether so many of the drawn payments have their answer that the frauds among them are known."""
        return self.unanswered <= MOST_UNANSWERED * self.drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCalibration:
    """Of one band: frauds found against frauds predicted, with an interval of their ratio."""

    #: Between which probabilities.
    above: float
    upto: float
    payments: int
    predicted: float
    found: float
    frauds: int
    low: float
    high: float

    @property
    def ratio(self) -> float | None:
        """Found / predicted; None where nothing was predicted."""
        return self.found / self.predicted if self.predicted > 0 else None

    @property
    def is_off(self) -> bool:
        """Whether the interval of the number found leaves the predicted number out."""
        return self.payments > 0 and not self.low <= self.predicted <= self.high


def matured(payments: Floats, predicted: Floats, fraud_probability: Floats, chance: Floats) -> Matured:
    """Return payments by band.

    `payments` and `predicted` (the sum of their probabilities), shape (bands,); of the frauds found among
    them the probability and the chance with which each was to be seen, shape (frauds,).
    """
    bands, weights = bands_of(fraud_probability), 1 / chance

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(bands, weights=values, minlength=len(BANDS)), dtype=np.float64)

    return Matured(
        payments=payments,
        predicted=predicted,
        weights=summed(weights),
        squares=summed(weights**2),
        frauds=summed(np.ones(chance.size)),
    )


def bands_of(probability: Floats) -> NDArray[np.intp]:
    """Return the band of each probability; its lower end belongs to it."""
    return np.asarray(np.searchsorted(BANDS[:-1], probability, side="right"), dtype=np.intp)


def calibration(kept: Matured, *, least_chance: float) -> tuple[BandCalibration, ...]:
    """Return every band, then all together; an unseen fraud would weigh 1 / `least_chance` at most."""
    numbers = np.column_stack([getattr(kept, name) for name in BY_BAND])
    ends = [*zip((0.0, *BANDS[:-1]), BANDS, strict=True), (0.0, 1.0)]
    rows = [*numbers, numbers.sum(axis=0)]
    found = []
    for (above, upto), (payments, predicted, weights, squares, frauds) in zip(ends, rows, strict=True):
        low, high = weighted_count_interval(
            float(weights), float(squares), largest=1 / least_chance, confidence=CONFIDENCE
        )
        found.append(
            BandCalibration(
                above=above, upto=upto, payments=int(payments), predicted=float(predicted),
                found=float(weights), frauds=int(frauds), low=low, high=min(high, float(payments)),
            )
        )  # fmt: skip
    return tuple(found)
