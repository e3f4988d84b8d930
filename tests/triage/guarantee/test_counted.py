"""The e-process of a miss rate, against brute integration, and what it must never do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from app.triage.guarantee.counted import (
    BROKEN_PRIOR,
    KEPT_PRIOR,
    Prior,
    log_evidence_broken,
    log_evidence_kept,
)

PROMISED = 0.1


def by_integration(missed: int, frauds: int, promised: float, prior: Prior, low: float, high: float) -> float:
    """The likelihood of each miss rate against that of the promise, averaged over the cut prior."""
    cut = stats.beta(prior.a, prior.b).cdf(high) - stats.beta(prior.a, prior.b).cdf(low)

    def ratio(rate: float) -> float:
        log = missed * np.log(rate / promised) + (frauds - missed) * np.log((1 - rate) / (1 - promised))
        return float(np.exp(log) * stats.beta(prior.a, prior.b).pdf(rate) / cut)

    peak = min(max(missed / max(frauds, 1), low + 1e-9), high - 1e-9)
    area, _ = integrate.quad(ratio, max(low, 1e-12), min(high, 1 - 1e-12), points=[peak], limit=400)
    return float(area)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 120), st.integers(0, 120), st.floats(0.02, 0.3))
def test_it_is_the_likelihood_ratio_averaged_over_the_cut_prior(
    missed: int, caught: int, promised: float
) -> None:
    counts = np.array([float(missed)]), np.array([float(missed + caught)]), promised
    kept = by_integration(missed, missed + caught, promised, KEPT_PRIOR, 0.0, promised)
    broken = by_integration(missed, missed + caught, promised, BROKEN_PRIOR, promised, 1.0)
    assert np.exp(log_evidence_kept(*counts)[0]) == pytest.approx(kept, rel=1e-5)
    assert np.exp(log_evidence_broken(*counts)[0]) == pytest.approx(broken, rel=1e-5)


def test_nothing_seen_is_no_evidence() -> None:
    nothing = np.zeros(1)
    assert log_evidence_kept(nothing, nothing, PROMISED)[0] == pytest.approx(0.0, abs=1e-12)
    assert log_evidence_broken(nothing, nothing, PROMISED)[0] == pytest.approx(0.0, abs=1e-12)


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.floats(0.01, 0.3))
def test_the_next_fraud_is_a_fair_bet_at_the_promise(missed: int, caught: int, promised: float) -> None:
    now = np.array([float(missed)]), np.array([float(missed + caught)])
    for evidence in (log_evidence_kept, log_evidence_broken):
        before = evidence(*now, promised)[0]
        after = np.exp([evidence(now[0] + miss, now[1] + 1, promised)[0] - before for miss in (1, 0)])
        assert promised * after[0] + (1 - promised) * after[1] == pytest.approx(1.0, rel=1e-8)


@given(st.integers(1, 3_000), st.floats(0.01, 0.3))
def test_each_fraud_missed_speaks_against_the_promise(frauds: int, promised: float) -> None:
    missed = np.arange(frauds + 1.0)
    counted = np.full(missed.shape, float(frauds))
    assert (np.diff(log_evidence_kept(missed, counted, promised)) < 0).all()
    assert (np.diff(log_evidence_broken(missed, counted, promised)) > 0).all()


def test_a_million_frauds_are_counted_without_overflow() -> None:
    frauds = np.array([1e6, 1e6, 1e6])
    missed = np.array([0.0, 1e5, 1e6])
    for evidence in (log_evidence_kept, log_evidence_broken):
        assert np.isfinite(evidence(missed, frauds, PROMISED)).all()
    # Not one of 100 is missed at a promise of 10 %: 26 frauds at 3 % miss rate and more would be luck.
    assert log_evidence_kept(np.zeros(1), np.array([60.0]), PROMISED)[0] > np.log(20)
