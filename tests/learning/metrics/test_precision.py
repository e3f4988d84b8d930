"""Precision in the population, against scikit-learn, statistics by definition, and drawn samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import precision_score

from app.learning.metrics.precision import decline_bound
from app.triage.binomial import clopper_pearson, precision_at, precision_lower_bound
from tests.learning.metrics.builders import a_sample


def test_precision_is_corrected_to_the_population() -> None:
    """The sample's precision with each legit weighted to the base rate is the corrected one."""
    sample, base_rate = a_sample(2), 0.01
    is_fraud, declined = sample.is_fraud, sample.probability > 0.5
    weights = np.where(is_fraud, base_rate / is_fraud.sum(), (1 - base_rate) / (~is_fraud).sum())
    corrected = precision_at(declined[is_fraud].mean(), declined[~is_fraud].mean(), base_rate=base_rate)
    assert corrected == pytest.approx(precision_score(is_fraud, declined, sample_weight=weights))
    assert precision_at(0.0, 0.0, base_rate=base_rate) is None


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_clopper_pearson_bounds_are_where_the_count_becomes_unlikely(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = clopper_pearson(successes, trials, 0.95)
    if successes:
        assert stats.binom.sf(successes - 1, trials, low) == pytest.approx(0.05)
    if successes < trials:
        assert stats.binom.cdf(successes, trials, high) == pytest.approx(0.05)
    assert 0 <= low <= successes / trials <= high <= 1


def test_the_bounds_are_those_of_scipy_and_of_the_closed_forms() -> None:
    expected = stats.binomtest(7, 50).proportion_ci(confidence_level=0.95, method="exact")
    assert clopper_pearson(7, 50, 0.975) == pytest.approx((expected.low, expected.high))
    assert clopper_pearson(0, 98, 0.95)[1] == pytest.approx(0.0301, abs=5e-5)
    assert clopper_pearson(0, 98, 0.95) == pytest.approx((0, 1 - 0.05 ** (1 / 98)))
    assert clopper_pearson(70, 70, 0.95) == pytest.approx((0.05 ** (1 / 70), 1))


@pytest.mark.parametrize(
    ("successes", "trials", "confidence"), [(3, 2, 0.9), (-1, 2, 0.9), (0, 0, 0.9), (1, 2, 1)]
)
def test_an_impossible_count_has_no_bounds(successes: int, trials: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="no rate to bound"):
        clopper_pearson(successes, trials, confidence)


def test_the_lower_bound_of_the_precision_by_hand() -> None:
    """None wronged, all caught: both bounds are powers."""
    told = precision_lower_bound(60, 60, 0, 5000, base_rate=0.01, confidence=0.9)
    tpr, fpr = 0.05 ** (1 / 60), 1 - 0.05 ** (1 / 5000)
    assert told == pytest.approx(0.01 * tpr / (0.01 * tpr + 0.99 * fpr))
    assert precision_lower_bound(0, 60, 0, 5000, base_rate=0.01, confidence=0.9) == 0


def test_the_lower_bound_holds_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    caught, wronged = generator.binomial(98, 0.6, 2000), generator.binomial(4000, 0.002, 2000)
    truth = precision_at(0.6, 0.002, base_rate=0.01)
    assert truth is not None
    bounds = [
        precision_lower_bound(int(c), 98, int(w), 4000, base_rate=0.01, confidence=0.9)
        for c, w in zip(caught, wronged, strict=True)
    ]
    assert (np.array(bounds) <= truth).mean() >= 0.9
    assert max(bounds) > truth


def test_the_decline_bound_is_the_smallest_that_keeps_the_precision() -> None:
    evidence = np.array([1.0, 2.0, 3.0, 4.0, 0.0, 0.5, 2.5])
    is_fraud = np.array([True] * 4 + [False] * 3)
    assert decline_bound(evidence, is_fraud, precision=0.8, base_rate=0.5) == 3.0
    assert decline_bound(evidence, is_fraud, precision=0.74, base_rate=0.5) == 1.0


def test_where_no_precision_is_kept_nothing_seen_is_declined() -> None:
    evidence = np.array([1.0, 2.0, 9.0])
    bound = decline_bound(evidence, np.array([True, True, False]), precision=0.95, base_rate=0.01)
    assert bound == 9.000001
