"""How unsure the passes are together, split into what the data and what the model leaves open."""

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from app.scoring.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How unsure the passes are, in probability space; each of shape (transactions,), unrounded.

    Exactly: entropy = expected_entropy + mutual_information, and
    mean * (1 - mean) = expected_variance + variance (Houlsby 2011; Depeweg 2018).
    """

    #: Mean over the passes of the calibrated probability.
    mean: Floats
    #: Entropy of the mean, and mean of the entropies (nats).
    entropy: Floats
    expected_entropy: Floats
    mutual_information: Floats
    #: Mean over the passes of p (1 - p), and variance (divided by T) of p.
    expected_variance: Floats
    variance: Floats


def doubt(probabilities: Floats) -> Doubt:
    """Return the doubt in calibrated probabilities of shape (transactions, passes)."""
    mean = probabilities.mean(axis=1)
    entropy = _binary_entropy(mean)
    expected_entropy = _binary_entropy(probabilities).mean(axis=1)
    deviation = probabilities - mean[:, None]
    return Doubt(
        mean=mean,
        entropy=entropy,
        expected_entropy=expected_entropy,
        mutual_information=entropy - expected_entropy,
        expected_variance=(probabilities * (1 - probabilities)).mean(axis=1),
        variance=(deviation * deviation).mean(axis=1),
    )


def _binary_entropy(probability: Floats) -> Floats:
    return np.asarray(entr(probability) + entr(1 - probability))
