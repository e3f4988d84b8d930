"""Ranking, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from app.learning.metrics.precision import decline_bound
from app.learning.metrics.ranking import (
    HIGHEST_LEGITS,
    auroc,
    average_precision,
    average_precision_without_highest_legits,
)
from tests.learning.metrics.builders import Sample, a_sample, seeds, tied_samples


@settings(max_examples=50, deadline=None)
@given(sample=tied_samples)
def test_both_areas_are_those_of_scikit_learn(sample: Sample) -> None:
    expected = {"sample_weight": sample.weights}
    ap = average_precision_score(sample.is_fraud, sample.probability, **expected)
    area = roc_auc_score(sample.is_fraud, sample.probability, **expected)
    assert sample.of(average_precision) == pytest.approx(ap, abs=1e-12)
    assert sample.of(auroc) == pytest.approx(area, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(sample=tied_samples)
def test_legits_at_the_top_are_left_out_one_by_one(sample: Sample) -> None:
    """The oracle takes the highest legit away, ten times over, and asks scikit-learn."""
    scores, fraud, weights = sample.probability, sample.is_fraud, sample.weights
    if (~fraud).sum() <= HIGHEST_LEGITS:
        return
    kept = np.arange(scores.size)
    for _ in range(HIGHEST_LEGITS):
        highest = int(np.argmax(np.where(fraud[kept], -np.inf, scores[kept])))
        kept = np.delete(kept, highest)
    expected = average_precision_score(fraud[kept], scores[kept], sample_weight=weights[kept])
    assert sample.of(average_precision_without_highest_legits) == pytest.approx(expected, abs=1e-12)


def test_a_monotone_map_changes_no_ranking() -> None:
    sample = a_sample(0)
    logits = np.log(sample.probability / (1 - sample.probability))
    for metric in (average_precision, auroc):
        assert metric(logits, sample.is_fraud, sample.weights) == pytest.approx(sample.of(metric))


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_the_decline_bound_catches_most_of_all_bounds_of_its_precision(seed: int) -> None:
    """Every bound tried; each row weighs what makes the sample the population."""
    sample, base_rate = a_sample(seed, rows=80, decimals=2), 0.05
    y, weights = sample.is_fraud, np.where(sample.is_fraud, base_rate, 1 - base_rate)
    weights = weights / np.where(y, y.sum(), (~y).sum())
    declined = [sample.probability >= bound for bound in np.unique(sample.probability)]
    kept = [
        recall_score(y, each)
        for each in declined
        if precision_score(y, each, sample_weight=weights) >= 0.301 - 1e-12
    ]
    bound = decline_bound(sample.probability, y, precision=0.301, base_rate=base_rate)
    assert (sample.probability[y] >= bound).mean() == pytest.approx(max(kept, default=0))
