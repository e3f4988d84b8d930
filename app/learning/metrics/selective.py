"""Whether the machine is surest where it is right: errors at P >= 1/2, confidence max(p, 1 - p).

All functions take the calibrated P(fraud), what was fraud, and the weights, each of shape
(transactions,), and raise ValueError for columns that `checked_probability` refuses.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import entr, xlogy

from app.learning.metrics.columns import Flags, Floats, base_rate_of, checked_probability
from app.learning.metrics.levels import levels
from app.learning.metrics.ranking import auroc, average_precision


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


def aurc(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the area under selective risk: the mean over rows of the risk where the row is just covered.

    (1/N) sum_k r(k) of Geifman and El-Yaniv, each distinct confidence being one point.
    """
    curve = risk_coverage(probability, is_fraud, weights)
    return float(np.diff(curve.coverage, prepend=0.0) @ curve.selective_risk)


def excess_aurc(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return `aurc` less that of the best order of the same errors, E-AURC; never below zero.

    The best is e + (1 - e) ln(1 - e) with e the error rate (its limit for many rows).
    """
    curve = risk_coverage(probability, is_fraud, weights)
    error_rate = curve.generalised_risk[-1]
    return aurc(probability, is_fraud, weights) - float(error_rate + xlogy(1 - error_rate, 1 - error_rate))


def augrc(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the area under generalised risk: the mean risk of a silent failure (Traub et al. 2024).

    Trapezoids from (0, 0) over the distinct confidences: exactly
    (1 - AUROC_f) acc (1 - acc) + (1 - acc)^2 / 2, with ties and weights too.
    """
    curve = risk_coverage(probability, is_fraud, weights)
    coverage = np.append(0.0, curve.coverage)
    return float(np.trapezoid(np.append(0.0, curve.generalised_risk), coverage))


def confidence_auroc(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return P(a right row is held more confidently than a wrong one), AUROC_f; not across accuracies.

    Raises ValueError where nothing or everything is wrong.
    """
    confidence, is_error, weights = _judged(probability, is_fraud, weights)
    return auroc(confidence, ~is_error, weights)


def pr_positive(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return PR-P, the average precision of confidence for being right: near 1 where errors are rare.

    Raises ValueError where nothing or everything is wrong.
    """
    confidence, is_error, weights = _judged(probability, is_fraud, weights)
    return average_precision(confidence, ~is_error, weights)


def pr_negative(probability: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return PR-N, the average precision of doubt for being wrong; by chance it is the error rate.

    Raises ValueError where nothing or everything is wrong.
    """
    confidence, is_error, weights = _judged(probability, is_fraud, weights)
    return average_precision(-confidence, is_error, weights)


def avu_c(probability: Floats, is_fraud: Flags, weights: Floats, *, entropy_threshold: float) -> float:
    """Return AvU = (n_AC + n_IU) / all: the share accurate and certain, or inaccurate and uncertain.

    Certain: entropy of p (nats, at most ln 2) at or below the threshold. The AvUC loss of Krishnan and
    Tickoo (2020), ln(1 + (n_AU + n_IC) / (n_AC + n_IU)), is -ln of it, with hard counts.
    """
    checked_probability(probability, is_fraud, weights)
    as_it_should = _is_certain(probability, entropy_threshold) != _is_error(probability, is_fraud)
    return float(np.average(as_it_should, weights=weights))


def fraud_weighted_avu_c(
    probability: Floats, is_fraud: Flags, weights: Floats, *, entropy_threshold: float
) -> float:
    """Return `avu_c` with the frauds together weighing as much as the legits together.

    At a fraud rate of a few per mille the plain form is the share of certain legits and little else.
    Raises ValueError without frauds or without legits.
    """
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    base_rate = base_rate_of(is_fraud, weights)
    balanced = weights * np.where(is_fraud, 0.5 / base_rate, 0.5 / (1 - base_rate))
    return avu_c(probability, is_fraud, balanced, entropy_threshold=entropy_threshold)


def _judged(probability: Floats, is_fraud: Flags, weights: Floats) -> tuple[Floats, Flags, Floats]:
    """Return confidence, errors and weights."""
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    return np.maximum(probability, 1 - probability), _is_error(probability, is_fraud), weights


def _is_error(probability: Floats, is_fraud: Flags) -> Flags:
    is_error: Flags = (probability >= 0.5) != is_fraud
    return is_error


def _is_certain(probability: Floats, entropy_threshold: float) -> Flags:
    entropy: Floats = entr(probability) + entr(1 - probability)
    certain: Flags = entropy <= entropy_threshold
    return certain
