"""Figures for the population, against scikit-learn and by hand."""

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from app.learning.evaluation import model_intervals, policy_figures, policy_intervals
from app.triage.labels import LABELS, Label


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    is_fraud = generator.random(300) < 0.2
    is_fraud[:2] = [True, False]
    probability = np.clip(generator.normal(0.3 + 0.3 * is_fraud, 0.2), 0.001, 0.999)
    return probability, is_fraud, np.where(is_fraud, 1.0, 5.41)


def test_the_model_figures_are_those_of_scikit_learn_each_within_its_interval() -> None:
    probability, is_fraud, weights = drawn(3)
    evidence = logit(probability)
    told = model_intervals(evidence, probability, is_fraud, weights, generator=np.random.default_rng(0))
    expected = {
        "ap": average_precision_score(is_fraud, probability, sample_weight=weights),
        "auroc": roc_auc_score(is_fraud, probability, sample_weight=weights),
        "nll": log_loss(is_fraud, probability, sample_weight=weights),
        "brier": brier_score_loss(is_fraud, probability, sample_weight=weights),
    }
    for name, value in expected.items():
        assert told[name].value == pytest.approx(value, abs=1e-12), name
        assert told[name].low < value < told[name].high
    assert set(told) == {*expected, "brier_skill", "augrc"}


def test_policy_rates_come_with_intervals_that_stay_honest_at_zero() -> None:
    is_fraud = np.arange(200) < 40
    labels = np.where(is_fraud, LABELS.index(Label.UNKNOWN), LABELS.index(Label.LEGIT)).astype(np.int8)
    weights = np.where(is_fraud, 1.0, 5.0)
    told = policy_intervals(labels, is_fraud, weights, generator=np.random.default_rng(0))
    assert told["miss_rate"].value == told["miss_rate"].low == 0
    assert told["miss_rate"].high == pytest.approx(binomtest(0, 40).proportion_ci().high)
    assert told["decline_rate_legit"].high == pytest.approx(binomtest(0, 160).proportion_ci().high)
    assert told["review_rate"].value == pytest.approx(40 / 840)


def test_the_policy_figures_by_hand() -> None:
    said = [Label.FRAUD, Label.UNKNOWN, Label.LEGIT, Label.FRAUD, Label.LEGIT, Label.LEGIT, Label.UNKNOWN]
    is_fraud = np.array([True, True, True, True, False, False, False])
    labels = np.array([LABELS.index(label) for label in said], dtype=np.int8)
    told = policy_figures(labels, is_fraud, base_rate=0.25)
    assert told.miss_rate == 0.25
    assert told.caught_rate == 0.5
    assert told.false_decline_rate == 0
    assert told.review_rate == pytest.approx(0.25 * 0.25 + 0.75 / 3)
    assert told.decline_precision == 1
