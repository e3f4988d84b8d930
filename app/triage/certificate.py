"""What a bound promises: the Neyman-Pearson order statistic on labelled frauds nobody trained on."""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A promise about the miss rate, with the size of its evidence and its confidence."""

    method: str
    #: "Of 100 frauds the machine approves at most this share."
    miss_rate_at_most: float
    confidence: float
    #: Frauds in the calibration part, never used to fit, stop early, calibrate or choose.
    frauds: int
    #: The bound is this order statistic of their evidence (1 = the smallest).
    order: int
    #: sha256 over the calibration rows.
    rows_sha256: str
    #: What the promise takes for granted, in words.
    assumption: str = "the coming weeks resemble the calibration data"


class PromiseInfeasible(ValueError):
    """Too few known frauds for this promise."""

    def __init__(self, *, miss_rate: float, confidence: float, frauds: int) -> None:
        self.frauds_needed = frauds_needed(miss_rate=miss_rate, confidence=confidence)
        super().__init__(
            f"{self.frauds_needed} known frauds are needed to promise a miss rate of at most"
            f" {miss_rate:.1%} with {confidence:.0%} confidence; there are {frauds}"
        )


def frauds_needed(*, miss_rate: float, confidence: float) -> int:
    """How many known frauds a promise needs at least: n >= ln(delta) / ln(1 - alpha)."""
    return ceil(log(1 - confidence) / log(1 - miss_rate))


def largest_order(*, frauds: int, miss_rate: float, confidence: float) -> int:
    """Return the largest k with P(Binomial(n, alpha) <= k - 1) <= delta (Tong, Feng and Li 2018).

    Raises `PromiseInfeasible` when not even k = 1 keeps the promise.
    """
    orders = np.arange(1, frauds + 1)
    kept = stats.binom.cdf(orders - 1, frauds, miss_rate) <= 1 - confidence
    if not kept.any():
        raise PromiseInfeasible(miss_rate=miss_rate, confidence=confidence, frauds=frauds)
    return int(orders[kept].max())


def approve_bound(
    fraud_evidence: NDArray[np.float64], *, miss_rate: float, confidence: float, resolution: float = 1e-6
) -> tuple[float, int]:
    """Return the highest certified approve bound, and its order statistic k.

    `fraud_evidence` has shape (frauds,). Approving at or below the bound approves strictly below the
    k-th smallest, hence one step of `resolution` (that of stored evidence) under it.
    """
    order = largest_order(frauds=fraud_evidence.size, miss_rate=miss_rate, confidence=confidence)
    kth_smallest = float(np.partition(fraud_evidence, order - 1)[order - 1])
    return round(kth_smallest - resolution, 6), order
