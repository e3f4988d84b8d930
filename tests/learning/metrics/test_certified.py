"""The cost of a promise, against the policy that decides, and whether the promise is kept."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from app.learning.evaluation import policy_figures
from app.learning.first_policy import labels_of
from app.learning.metrics.certified import CertifiedReview, review_at_miss, zero_error_coverage
from app.scoring.uncertainty import Scores
from app.triage.certificate import PromiseInfeasible
from app.triage.policies.policy import Policy
from tests.learning.metrics.builders import Sample, a_sample, seeds


def evidence_of(seed: int, *, frauds: int = 98, legits: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, rounded as stored; some seeds separate badly, so that the bounds cross or none is kept."""
    generator = np.random.default_rng(seed)
    is_fraud = np.arange(frauds + legits) < frauds
    apart = 1 + seed % 5
    evidence = generator.normal(apart * is_fraud, 1).round(generator.choice([2, 6]))
    return evidence, is_fraud


def reviewed(evidence: np.ndarray, is_fraud: np.ndarray, *, miss_rate: float = 0.1) -> CertifiedReview:
    return review_at_miss(
        evidence, is_fraud, miss_rate=miss_rate, confidence=0.9, precision=0.8, base_rate=0.05
    )


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_figures_are_those_of_the_policy_with_these_bounds(seed: int) -> None:
    evidence, is_fraud = evidence_of(seed)
    told = reviewed(evidence, is_fraud)
    known = np.zeros(evidence.size)
    scores = replace(
        Scores.empty(evidence.size), evidence_fraud=evidence, margin=evidence, spread=known, novelty=known
    )
    policy = Policy(
        model_version="any",
        approve_at_most=told.approve_at_most,
        decline_at_least=told.decline_at_least,
    )
    done = policy_figures(labels_of(scores, known, policy), is_fraud, base_rate=0.05)
    assert told.review_rate == pytest.approx(done.review_rate)
    assert told.coverage == pytest.approx(1 - done.review_rate)
    assert told.miss_rate == pytest.approx(done.miss_rate)
    assert told.false_decline_rate == pytest.approx(done.false_decline_rate)
    assert told.caught_rate == pytest.approx(done.caught_rate)
    assert told.decline_at_least >= told.approve_at_most


def test_the_order_and_the_misses_are_those_of_the_theory() -> None:
    evidence, is_fraud = evidence_of(3)
    told = reviewed(evidence, is_fraud)
    assert (told.order, told.frauds) == (6, 98)
    assert told.miss_rate == pytest.approx(5 / 98)
    assert told.approve_at_most < np.sort(evidence[is_fraud])[5]


def test_a_stricter_promise_needs_more_reviews() -> None:
    evidence, is_fraud = evidence_of(2, frauds=300)
    rates = [reviewed(evidence, is_fraud, miss_rate=rate).review_rate for rate in (0.2, 0.1, 0.05, 0.02)]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]


def test_the_promise_is_kept_as_often_as_it_says() -> None:
    """The true miss rate of normal evidence is known: it exceeds 10 % in at most 10 % of the draws."""
    generator = np.random.default_rng(0)
    is_fraud = np.arange(198) < 98
    broken = 0
    for _ in range(1500):
        evidence = generator.normal(3 * is_fraud, 1)
        broken += stats.norm.cdf(reviewed(evidence, is_fraud).approve_at_most - 3) > 0.1
    assert 0.04 < broken / 1500 < 0.1


def test_too_few_frauds_promise_nothing() -> None:
    with pytest.raises(PromiseInfeasible):
        reviewed(*evidence_of(1, frauds=21))
    with pytest.raises(ValueError, match="legits"):
        reviewed(np.arange(30.0), np.ones(30, dtype=bool))


def test_the_zero_error_coverage_by_hand() -> None:
    """Legits at 0, 1, 5; frauds at 2, 4, 9: 0 and 1 lie below the frauds, 9 above the legits."""
    evidence = np.array([0.0, 1.0, 5.0, 2.0, 4.0, 9.0])
    is_fraud, weights = np.arange(6) >= 3, np.array([5.0, 5.0, 5.0, 1.0, 1.0, 1.0])
    assert zero_error_coverage(evidence, is_fraud, weights) == pytest.approx(11 / 18)
    assert zero_error_coverage(evidence + 10 * is_fraud, is_fraud, weights) == 1
    assert zero_error_coverage(np.ones(6), is_fraud, weights) == 0


@settings(max_examples=30, deadline=None)
@given(seeds.map(lambda seed: a_sample(seed, rows=40, decimals=2)))
def test_no_pair_of_bounds_without_error_decides_more(sample: Sample) -> None:
    """Every pair tried: approve below one score, decline above another."""
    cuts = np.append(np.unique(sample.probability), [-1.0, 2.0])
    best = 0.0
    for low in cuts:
        for high in cuts:
            approved, declined = sample.probability < low, sample.probability > high
            wrong = (approved & sample.is_fraud) | (declined & ~sample.is_fraud)
            if low <= high and not wrong.any():
                best = max(best, float(np.average(approved | declined, weights=sample.weights)))
    assert sample.of(zero_error_coverage) == pytest.approx(best)
