"""Money, by the least of three expected costs, by hand and against the example of the method notes."""

from dataclasses import replace

import numpy as np
import pytest

from app.learning.metrics.money import policy_cost, row_costs, savings
from app.triage.costs import Costs, cost_bounds
from app.triage.labels import LABELS, Label

COSTS = Costs(review=3, overhead=20, friction=10, detection_rate=0.9, analyst_false_decline_rate=0.05)


def codes(*labels: Label) -> np.ndarray:
    return np.array([LABELS.index(label) for label in labels], dtype=np.int8)


def expected_costs(p: np.ndarray, amounts: np.ndarray, costs: Costs) -> np.ndarray:
    """What approving, reviewing and declining cost in expectation; shape (3, transactions)."""
    loss, d, u = amounts + costs.overhead, costs.detection_rate, costs.analyst_false_decline_rate
    review = costs.review + p * (1 - d) * loss + (1 - p) * u * costs.friction
    return np.stack([p * loss, review, (1 - p) * costs.friction])


def test_the_bounds_choose_the_least_expected_cost() -> None:
    """2,000 worlds of 100 cases each, the degenerate ones (nothing found, nothing lost) among them."""
    generator = np.random.default_rng(0)
    degenerate, banded = 0, 0
    for _ in range(2000):
        costs = Costs(
            review=generator.choice([0, generator.exponential(3)]),
            overhead=generator.choice([0, generator.exponential(20)]),
            friction=generator.choice([0, generator.exponential(10)]),
            detection_rate=generator.choice([0, 1, generator.random()]),
            analyst_false_decline_rate=generator.choice([0, 1, generator.random()]),
        )
        p, amounts = generator.random(100) ** 3, generator.exponential(88, 100)
        low, high = cost_bounds(amounts, costs)
        chosen = np.select([p >= high, p <= low], [2, 0], 1)
        options = expected_costs(p, amounts, costs)
        assert options[chosen, np.arange(100)] == pytest.approx(options.min(axis=0))
        assert ((low >= 0) & (low <= high) & (high <= 1)).all()
        degenerate, banded = degenerate + bool((low == high).any()), banded + bool((low < high).any())
    assert min(degenerate, banded) > 100


def test_the_bounds_of_the_method_notes() -> None:
    low, high = cost_bounds(np.array([22.0, 122.0, 1000.0]), COSTS)
    assert low == pytest.approx([0.091, 0.027, 0.0038], abs=5e-4)
    assert high == pytest.approx([0.474, 0.274, 0.058], abs=5e-4)


def test_a_perfect_analyst_gives_chows_rule() -> None:
    perfect = replace(COSTS, detection_rate=1.0, analyst_false_decline_rate=0.0)
    amounts = np.array([1.0, 50.0, 400.0])
    low, high = cost_bounds(amounts, perfect)
    assert low == pytest.approx(3 / (amounts + 20))
    assert high == pytest.approx(np.full(3, 1 - 3 / 10))


def test_where_a_review_costs_too_much_both_bounds_are_elkans() -> None:
    low, high = cost_bounds(np.array([30.0]), replace(COSTS, review=50.0))
    assert low == high == pytest.approx(10 / (10 + 30 + 20))
    free = Costs(review=1, overhead=0, friction=0, detection_rate=1, analyst_false_decline_rate=0)
    assert [bound.tolist() for bound in cost_bounds(np.array([0.0]), free)] == [[0.0], [0.0]]


def test_the_cost_of_each_decision_by_hand() -> None:
    labels = codes(Label.LEGIT, Label.UNKNOWN, Label.FRAUD, Label.LEGIT, Label.UNKNOWN, Label.FRAUD)
    is_fraud, amounts = np.arange(6) < 3, np.full(6, 100.0)
    by_hand = [120, 3 + 0.1 * 120, 0, 0, 3 + 0.05 * 10, 10]
    assert row_costs(labels, is_fraud, amounts, COSTS) == pytest.approx(by_hand)
    weights = np.array([1.0, 1.0, 1.0, 5.0, 5.0, 5.0])
    total = policy_cost(labels, is_fraud, amounts, weights, COSTS)
    assert total == pytest.approx(120 + 15 + 5 * 3.5 + 5 * 10)
    # Approving all costs 360, declining all 150.
    assert savings(labels, is_fraud, amounts, weights, COSTS) == pytest.approx(1 - total / 150)


def test_one_label_for_all_saves_nothing_and_knowing_saves_all() -> None:
    generator = np.random.default_rng(1)
    is_fraud, amounts = generator.random(200) < 0.1, generator.exponential(88, 200)
    columns = (is_fraud, amounts, np.where(is_fraud, 1, 5.41), COSTS)
    alike = [savings(np.full(200, code, dtype=np.int8), *columns) for code in (0, 2)]
    assert max(alike) == 0
    assert savings(np.where(is_fraud, 2, 0).astype(np.int8), *columns) == 1


def test_the_expected_cost_is_the_mean_over_what_happens() -> None:
    p, amounts = np.array([0.3, 0.3, 0.3]), np.full(3, 50.0)
    labels = codes(Label.LEGIT, Label.UNKNOWN, Label.FRAUD)
    told = 0.3 * row_costs(labels, np.ones(3, dtype=bool), amounts, COSTS)
    told += 0.7 * row_costs(labels, np.zeros(3, dtype=bool), amounts, COSTS)
    assert told == pytest.approx(np.diag(expected_costs(p, amounts, COSTS)))


@pytest.mark.parametrize("wrong", [{"review": -1.0}, {"detection_rate": 1.1}, {"friction": np.nan}])
def test_costs_no_business_can_mean_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        replace(COSTS, **wrong)


def test_where_nothing_can_be_lost_nothing_can_be_saved() -> None:
    with pytest.raises(ValueError, match="nothing to save"):
        savings(codes(Label.UNKNOWN), np.array([False]), np.ones(1), np.ones(1), COSTS)
    with pytest.raises(ValueError, match="one row each"):
        policy_cost(codes(Label.UNKNOWN), np.array([False]), np.ones(2), np.ones(1), COSTS)
