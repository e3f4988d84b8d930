"""Margins back from a training sample that was thinned or weighted to the population it came from."""

from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def prior_corrected(margins: Floats, *, kept_share: float) -> Floats:
    """Return margins (logits, any shape) of a model that saw each legit with probability `kept_share`.

    p = beta p_s / (beta p_s - p_s + 1) (Dal Pozzolo 2015), which in logits is s + ln(beta): dropping
    legits makes fraud look likelier. Raises ValueError unless 0 < kept_share <= 1.
    """
    if not 0 < kept_share <= 1:
        raise ValueError(f"a share of legits lies above 0 and up to 1, not at {kept_share:g}")
    return np.asarray(margins + log(kept_share))


def class_weight_corrected(margins: Floats, *, fraud_weight: float) -> Floats:
    """Return margins (logits, any shape) of a model whose loss counted each fraud `fraud_weight` times.

    Weighting frauds by w shifts the best logit by ln(w), as keeping 1/w of the legits does (Elkan
    2001). Raises ValueError unless the weight is above zero.
    """
    if not fraud_weight > 0:
        raise ValueError(f"a class weight lies above 0, not at {fraud_weight:g}")
    return np.asarray(margins - log(fraud_weight))
