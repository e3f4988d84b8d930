"""Proper scores, against scikit-learn and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats
from sklearn.metrics import brier_score_loss, log_loss

from app.learning.metrics.probability import brier, brier_skill, nll, nll_skill
from tests.learning.metrics.builders import a_sample, seeds


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_both_scores_are_those_of_scikit_learn(seed: int) -> None:
    sample = a_sample(seed)
    expected = {"sample_weight": sample.weights}
    loss = log_loss(sample.is_fraud, sample.probability, **expected)
    assert sample.of(nll) == pytest.approx(loss, abs=1e-12)
    square = brier_score_loss(sample.is_fraud, sample.probability, **expected)
    assert sample.of(brier) == pytest.approx(square, abs=1e-12)


def test_quoting_the_base_rate_has_no_skill_and_knowing_all_has_all() -> None:
    sample = a_sample(0)
    base_rate = np.average(sample.is_fraud, weights=sample.weights)
    for skill in (nll_skill, brier_skill):
        told = skill(np.full(300, base_rate), sample.is_fraud, sample.weights)
        assert told == pytest.approx(0, abs=1e-12)
        assert skill(sample.is_fraud.astype(np.float64), sample.is_fraud, sample.weights) == 1
    entropy = stats.entropy([base_rate, 1 - base_rate])
    assert sample.of(nll_skill) == pytest.approx(1 - sample.of(nll) / entropy)


def test_what_was_held_impossible_costs_a_finite_708_nats() -> None:
    told = nll(np.zeros(1), np.array([True]), np.ones(1))
    assert told == pytest.approx(708.4, abs=0.1)
