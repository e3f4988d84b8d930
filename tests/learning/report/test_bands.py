import numpy as np
import pytest

from app.learning.metrics.levels import levels_of_both
from app.learning.metrics.selective import risk_coverage
from app.learning.report.bands import band_of, miss_at_reviews, precision_at_recalls, risk_at_reviews

GENERATOR = np.random.default_rng(5)
IS_FRAUD = np.arange(600) < 60
SCORES = GENERATOR.normal(size=600) + 2.0 * IS_FRAUD
WEIGHTS = np.where(IS_FRAUD, 1.0, 5.41)
PROBABILITY = 1 / (1 + np.exp(-SCORES))


def test_precision_at_a_recall_is_the_best_of_the_bounds_that_reach_it() -> None:
    recalls = np.array([0.1, 0.5, 0.9, 1.0])
    found = levels_of_both(SCORES, IS_FRAUD, WEIGHTS)
    recall = found.positives / found.positives[-1]
    precision = found.positives / (found.positives + found.negatives)
    expected = [precision[recall >= each - 1e-9].max() for each in recalls]
    assert precision_at_recalls(recalls)(SCORES, IS_FRAUD, WEIGHTS) == pytest.approx(expected)


def test_risk_without_reviews_is_the_error_rate() -> None:
    risk = risk_at_reviews(np.array([0.0, 0.3]))(PROBABILITY, IS_FRAUD, WEIGHTS)
    assert risk[0] == pytest.approx(risk_coverage(PROBABILITY, IS_FRAUD, WEIGHTS).selective_risk[-1])
    assert risk[1] <= risk[0]


def test_the_miss_rate_falls_with_reviews_and_starts_at_what_is_not_declined() -> None:
    reviews = np.array([0.0, 0.1, 0.5, 1.0])
    miss = miss_at_reviews(reviews, decline_at_least=2.0)(SCORES, IS_FRAUD, WEIGHTS)
    assert miss[0] == pytest.approx((SCORES[IS_FRAUD] < 2.0).mean())
    assert (np.diff(miss) <= 0).all()
    assert miss[-1] == pytest.approx(0)


def test_a_band_holds_its_curve_and_is_the_same_for_the_same_seed() -> None:
    curve = precision_at_recalls(np.array([0.2, 0.5, 0.8]))
    bands = [
        band_of(curve, SCORES, IS_FRAUD, WEIGHTS, generator=np.random.default_rng(1), replicates=50)
        for _ in range(2)
    ]
    assert (bands[0].low == bands[1].low).all()
    assert ((bands[0].low <= bands[0].value) & (bands[0].value <= bands[0].high)).all()
