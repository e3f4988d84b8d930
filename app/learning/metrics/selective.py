"""Whether the machine is surest where it is right: errors at P >= 1/2, confidence max(p, 1 - p).

All functions take the calibrated P(fraud), what was fraud, and the weights, each of shape
(transactions,), and raise ValueError for columns that `checked_probability` refuses.
"""

from dataclasses import dataclass

import numpy as np

from app.learning.metrics.columns import checked_probability
from app.learning.metrics.levels import levels
from app.scoring.arrays import Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """One point per distinct confidence, from the highest down; shape of each: (levels,)."""

    #: Share of the population at or above the confidence.
    coverage: Floats
    #: Errors among the covered / the covered.
    selective_risk: Floats
    #: Errors among the covered / the population.
    generalised_risk: Floats


def risk_coverage(probability: Floats, is_fraud: Flags, weights: Floats) -> RiskCoverage:
    """Return the risk-coverage curve; rows of equal confidence are covered together."""
    confidence, is_error, weights = _judged(probability, is_fraud, weights)
    found = levels(confidence, is_error, weights)
    covered = found.positives + found.negatives
    return RiskCoverage(
        coverage=covered / covered[-1],
        selective_risk=found.positives / covered,
        generalised_risk=found.positives / covered[-1],
    )


def augrc(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the area under generalised risk: the mean risk of a silent failure (Traub et al. 2024).

    Trapezoids from (0, 0) over the distinct confidences: exactly
    (1 - AUROC_f) acc (1 - acc) + (1 - acc)^2 / 2, with ties and weights too.
    """
    curve = risk_coverage(probability, is_fraud, weights)
    coverage = np.append(0.0, curve.coverage)
    return float(np.trapezoid(np.append(0.0, curve.generalised_risk), coverage))


def _judged(probability: Floats, is_fraud: Flags, weights: Floats) -> tuple[Floats, Flags, Floats]:
    """Return confidence, errors and weights."""
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    return np.maximum(probability, 1 - probability), _is_error(probability, is_fraud), weights


def _is_error(probability: Floats, is_fraud: Flags) -> Flags:
    is_error: Flags = (probability >= 0.5) != is_fraud
    return is_error
