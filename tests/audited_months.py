"""Months of approvals that hide a few frauds, audited by a small share: do intervals hold the truth?"""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.audits.allocation import audit_chances, doubt_weights
from app.triage.audits.draw import drawn
from app.triage.simulation.unseen import cross_fitted, mean_of_all, rate_by_strata

APPROVALS, HIDDEN, AUDITS, STRATA = 57_000, 8, 570, 4
RATE = HIDDEN / APPROVALS
SECONDS_A_REVIEW = 60.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Approvals:
    """Approvals in order of their score; each column of shape (approvals,)."""

    score: Floats
    #: How likely each is one of the hidden frauds, against the others.
    hides: Floats
    strata: Rows
    chances: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedMonths:
    """How often an interval held the true rate of hidden frauds, and how far off both estimates were."""

    coverage: float
    normal_coverage: float
    aipw_error: float
    hajek_error: float


def approvals_of(rng: np.random.Generator) -> Approvals:
    """Return approvals of which 1 % are audited: by stratum of the score, those near the bound the most."""
    score = np.sort(rng.normal(-8, 2, size=APPROVALS))
    strata = np.arange(APPROVALS) * STRATA // APPROVALS
    weights = doubt_weights(1 / (1 + np.exp(-score)), np.full(APPROVALS, 50.0))
    of_strata = np.bincount(strata, weights) / np.bincount(strata)
    chances = audit_chances(
        of_strata[strata],
        hours=AUDITS * SECONDS_A_REVIEW / 3600,
        seconds_a_review=SECONDS_A_REVIEW,
        floor=0.004,
    )
    return Approvals(score=score, hides=weights / weights.sum(), strata=strata, chances=chances)


def audited_months(rng: np.random.Generator, months: int) -> AuditedMonths:
    """Hide the frauds anew each month, and audit."""
    approvals = approvals_of(rng)
    found = np.array([_month(rng, approvals, f"secret of {month}".encode()) for month in range(months)])
    held, normal, aipw, hajek = found.T
    return AuditedMonths(
        coverage=float(held.mean()),
        normal_coverage=float(normal.mean()),
        aipw_error=float(np.sqrt(np.mean((aipw - RATE) ** 2))),
        hajek_error=float(np.sqrt(np.mean((hajek - RATE) ** 2))),
    )


def _month(rng: np.random.Generator, approvals: Approvals, secret: bytes) -> tuple[bool, bool, float, float]:
    """Return whether the interval and the normal one hold the rate, and both estimates."""
    is_fraud: Flags = np.zeros(APPROVALS, dtype=np.bool_)
    is_fraud[rng.choice(APPROVALS, HIDDEN, replace=False, p=approvals.hides)] = True
    chances = approvals.chances
    seen = drawn([str(number) for number in range(APPROVALS)], chances, secret)
    interval = rate_by_strata(is_fraud, seen, chances, approvals.strata)
    losses = is_fraud.astype(np.float64)
    predicted = cross_fitted(losses, seen, chances, approvals.score, rng.integers(5, size=APPROVALS))
    means = mean_of_all(losses, seen, chances, predicted)
    assert means.aipw is not None
    assert means.hajek is not None
    influence = predicted + np.where(seen, (losses - predicted) / chances, 0.0)
    reach = 1.96 * float(influence.std()) / np.sqrt(APPROVALS)
    is_held = interval.low <= RATE <= (interval.high or 0.0)
    return is_held, bool(abs(means.aipw - RATE) <= reach), means.aipw, means.hajek
