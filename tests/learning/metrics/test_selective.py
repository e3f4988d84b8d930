"""Confidence against correctness: by the sums of the papers, closed forms and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import roc_auc_score

from app.learning.metrics.selective import augrc, risk_coverage
from tests.learning.metrics.builders import Sample, an_untied_sample, seeds, tied_samples


def judged(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(sample.probability, 1 - sample.probability), (
        sample.probability >= 0.5
    ) != sample.is_fraud


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_without_ties_the_area_is_the_sum_of_the_paper(seed: int) -> None:
    sample = an_untied_sample(seed)
    confidence, wrong = judged(sample)
    silent = np.cumsum(wrong[np.argsort(-confidence)])
    # The sum has each error whole where the trapezoid has half of it.
    assert sample.of(augrc) == pytest.approx((silent / 300).mean() - wrong.mean() / 600)


@settings(max_examples=60, deadline=None)
@given(sample=tied_samples)
def test_the_augrc_is_its_closed_form(sample: Sample) -> None:
    confidence, wrong = judged(sample)
    area = roc_auc_score(~wrong, confidence, sample_weight=sample.weights)
    right = np.average(~wrong, weights=sample.weights)
    expected = (1 - area) * right * (1 - right) + (1 - right) ** 2 / 2
    assert sample.of(augrc) == pytest.approx(expected, abs=1e-12)


def test_the_best_order_has_half_the_square_of_the_error_rate() -> None:
    """The errors are the least confident."""
    rows, error_rate = 20_000, 0.1
    probability = np.linspace(0.999, 0.501, rows)
    is_fraud = np.arange(rows) < (1 - error_rate) * rows
    best = Sample(probability, is_fraud, np.ones(rows))
    assert best.of(augrc) == pytest.approx(error_rate**2 / 2)


def test_where_all_is_wrong_every_covered_row_is_a_silent_failure() -> None:
    wrong = Sample(np.array([0.1, 0.3, 0.9]), np.array([True, True, False]), np.ones(3))
    assert wrong.of(augrc) == 0.5


def test_the_curve_by_hand() -> None:
    """Confidences 0.9 (right), 0.8 twice (one wrong), 0.6 (wrong, weight 2)."""
    sample = Sample(
        np.array([0.9, 0.2, 0.8, 0.6]), np.array([True, True, True, False]), np.array([1.0, 1.0, 1.0, 2.0])
    )
    curve = risk_coverage(sample.probability, sample.is_fraud, sample.weights)
    assert curve.coverage == pytest.approx([0.2, 0.6, 1.0])
    assert curve.selective_risk == pytest.approx([0, 1 / 3, 3 / 5])
    assert curve.generalised_risk == pytest.approx([0, 1 / 5, 3 / 5])
    assert sample.of(augrc) == pytest.approx(0.4 * 0.1 + 0.4 * 0.4)
