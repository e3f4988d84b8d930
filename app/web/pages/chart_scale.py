"""The scale under every chart: where a value stands on an axis, and the ticks that say what is where."""

from dataclasses import dataclass
from typing import NamedTuple


class Tick(NamedTuple):
    """A place along an axis that is labelled."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A straight axis from `low` to `high`, `length` long: 100 for percent of the picture.

    A logarithmic one is an axis of logarithms. Places are rounded to so many `digits`.
    """

    low: float = 0.0
    high: float
    length: float = 100.0
    digits: int = 2

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1; beyond its ends, less or more."""
        return (value - self.low) / (self.high - self.low)

    def at(self, value: float) -> float:
        """Return the place of a value, beyond the ends too."""
        return round(self.share(value) * self.length, self.digits)

    def held(self, value: float) -> float:
        """Return the place of a value, at an end where it lies beyond."""
        return round(min(max(self.share(value), 0.0), 1.0) * self.length, self.digits)
