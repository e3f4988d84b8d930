"""How much evidence there is at all, for whichever class: the free energy of the logits."""

import numpy as np
from scipy.special import logsumexp

from app.scoring.arrays import Floats


def energy(logits: Floats, *, temperature: float = 1.0) -> Floats:
    """Return E = -T ln sum_k exp(z_k / T) (Liu 2020) of logits (..., classes), shape (...).

    High energy: no class has evidence. That means something only where training ties down what the
    classes' logits have in common: one-vs-all and distance heads, or a softmax with a constant extra
    logit. A plain softmax leaves the common part untrained, and the margin head has none: with one
    logit the energy is the margin itself, turned around.

    Raises ValueError unless the temperature is above zero and there are two classes or more.
    """
    if not temperature > 0:
        raise ValueError(f"a temperature lies above 0, not at {temperature:g}")
    if logits.ndim < 1 or logits.shape[-1] < 2:
        raise ValueError(f"expected (..., classes) with two classes or more, got {logits.shape=}")
    return np.asarray(-temperature * logsumexp(logits / temperature, axis=-1))
