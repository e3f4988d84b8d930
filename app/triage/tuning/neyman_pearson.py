"""The Neyman-Pearson order statistic: a bound that keeps a miss rate with a confidence.

Approving strictly below the k-th smallest evidence of n known frauds misses more than alpha with
probability P(Binomial(n, alpha) <= k - 1); k is the largest that keeps this at most delta (Tong, Feng
and Li 2018). Feasible from n >= ln(delta) / ln(1 - alpha).

For frauds that no part of the model saw the order is drawn: k, or with the probability that brings the risk
to exactly delta k + 1. A hash of the rows draws, once for all promises, so that nobody can draw again.
"""

from hashlib import sha256
from math import ceil, inf, isinf, log

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from app.scoring.templated_text import Templated
from app.triage.certificate import PromiseInfeasible
from app.triage.written_numbers import count, exact_percent

NAME = "Neyman-Pearson order statistic (Tong, Feng and Li 2018)"
# The step to which evidence is rounded when it is stored.
RESOLUTION = 1e-6


def frauds_needed(*, miss_rate: float, confidence: float) -> int:
    """How many known frauds a promise needs at least: n >= ln(delta) / ln(1 - alpha)."""
    return ceil(log(1 - confidence) / log(1 - miss_rate))


def largest_order(*, frauds: int, miss_rate: float, confidence: float) -> int:
    """Return the largest k with P(Binomial(n, alpha) <= k - 1) <= delta.

    Raises `PromiseInfeasible` when not even k = 1 keeps the promise.
    """
    orders = np.arange(1, frauds + 1)
    kept = stats.binom.cdf(orders - 1, frauds, miss_rate) <= 1 - confidence
    if not kept.any():
        raise too_few_frauds(frauds, miss_rate=miss_rate, confidence=confidence)
    return int(orders[kept].max())


def drawn_order(*, frauds: int, miss_rate: float, confidence: float, rows_sha256: str) -> int:
    """Return `largest_order`, or the next one with probability (delta - P(X <= k - 1)) / P(X = k).

    X is Binomial(frauds, miss_rate): the promise is then broken with probability 1 - confidence exactly,
    where evidence has no ties. Equal arguments draw the same.

    Raises `PromiseInfeasible` when not even k = 1 keeps the promise.
    """
    order = largest_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence)
    left = 1 - confidence - float(stats.binom.cdf(order - 1, frauds, miss_rate))
    share = left / float(stats.binom.pmf(order, frauds, miss_rate))
    return order + 1 if order < frauds and _draw(rows_sha256) < share else order


def _draw(rows_sha256: str) -> float:
    """Return a number in [0, 1) of these rows: one for all promises, so that no other wish draws again."""
    digest = sha256(f"order {rows_sha256}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def too_few_frauds(frauds: int, *, miss_rate: float, confidence: float) -> PromiseInfeasible:
    """Return the refusal of a promise for want of known frauds, with the number that would do."""
    needed = frauds_needed(miss_rate=miss_rate, confidence=confidence)
    return PromiseInfeasible(
        Templated(
            "%(needed)s known frauds are needed to promise a miss rate of at most %(share)s with"
            " %(confidence)s confidence; there are %(frauds)s",
            needed=count(needed),
            share=exact_percent(miss_rate),
            confidence=exact_percent(confidence),
            frauds=count(frauds),
        ),
        frauds_needed=needed,
    )


def approve_bound(
    fraud_evidence: NDArray[np.float64],
    *,
    miss_rate: float,
    confidence: float,
    rows_sha256: str | None = None,
) -> tuple[float, int]:
    """Return the highest certified approve bound, and its order statistic k.

    `fraud_evidence` has shape (frauds,); +inf for a fraud that a gate keeps from being approved.
    Approving at or below the bound approves strictly below the k-th smallest, hence one step of stored
    evidence under it; +inf when gates alone keep the promise. With `rows_sha256` the order is the drawn one.

    Raises `PromiseInfeasible`.
    """
    order = order_of(
        frauds=fraud_evidence.size, miss_rate=miss_rate, confidence=confidence, rows_sha256=rows_sha256
    )
    kth_smallest = float(np.partition(fraud_evidence, order - 1)[order - 1])
    return just_below(kth_smallest), order


def order_of(*, frauds: int, miss_rate: float, confidence: float, rows_sha256: str | None) -> int:
    """Return the order drawn by these rows, or without any the largest one; raises `PromiseInfeasible`."""
    if rows_sha256 is None:
        return largest_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence)
    return drawn_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence, rows_sha256=rows_sha256)


def just_below(evidence: float) -> float:
    """Return the largest bound, as stored, that does not approve this evidence."""
    return inf if isinf(evidence) else round(evidence - RESOLUTION, 6)
