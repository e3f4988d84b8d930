"""What a certified promise costs in reviews, and what bounds fitted to the answers would seem to cost."""

from dataclasses import dataclass

import numpy as np

from app.learning.metrics.columns import base_rate_of, checked
from app.learning.metrics.precision import decline_bound
from app.scoring.arrays import Flags, Floats
from app.triage.tuning.neyman_pearson import approve_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedReview:
    """The two bounds and what they do to the rows they were set on; rates at the given base rate."""

    #: Share of the population a person must see.
    review_rate: float
    #: Share of the population the machine decides; 1 - review_rate.
    coverage: float
    #: Frauds approved / all frauds, on these rows: (order - 1) / frauds without ties.
    miss_rate: float
    #: The approve bound lies just under this order statistic of the fraud evidence (1 = the smallest).
    order: int
    frauds: int
    #: Evidence (logit) at or below which the machine approves, and at or above which it declines.
    approve_at_most: float
    decline_at_least: float
    #: Legits declined / all legits.
    false_decline_rate: float
    #: Frauds declined / all frauds.
    caught_rate: float


def review_at_miss(
    evidence: Floats,
    is_fraud: Flags,
    *,
    miss_rate: float,
    confidence: float,
    precision: float,
    base_rate: float,
) -> CertifiedReview:
    """Return the reviews needed to promise this miss rate with this confidence.

    `evidence` (logits rounded to 1e-6, as scores are stored) and `is_fraud` have shape (transactions,).
    Approved is what lies strictly below the k-th smallest fraud (Neyman-Pearson order statistic, Tong,
    Feng and Li 2018); declined from the smallest fraud that keeps the point `precision` at `base_rate`,
    lifted to the approve bound where they cross. Shares are taken per class and mixed at `base_rate`.

    Raises `PromiseInfeasible` when there are too few frauds, ValueError without legits.
    """
    checked(evidence, is_fraud, np.ones(evidence.shape))
    if is_fraud.all():
        raise ValueError("legits are needed to set a decline bound")
    frauds, legits = evidence[is_fraud], evidence[~is_fraud]
    approve, order = approve_bound(frauds, miss_rate=miss_rate, confidence=confidence)
    decline = max(approve, decline_bound(evidence, is_fraud, precision=precision, base_rate=base_rate))
    between = [float(((part > approve) & (part < decline)).mean()) for part in (frauds, legits)]
    review_rate = base_rate * between[0] + (1 - base_rate) * between[1]
    return CertifiedReview(
        review_rate=review_rate,
        coverage=1 - review_rate,
        miss_rate=float(((frauds <= approve) & (frauds < decline)).mean()),
        order=order,
        frauds=int(frauds.size),
        approve_at_most=approve,
        decline_at_least=decline,
        false_decline_rate=float((legits >= decline).mean()),
        caught_rate=float((frauds >= decline).mean()),
    )


def zero_error_coverage(evidence: Floats, is_fraud: Flags, weights: Floats) -> float:
    """Return the share decided without error by bounds set on these very rows.

    Approved is what lies below the smallest fraud, declined what lies above the largest legit; each
    column has shape (transactions,). An extreme order statistic of the answers themselves: it
    promises nothing (with n frauds the 95 % bound of the miss rate is still 1 - 0.05^(1/n)).

    Raises ValueError without frauds or without legits.
    """
    evidence, is_fraud, weights = checked(evidence, is_fraud, weights)
    base_rate_of(is_fraud, weights)
    decided = (evidence < evidence[is_fraud].min()) | (evidence > evidence[~is_fraud].max())
    return float(np.average(decided, weights=weights))
