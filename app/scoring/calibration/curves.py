"""Calibrators with a formula: Platt, beta and temperature."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import ClassVar

import numpy as np
from scipy.special import expit, log_expit

from app.scoring.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """P(fraud) = sigmoid(slope * margin + offset) (Platt 1999), fitted on untouched, weighted data.

    Raises ValueError when the slope would turn the order of the evidence around.
    """

    kind: ClassVar[str] = "platt"

    slope: float
    offset: float

    def __post_init__(self) -> None:
        """Refuse a map that is not increasing."""
        if not 0 < self.slope < inf:
            raise ValueError(f"a likelier fraud needs a higher probability, not a slope of {self.slope:g}")
        _refuse_unless_finite(self.offset)

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        return np.asarray(expit(self.slope * margins + self.offset), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """P(fraud) = sigmoid(a ln p0 - b ln(1 - p0) + offset), p0 = sigmoid(margin) (Kull 2017).

    Beside Platt's shift it bends: `a` is the slope far on the legit side, `b` far on the fraud side;
    with a = b it is Platt's map. Raises ValueError when it would not rise.
    """

    kind: ClassVar[str] = "beta"

    a: float
    b: float
    offset: float

    def __post_init__(self) -> None:
        """Refuse a map that falls anywhere, or is flat everywhere."""
        if not (0 <= self.a < inf and 0 <= self.b < inf and self.a + self.b > 0):
            raise ValueError(
                f"a likelier fraud needs a higher probability, not slopes of {self.a:g} and {self.b:g}"
            )
        _refuse_unless_finite(self.offset)

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        # log_expit keeps ln p0 exact where p0 itself would round to 0 or 1.
        bent = self.a * log_expit(margins) - self.b * log_expit(np.negative(margins))
        return np.asarray(expit(bent + self.offset), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """P(fraud) = sigmoid(margin / temperature) (Guo 2017); it cannot repair a shift of the prior.

    Raises ValueError when the temperature is not above zero.
    """

    kind: ClassVar[str] = "temperature"

    temperature: float

    def __post_init__(self) -> None:
        """Refuse a map that is not increasing."""
        if not 0 < self.temperature < inf:
            raise ValueError(
                f"a likelier fraud needs a higher probability, not a temperature of {self.temperature:g}"
            )

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        return np.asarray(expit(np.divide(margins, self.temperature)), dtype=np.float64)


def _refuse_unless_finite(offset: float) -> None:
    if not isfinite(offset):
        raise ValueError(f"an offset must be a finite logit, not {offset:g}")
