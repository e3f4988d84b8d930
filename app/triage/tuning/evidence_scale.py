"""From a probability back to the evidence on whose scale bounds are set."""

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.calibration.calibrator import Calibrator

# No logit of a network lies beyond; what P never reaches has its bound at this edge.
EDGE = 60.0
# Evidence is stored as a multiple of a millionth.
_STEPS_OF_ONE = 1_000_000
# Between the edges lie 120 million multiples, fewer than 2^27.
_HALVINGS = 27


def approve_evidence(calibrator: Calibrator, probabilities: Floats) -> Floats:
    """Return the largest evidence, as stored, with P <= each probability; shape as given.

    Bisection over stored evidence: no calibrator ever falls, some step at what is stored. Heads whose
    evidence is not their margin have no such scale.
    """
    low, high = _edges(probabilities)
    for _ in range(_HALVINGS):
        middle = (low + high) // 2
        is_within = calibrator.probability(middle / _STEPS_OF_ONE) <= probabilities
        low, high = np.where(is_within, middle, low), np.where(is_within, high, middle)
    everywhere = calibrator.probability(high / _STEPS_OF_ONE) <= probabilities
    return np.where(everywhere, high, low) / _STEPS_OF_ONE


def decline_evidence(calibrator: Calibrator, probabilities: Floats) -> Floats:
    """Return the smallest evidence, as stored, with P >= each probability; shape as given."""
    low, high = _edges(probabilities)
    for _ in range(_HALVINGS):
        middle = (low + high) // 2
        is_beyond = calibrator.probability(middle / _STEPS_OF_ONE) >= probabilities
        low, high = np.where(is_beyond, low, middle), np.where(is_beyond, middle, high)
    everywhere = calibrator.probability(low / _STEPS_OF_ONE) >= probabilities
    return np.where(everywhere, low, high) / _STEPS_OF_ONE


def _edges(probabilities: Floats) -> tuple[Floats, Floats]:
    """Return both edges in steps, whole numbers that floats hold exactly."""
    edge = np.full(probabilities.shape, EDGE * _STEPS_OF_ONE)
    return -edge, edge
