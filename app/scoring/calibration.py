"""The calibrated probability of fraud: Platt's map, applied."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """P(fraud) = sigmoid(slope * margin + offset) (Platt 1999), fitted on untouched, weighted data.

    Raises ValueError when the slope would turn the order of the evidence around.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        """Refuse a map that is not increasing."""
        if not self.slope > 0:
            raise ValueError(f"a likelier fraud needs a higher probability, not a slope of {self.slope:g}")

    def probability(self, margin: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        return np.asarray(expit(self.slope * margin + self.offset), dtype=np.float64)
