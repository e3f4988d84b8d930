"""What a network that was trained by the focal loss believes, told from what it says."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]


def probability_of(said: Floats, gamma: float) -> Floats:
    """Return the P(fraud) whose expected focal loss is least where the network says `said`.

    The focal loss -(1 - p_t)^gamma ln p_t is not strictly proper (Charoenphakdee et al. 2021, "On
    focal loss for class-posterior probability estimation"): at a true probability of
    0.0017 and gamma = 2 it is least at 0.087. Exactly, per class and then normalised over the two,

        probability ~ q / ((1 - q)^gamma - gamma (1 - q)^(gamma - 1) q ln q).

    It rises with `said`, leaves 0, 1/2 and 1 where they are, and is `said` itself for gamma = 0.
    `said`: in [0, 1], any shape. Raises ValueError outside, or for a gamma below zero.
    """
    if not gamma >= 0:
        raise ValueError(f"gamma is zero or more, not {gamma:g}")
    if not ((said >= 0) & (said <= 1)).all():
        raise ValueError("what a network says lies in [0, 1]")
    of_fraud, of_legit = (
        said * _flatness(1 - said, said, gamma),
        (1 - said) * _flatness(said, 1 - said, gamma),
    )
    return np.asarray(of_fraud / (of_fraud + of_legit))


def _flatness(q: Floats, rest: Floats, gamma: float) -> Floats:
    """Return (1 - q)^gamma - gamma (1 - q)^(gamma - 1) q ln q; `rest` is 1 - q, given for its digits."""
    # ln q loses its digits where q is near one.
    q_log_q = np.where(rest < 0.5, q * np.log1p(-np.minimum(rest, 0.5)), xlogy(q, q))
    # -q ln q / (1 - q) tends to one where q does.
    share = np.divide(-q_log_q, rest, out=np.ones_like(rest), where=rest > 0)
    return np.asarray(rest**gamma * (1 + gamma * share))
