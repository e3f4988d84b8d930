"""Each order of the known frauds is one promise; what is promised of several holds for the one chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.tuning.neyman_pearson import largest_order
from app.triage.tuning.staircase import LOOSEST_MISS_RATE, chosen_confidence, staircase


def test_a_step_promises_what_its_order_is_the_last_to_keep() -> None:
    frauds = np.linspace(0, 5, 351)
    steps = staircase(frauds, np.zeros(10), decline_at_least=9.0, base_rate=0.01, confidence=0.95)
    for miss_rate in (0.15, 0.1, 0.05):
        order = largest_order(frauds=351, miss_rate=miss_rate, confidence=0.95)
        assert steps[order - 1].order == order
        assert steps[order - 1].miss_rate_at_most <= miss_rate < steps[order].miss_rate_at_most
    assert [each.order for each in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].miss_rate_at_most <= LOOSEST_MISS_RATE


@given(
    seed=st.integers(0, 2**32 - 1),
    frauds=st.integers(1, 60),
    legits=st.integers(1, 200),
    base=st.floats(0, 1),
)
def test_reviews_are_those_counted_one_by_one(seed: int, frauds: int, legits: int, base: float) -> None:
    generator = np.random.default_rng(seed)
    of_frauds = generator.normal(1, 1, frauds).round(1)
    of_legits = generator.normal(0, 1, legits).round(1)
    for step in staircase(of_frauds, of_legits, decline_at_least=1.5, base_rate=base, confidence=0.9):
        shares = [
            np.mean([step.approve_at_most < each < 1.5 for each in evidence.tolist()])
            for evidence in (of_frauds, of_legits)
        ]
        assert step.review_rate == pytest.approx(base * shares[0] + (1 - base) * shares[1])
        assert (of_frauds <= step.approve_at_most).sum() <= step.order - 1


def test_a_step_chosen_after_looking_keeps_its_promise() -> None:
    """Of five steps the one with fewest reviews is taken: all of them break their promise together rarely."""
    generator = np.random.default_rng(0)
    broken, samples, orders = 0, 4_000, (2, 4, 6, 8, 10)
    for _ in range(samples):
        ordered = np.sort(generator.random(100))
        steps = staircase(
            ordered,
            np.zeros(1),
            decline_at_least=2.0,
            base_rate=0.5,
            confidence=chosen_confidence(0.95, steps=len(orders)),
        )
        # The worst choice after looking; evidence is uniform, so a bound is its true miss rate.
        broken += any(steps[k - 1].approve_at_most > steps[k - 1].miss_rate_at_most for k in orders)
    assert broken / samples <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / samples)
