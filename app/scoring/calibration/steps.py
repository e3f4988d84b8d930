"""Calibrators that are a stored table over the evidence: isotonic regression and Venn-Abers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.scoring.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Isotonic:
    """The best non-falling map (Zadrozny and Elkan 2002), interpolated between the ends of its steps.

    On few frauds it has wide plateaus, where it ties what the margin tells apart, and may say exactly
    0 or 1. Raises ValueError when the table would not rise.
    """

    kind: ClassVar[str] = "isotonic"

    #: Margins (logits) of the steps' ends, rising; shape (ends,).
    evidence: Floats
    #: P(fraud) there, not falling; shape (ends,). Beyond the ends the last value holds.
    probability_at: Floats

    def __post_init__(self) -> None:
        """Refuse a table that is not a rising map."""
        _refuse_unless_rising(self.evidence, self.probability_at)

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        return np.asarray(np.interp(margins, self.evidence, self.probability_at), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VennAbers:
    """Two isotonic maps per transaction: as if it were legit, as if it were fraud (Vovk 2015).

    Whichever it is, one of the two was fitted with the truth: if transactions are exchangeable with
    the calibration rows, that one is calibrated. Their distance says how little the rows tell here.
    Raises ValueError when the table would not rise, or its bounds cross.
    """

    kind: ClassVar[str] = "venn_abers"

    #: Margins (logits) where a bound steps, rising; shape (steps,).
    evidence: Floats
    #: The lower bound from each of them on (0 before the first), not falling; shape (steps,).
    low: Floats
    #: The upper bound up to each of them (1 after the last), not falling; shape (steps,).
    high: Floats

    def __post_init__(self) -> None:
        """Refuse a table that is not two rising maps, one below the other."""
        _refuse_unless_rising(self.evidence, self.low)
        _refuse_unless_rising(self.evidence, self.high)
        if not (self.low <= self.high).all():
            raise ValueError("the lower bound of the probability must not exceed the upper one")

    def interval(self, margins: Floats) -> tuple[Floats, Floats]:
        """Return (p0, p1), P(fraud) as fitted with each taken for legit and for fraud; any shape."""
        below = np.searchsorted(self.evidence, margins, side="right")
        above = np.searchsorted(self.evidence, margins, side="left")
        low = np.concatenate([[0.0], self.low])[below]
        high = np.concatenate([self.high, [1.0]])[above]
        return np.asarray(low), np.asarray(high)

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) = p1 / (1 - p0 + p1), the log-loss compromise (Vovk 2015), for any shape."""
        low, high = self.interval(margins)
        return np.asarray(high / (1 - low + high))


def _refuse_unless_rising(evidence: Floats, probability: Floats) -> None:
    if evidence.ndim != 1 or not evidence.size or probability.shape != evidence.shape:
        raise ValueError(f"expected (steps,), got {evidence.shape=}, {probability.shape=}")
    if not (np.isfinite(evidence).all() and (np.diff(evidence) > 0).all()):
        raise ValueError("the steps' evidence must rise")
    if not ((probability >= 0) & (probability <= 1)).all() or (np.diff(probability) < 0).any():
        raise ValueError("a likelier fraud needs a higher probability, between 0 and 1")
