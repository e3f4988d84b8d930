"""Confidence against correctness: by the sums of the papers, closed forms and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import average_precision_score, roc_auc_score

from app.learning.metrics.selective import (
    augrc,
    aurc,
    avu_c,
    confidence_auroc,
    excess_aurc,
    fraud_weighted_avu_c,
    pr_negative,
    pr_positive,
    risk_coverage,
)
from tests.learning.metrics.builders import Sample, a_sample, an_untied_sample, seeds, tied_samples


def judged(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(sample.probability, 1 - sample.probability), (
        sample.probability >= 0.5
    ) != sample.is_fraud


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_without_ties_the_areas_are_the_sums_of_the_papers(seed: int) -> None:
    sample = an_untied_sample(seed)
    confidence, wrong = judged(sample)
    silent = np.cumsum(wrong[np.argsort(-confidence)])
    ranks = np.arange(1, 301)
    assert sample.of(aurc) == pytest.approx((silent / ranks).mean())
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


@settings(max_examples=60, deadline=None)
@given(sample=tied_samples)
def test_no_order_is_better_than_the_best(sample: Sample) -> None:
    assert sample.of(excess_aurc) >= -1e-12


def test_the_best_order_has_no_excess() -> None:
    """Many rows, because the optimum is a limit: the errors are the least confident."""
    rows, error_rate = 20_000, 0.1
    probability = np.linspace(0.999, 0.501, rows)
    is_fraud = np.arange(rows) < (1 - error_rate) * rows
    best = Sample(probability, is_fraud, np.ones(rows))
    assert best.of(excess_aurc) == pytest.approx(0, abs=1e-5)
    assert best.of(aurc) == pytest.approx(error_rate + (1 - error_rate) * np.log(1 - error_rate), abs=1e-5)
    assert best.of(augrc) == pytest.approx(error_rate**2 / 2)


def test_where_all_is_wrong_the_risk_is_one_and_the_excess_zero() -> None:
    wrong = Sample(np.array([0.1, 0.3, 0.9]), np.array([True, True, False]), np.ones(3))
    assert wrong.of(aurc) == 1
    assert wrong.of(excess_aurc) == 0
    assert wrong.of(augrc) == 0.5
    with pytest.raises(ValueError, match="both kinds"):
        wrong.of(confidence_auroc)


def test_the_curve_by_hand() -> None:
    """Confidences 0.9 (right), 0.8 twice (one wrong), 0.6 (wrong, weight 2)."""
    sample = Sample(
        np.array([0.9, 0.2, 0.8, 0.6]), np.array([True, True, True, False]), np.array([1.0, 1.0, 1.0, 2.0])
    )
    curve = risk_coverage(sample.probability, sample.is_fraud, sample.weights)
    assert curve.coverage == pytest.approx([0.2, 0.6, 1.0])
    assert curve.selective_risk == pytest.approx([0, 1 / 3, 3 / 5])
    assert curve.generalised_risk == pytest.approx([0, 1 / 5, 3 / 5])
    assert sample.of(aurc) == pytest.approx(0.4 / 3 + 0.4 * 0.6)
    assert sample.of(augrc) == pytest.approx(0.4 * 0.1 + 0.4 * 0.4)


@settings(max_examples=30, deadline=None)
@given(sample=tied_samples)
def test_confidence_ranks_errors_as_scikit_learn_says(sample: Sample) -> None:
    confidence, wrong = judged(sample)
    expected = {"sample_weight": sample.weights}
    positive = average_precision_score(~wrong, confidence, **expected)
    negative = average_precision_score(wrong, -confidence, **expected)
    assert sample.of(confidence_auroc) == pytest.approx(roc_auc_score(~wrong, confidence, **expected))
    assert sample.of(pr_positive) == pytest.approx(positive)
    assert sample.of(pr_negative) == pytest.approx(negative)


def test_doubt_that_knows_nothing_finds_errors_at_their_rate() -> None:
    constant = Sample(np.full(10, 0.6), np.arange(10) < 8, np.ones(10))
    assert constant.of(pr_negative) == pytest.approx(0.2)
    assert constant.of(confidence_auroc) == 0.5


def test_accuracy_versus_uncertainty_by_hand() -> None:
    """0.99 right and certain, 0.98 wrong and certain, 0.45 right and not, 0.55 wrong and not."""
    probability, is_fraud = np.array([0.99, 0.98, 0.45, 0.55]), np.array([True, False, False, False])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    told = avu_c(probability, is_fraud, weights, entropy_threshold=0.3)
    assert told == pytest.approx((1 + 4) / 10)
    balanced = fraud_weighted_avu_c(probability, is_fraud, weights, entropy_threshold=0.3)
    assert balanced == pytest.approx((1 + 4 / 9) / 2)


def test_with_everything_certain_it_is_the_accuracy_and_with_nothing_the_error_rate() -> None:
    sample = a_sample(1)
    right = np.average(~judged(sample)[1], weights=sample.weights)
    for threshold, expected in ((np.log(2), right), (0.0, 1 - right)):
        assert avu_c(
            sample.probability, sample.is_fraud, sample.weights, entropy_threshold=threshold
        ) == pytest.approx(expected)
