"""Ranking, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from app.learning.metrics.precision import decline_bound
from app.learning.metrics.ranking import auroc, average_precision, card_precision_at_k, recall_at_precision
from tests.learning.metrics.builders import Sample, a_sample, seeds, tied_samples


@settings(max_examples=50, deadline=None)
@given(sample=tied_samples)
def test_both_areas_are_those_of_scikit_learn(sample: Sample) -> None:
    expected = {"sample_weight": sample.weights}
    ap = average_precision_score(sample.is_fraud, sample.probability, **expected)
    area = roc_auc_score(sample.is_fraud, sample.probability, **expected)
    assert sample.of(average_precision) == pytest.approx(ap, abs=1e-12)
    assert sample.of(auroc) == pytest.approx(area, abs=1e-12)


def test_a_monotone_map_changes_no_ranking() -> None:
    sample = a_sample(0)
    logits = np.log(sample.probability / (1 - sample.probability))
    for metric in (average_precision, auroc):
        assert metric(logits, sample.is_fraud, sample.weights) == pytest.approx(sample.of(metric))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_recall_is_the_best_of_all_bounds(seed: int) -> None:
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
    told = recall_at_precision(sample.probability, y, precision=0.301, base_rate=base_rate)
    assert told == pytest.approx(max(kept, default=0))
    assert sample.of(
        lambda *columns: recall_at_precision(*columns, precision=0.301, base_rate=base_rate)
    ) == pytest.approx(told)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_the_decline_bound_catches_that_recall(seed: int) -> None:
    sample = a_sample(seed, rows=80, decimals=2)
    bound = decline_bound(sample.probability, sample.is_fraud, precision=0.6, base_rate=0.1)
    caught = (sample.probability[sample.is_fraud] >= bound).mean()
    told = recall_at_precision(sample.probability, sample.is_fraud, precision=0.6, base_rate=0.1)
    assert told == pytest.approx(caught)


def test_a_rarer_fraud_leaves_less_recall_at_the_same_precision() -> None:
    sample = a_sample(1)
    recalls = [
        recall_at_precision(sample.probability, sample.is_fraud, precision=0.5, base_rate=base_rate)
        for base_rate in (0.3, 0.1, 0.01)
    ]
    assert recalls == sorted(recalls, reverse=True)
    assert recalls[0] > recalls[-1]


def test_the_card_precision_by_hand() -> None:
    """Day 0: cards 1 (0.9, fraud elsewhere), 2 (0.8, legit), 3 (0.3, fraud); day 1: card 3 alone, fraud."""
    scores = np.array([0.1, 0.9, 0.8, 0.3, 0.2])
    is_fraud = np.array([True, False, False, True, True])
    cards, days = np.array([1, 1, 2, 3, 3]), np.array([0, 0, 0, 0, 1])
    assert card_precision_at_k(scores, is_fraud, cards, days, 1) == 1.0
    assert card_precision_at_k(scores, is_fraud, cards, days, 2) == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert card_precision_at_k(scores, is_fraud, cards, days, 3) == pytest.approx((2 / 3 + 1 / 3) / 2)


def test_the_card_precision_is_the_handbooks() -> None:
    generator = np.random.default_rng(2)
    scores, is_fraud = generator.random(400), generator.random(400) < 0.2
    cards, days = generator.integers(0, 40, 400), generator.integers(0, 5, 400)
    by_day = []
    for day in range(5):
        of_day = [(scores[i], is_fraud[i], cards[i]) for i in range(400) if days[i] == day]
        found = {card for _, _, card in of_day}
        best = sorted(found, key=lambda c: -max(score for score, _, card in of_day if card == c))[:7]
        by_day.append(sum(any(fraud for _, fraud, card in of_day if card == c) for c in best) / 7)
    assert card_precision_at_k(scores, is_fraud, cards, days, 7) == pytest.approx(np.mean(by_day))


def test_cards_tied_at_the_last_place_count_in_expectation() -> None:
    scores, is_fraud = np.array([0.9, 0.5, 0.5, 0.5]), np.array([True, True, False, False])
    cards, days = np.arange(4), np.zeros(4, dtype=int)
    assert card_precision_at_k(scores, is_fraud, cards, days, 2) == pytest.approx((1 + 1 / 3) / 2)


def test_no_card_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one card"):
        card_precision_at_k(np.ones(1), np.array([True]), np.zeros(1, int), np.zeros(1, int), 0)
