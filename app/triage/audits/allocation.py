"""How audits are spread: where an error is likely and dear, within the hours there are."""

from typing import Final

import numpy as np

from app.scoring.arrays import Floats

_HALVINGS: Final = 100
# Of the largest weight: what weighs less is looked at by its floor.
_SMALLEST_WEIGHT: Final = 1e-9


class AuditsUnaffordable(ValueError):
    """The hours do not even pay for the smallest chance of every payment."""


def doubt_weights(probability: Floats, stakes: Floats) -> Floats:
    """Return sqrt(p (1 - p)) x what an error costs, shape (payments,): how much looking at each would tell.

    `probability` is the calibrated P(fraud), `stakes` are in currency units.
    """
    weights: Floats = np.sqrt(np.clip(probability * (1 - probability), 0, None)) * stakes
    return weights


def audit_chances(weights: Floats, *, hours: float, seconds_a_review: float, floor: float) -> Floats:
    """Return the chance of each payment of a zone to be drawn, shape (payments,).

    Proportional to `weights`, at least `floor` and at most 1, so that the expected reviews take `hours`;
    fewer where all payments are looked at. The floor belongs to the draw: cutting chances afterwards would
    bias what is estimated from them.

    Raises `AuditsUnaffordable` and, for a floor outside (0, 1], ValueError.
    """
    if not 0 < floor <= 1:
        raise ValueError(f"the smallest chance lies above 0 and up to 1, not {floor:g}")
    affordable = hours * 3600 / seconds_a_review
    if floor * weights.size > affordable * (1 + 1e-12):
        raise AuditsUnaffordable(
            f"{weights.size} payments at a chance of {floor:g} take more than {hours:g} hours"
        )
    if weights.size <= affordable or not (weights > 0).any():
        return np.full(weights.shape, min(1.0, affordable / max(weights.size, 1)))
    return _chances(weights, _scale(weights, affordable, floor), floor)


def _chances(weights: Floats, scale: float, floor: float) -> Floats:
    chances: Floats = np.clip(scale * weights, floor, 1.0)
    return chances


def _scale(weights: Floats, affordable: float, floor: float) -> float:
    """Return the largest factor whose chances sum to what is affordable at most."""
    largest = float(weights.max())
    smallest = max(float(weights[weights > 0].min()), _SMALLEST_WEIGHT * largest)
    low, high = floor / largest, 1 / smallest
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low) * np.sqrt(high))
        if _chances(weights, middle, floor).sum() <= affordable:
            low = middle
        else:
            high = middle
    return low
