"""Years of frauds as a service comes to know them: reviews at once, chargebacks late, declines by audits."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.guarantee.counted import log_evidence_broken, log_evidence_kept
from app.triage.guarantee.weighted import (
    begun_broken,
    begun_kept,
    log_evidence,
    next_broken,
    next_kept,
    worth,
)

FRAUDS_A_DAY, DAYS = 4, 365
CHARGED_BACK_AFTER_DAYS, AGE_DAYS = 30.0, 45.0
#: Of the frauds that were not approved, those that were declined; the others people review.
DECLINED_SHARE, AUDIT_SHARE = 0.7, 0.02
PROMISED, ENOUGH = 0.1, float(np.log(20))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Years:
    """All frauds of several years in order of arrival; each column of shape (years, frauds)."""

    is_missed: Flags
    #: Days since the year began.
    arrived_at: Floats
    #: NaN: nobody ever knows.
    known_at: Floats
    #: With which it was to become known.
    chances: Floats

    @property
    def entered(self) -> Flags:
        """Which are known at the age at which payments enter."""
        return self.known_at - self.arrived_at <= AGE_DAYS


def years_of(rng: np.random.Generator, years: int, *, miss_rate: float, audit_share: float) -> Years:
    """Return years at one true miss rate."""
    size = (years, FRAUDS_A_DAY * DAYS)
    is_missed = rng.random(size) < miss_rate
    is_declined = ~is_missed & (rng.random(size) < DECLINED_SHARE)
    arrived_at = np.sort(rng.random(size) * DAYS, axis=1)
    chances = np.where(is_declined, audit_share, 1.0)
    known_at = np.where(is_missed, arrived_at + CHARGED_BACK_AFTER_DAYS, arrived_at)
    known_at[rng.random(size) >= chances] = np.nan
    return Years(is_missed=is_missed, arrived_at=arrived_at, known_at=known_at, chances=chances)


def weighted_evidence(years: Years, *, audit_share: float) -> tuple[Floats, Floats]:
    """Return ln M for "kept" and "broken" after each fraud, shape (years, frauds) each.

    As the service does: of unseen frauds it knows nothing, and numbers those it has seen.
    """
    entered = years.entered
    seen_first = np.argsort(~entered, axis=1, kind="stable")[:, : int(entered.sum(axis=1).max())]
    z = np.take_along_axis(
        np.where(entered, worth(years.is_missed.astype(np.float64), years.chances, PROMISED), 0.0),
        seen_first,
        axis=1,
    )
    kept, broken = (np.tile(begun(), (len(z), 1)) for begun in (begun_kept, begun_broken))
    told = np.zeros((2, *z.shape))
    for place, column in enumerate(z.T):
        kept = next_kept(kept, column, promised=PROMISED, least_chance=1.0)
        broken = next_broken(broken, column, number=place + 1, promised=PROMISED, least_chance=audit_share)
        told[:, :, place] = log_evidence(kept), log_evidence(broken)
    spread = np.zeros((2, *entered.shape))
    for each, of_seen in zip(spread, told, strict=True):
        np.put_along_axis(each, seen_first, of_seen, axis=1)
        each[~entered] = -np.inf
    return spread[0], spread[1]


def counted_evidence(years: Years) -> tuple[Floats, Floats]:
    """Return the same by counting, where every fraud becomes known."""
    missed = np.cumsum(years.is_missed, axis=1).astype(np.float64)
    frauds = np.broadcast_to(np.arange(1.0, missed.shape[1] + 1), missed.shape)
    return log_evidence_kept(missed, frauds, PROMISED), log_evidence_broken(missed, frauds, PROMISED)


def share_reached(evidence: Floats) -> float:
    """Return the share of years in which the evidence was ever enough."""
    return float((evidence >= ENOUGH).any(axis=1).mean())


def median_reached(evidence: Floats) -> float:
    """Return the median number of frauds, seen or not, after which it was; infinite where it seldom is."""
    reached = evidence >= ENOUGH
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    return float(np.median(first))


def known_first(years: Years) -> Years:
    """Return the same frauds in the order in which they become known: what must not be fed."""
    return _reordered(years, np.argsort(years.known_at, axis=1, kind="stable"))


def entered_alone(years: Years) -> Years:
    """Return the frauds that entered, in order of arrival, as many of each year as of the poorest one."""
    order = np.argsort(~years.entered, axis=1, kind="stable")
    return _reordered(years, order[:, : int(years.entered.sum(axis=1).min())])


def _reordered(years: Years, order: Rows) -> Years:
    return Years(
        is_missed=np.take_along_axis(years.is_missed, order, axis=1),
        arrived_at=np.take_along_axis(years.arrived_at, order, axis=1),
        known_at=np.take_along_axis(years.known_at, order, axis=1),
        chances=np.take_along_axis(years.chances, order, axis=1),
    )
