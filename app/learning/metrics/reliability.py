"""Whether what is said to have probability p happens with frequency p.

Calibration of the event (P(fraud)), not of the top label. A constant prediction of the base rate has
no calibration error, so none of these figures stands alone.
"""

from dataclasses import dataclass

import numpy as np

from app.learning.metrics.columns import base_rate_of, checked_probability
from app.learning.metrics.grouping import Counts, averages, equal_mass, logit_regions
from app.scoring.arrays import Flags, Floats
from app.triage.binomial import clopper_pearson

# Of the two-sided interval around each fraud rate.
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBins:
    """Groups of rows by rising probability, none of them empty; shape of each column: (bins,)."""

    #: Weighted mean of P(fraud).
    mean_probability: Floats
    #: Weighted share of frauds.
    fraud_rate: Floats
    #: Population rows the bin stands for.
    weight: Floats
    rows: Counts
    frauds: Counts
    #: Clopper-Pearson interval (95 %, two-sided) of the fraud rate.
    low: Floats
    high: Floats


def reliability_bins(
    probability: Floats, is_fraud: Flags, weights: Floats, bins: int = 15
) -> ReliabilityBins:
    """Return bins of equal weight; each argument column has shape (transactions,).

    Rows of equal probability share a bin, so there may be fewer and unequal ones. The interval is
    that of the rows, its odds scaled by the mean weights of the classes: exact where the weight is
    the same within a class.

    Raises ValueError without frauds, without legits, or with no bin.
    """
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    return _described(equal_mass(probability, weights, bins), probability, is_fraud, weights)


def reliability_regions(
    probability: Floats, is_fraud: Flags, weights: Floats, *, width: float = 1.0, least_rows: int = 30
) -> ReliabilityBins:
    """Return the regions of `region_ece`, described as by `reliability_bins`; raises as it does."""
    probability, is_fraud, weights = checked_probability(probability, is_fraud, weights)
    return _described(logit_regions(probability, width, least_rows), probability, is_fraud, weights)


def event_ece(probability: Floats, is_fraud: Flags, weights: Floats, bins: int = 15) -> float:
    """Return the expected calibration error of P(fraud): sum_b W_b / W |rate_b - mean_b|.

    Bins of equal weight, because bins of equal width would hold nearly all rows in the first one.
    Raises ValueError for columns that `checked_probability` refuses, or with no bin.
    """
    columns = checked_probability(probability, is_fraud, weights)
    mean, rate, weight = averages(equal_mass(columns[0], columns[2], bins), *columns)
    return float(np.average(np.abs(rate - mean), weights=weight))


def region_ece(
    probability: Floats, is_fraud: Flags, weights: Floats, *, width: float = 1.0, least_rows: int = 30
) -> float:
    """Return the mean over regions of |rate_r - mean_r|, each region weighing the same.

    Region-balanced ECE (Dawkins and Nejadgholi 2022): the mass of sure legits must not hide the rest.
    The regions have equal `width` on the logit axis with one edge at logit 0, whatever the rows, and
    one with fewer than `least_rows` rows is MERGED with the next ones upwards (what is left over at
    the top joins the last), so that no row is left out.

    Raises ValueError for columns that `checked_probability` refuses, or a width of nothing.
    """
    columns = checked_probability(probability, is_fraud, weights)
    mean, rate, _ = averages(logit_regions(columns[0], width, least_rows), *columns)
    return float(np.abs(rate - mean).mean())


def _described(group: Counts, probability: Floats, is_fraud: Flags, weights: Floats) -> ReliabilityBins:
    base_rate_of(is_fraud, weights)
    mean, rate, weight = averages(group, probability, is_fraud, weights)
    rows = np.bincount(group)
    frauds = np.bincount(group[is_fraud], minlength=rows.size)
    each = (1 + CONFIDENCE) / 2
    bounds = np.array([clopper_pearson(int(s), int(n), each) for s, n in zip(frauds, rows, strict=True)])
    odds = weights[~is_fraud].mean() / weights[is_fraud].mean()
    low, high = (bounds / (bounds + (1 - bounds) * odds)).T
    return ReliabilityBins(
        mean_probability=mean, fraud_rate=rate, weight=weight, rows=rows, frauds=frauds, low=low, high=high
    )
