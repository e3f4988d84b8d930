"""Figures for the population, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from app.learning.evaluation import model_figures, policy_figures
from app.triage.policy import LABELS, Label


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    is_fraud = generator.random(300) < 0.2
    is_fraud[:2] = [True, False]
    probability = np.clip(generator.normal(0.3 + 0.3 * is_fraud, 0.2), 0.001, 0.999)
    return probability, is_fraud, np.where(is_fraud, 1.0, 5.41)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_model_figures_are_those_of_scikit_learn(seed: int) -> None:
    probability, is_fraud, weights = drawn(seed)
    told = model_figures(probability, is_fraud, weights)
    expected = {
        "average_precision": average_precision_score(is_fraud, probability, sample_weight=weights),
        "auroc": roc_auc_score(is_fraud, probability, sample_weight=weights),
        "nll": log_loss(is_fraud, probability, sample_weight=weights),
        "brier": brier_score_loss(is_fraud, probability, sample_weight=weights),
    }
    for name, value in expected.items():
        assert getattr(told, name) == pytest.approx(value, abs=1e-12), name
    assert told.frauds + told.legits == 300


def test_quoting_the_base_rate_has_no_brier_skill() -> None:
    _, is_fraud, weights = drawn(0)
    base_rate = np.average(is_fraud, weights=weights)
    assert model_figures(np.full(300, base_rate), is_fraud, weights).brier_skill == pytest.approx(0)


def test_a_weight_of_five_is_the_row_five_times() -> None:
    probability, is_fraud, _ = drawn(1)
    weights = np.where(is_fraud, 1.0, 5.0)
    copies = np.repeat(np.arange(300), weights.astype(int))
    repeated = model_figures(probability[copies], is_fraud[copies], np.ones(copies.size))
    weighted = model_figures(probability, is_fraud, weights)
    for name in ("average_precision", "auroc", "nll", "brier", "brier_skill"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name), abs=1e-12), name


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
