"""From a probability back to the evidence on whose scale bounds are set."""

import numpy as np

from app.scoring.calibration.calibrator import Calibrator
from app.triage.simulation.window import Floats

# No logit of a network lies beyond; what P never reaches has its bound at this edge.
EDGE = 60.0
# Sixty halvings of 120 logits: far below the step of stored evidence.
HALVINGS = 60
STEP = 1e-6


def approve_evidence(calibrator: Calibrator, probabilities: Floats) -> Floats:
    """Return the largest evidence, as stored, with P <= each probability; shape as given.

    Bisection: no calibrator ever falls, some have steps. Heads whose evidence is not their margin have
    no such scale.
    """
    low = np.full(probabilities.shape, -EDGE)
    high = np.full(probabilities.shape, EDGE)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_within = calibrator.probability(middle) <= probabilities
        low, high = np.where(is_within, middle, low), np.where(is_within, high, middle)
    return np.floor(low / STEP) * STEP


def decline_evidence(calibrator: Calibrator, probabilities: Floats) -> Floats:
    """Return the smallest evidence, as stored, with P >= each probability; shape as given."""
    low = np.full(probabilities.shape, -EDGE)
    high = np.full(probabilities.shape, EDGE)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_beyond = calibrator.probability(middle) >= probabilities
        low, high = np.where(is_beyond, low, middle), np.where(is_beyond, middle, high)
    return np.ceil(high / STEP) * STEP
