"""How audits are spread, and drawn by a secret."""

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.triage.audits.allocation import AuditsUnaffordable, audit_chances, doubt_weights
from app.triage.audits.draw import draw_numbers, drawn

SECONDS = 120.0
weights = st.lists(st.just(0.0) | st.floats(1e-3, 1e4), min_size=1, max_size=60)


@settings(max_examples=100)
@given(weights, st.floats(0.001, 0.3), st.floats(0.01, 1.5))
def test_the_hours_are_spent_and_every_payment_has_its_floor(
    given_weights: list[float], floor: float, affordable_share: float
) -> None:
    column = np.array(given_weights)
    hours = affordable_share * column.size * SECONDS / 3600
    if affordable_share < floor:
        with pytest.raises(AuditsUnaffordable):
            audit_chances(column, hours=hours, seconds_a_review=SECONDS, floor=floor)
        return
    chances = audit_chances(column, hours=hours, seconds_a_review=SECONDS, floor=floor)
    assert (chances >= min(floor, 1.0) * (1 - 1e-9)).all()
    assert (chances <= 1).all()
    reviews = chances.sum()
    assert reviews <= affordable_share * column.size * (1 + 1e-9)
    inside = (chances > floor) & (chances < 1)
    if (column > 0).all() and affordable_share <= 1:
        assert reviews == pytest.approx(affordable_share * column.size, rel=1e-6)
    if inside.sum() > 1 and (column > 0).any():
        ratios = chances[inside] / np.maximum(column[inside], 1e-300)
        assert ratios.max() <= ratios.min() * (1 + 1e-6) or np.ptp(chances[inside]) < 1e-9


def test_no_other_spread_of_the_same_hours_has_less_variance() -> None:
    """The variance sum w^2 / pi, against many other spreads of 1.5 reviews."""
    column = np.array([1.0, 2.0, 4.0, 8.0, 30.0])
    chances = audit_chances(column, hours=1.5 * SECONDS / 3600, seconds_a_review=SECONDS, floor=0.05)
    others = np.random.default_rng(7).dirichlet(np.ones(5), size=200_000) * 1.5
    others = others[(others >= 0.05).all(axis=1) & (others <= 1).all(axis=1)]
    assert len(others) > 1_000
    assert (column**2 / chances).sum() <= (column**2 / others).sum(axis=1).min()


def test_doubt_weighs_by_what_an_error_costs() -> None:
    found = doubt_weights(np.array([0.5, 0.01, 0.0]), np.array([10.0, 100.0, 1e6]))
    assert found == pytest.approx([5.0, 100 * np.sqrt(0.0099), 0.0])


@pytest.mark.parametrize("floor", [0.0, -0.1, 1.1])
def test_an_impossible_floor_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="the smallest chance"):
        audit_chances(np.ones(3), hours=1, seconds_a_review=SECONDS, floor=floor)


def test_the_draw_is_even_and_can_be_repeated() -> None:
    ids = [f"payment-{number}" for number in range(20_000)]
    numbers = draw_numbers(ids, b"secret")
    assert (numbers == draw_numbers(ids, b"secret")).all()
    assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(numbers, draw_numbers(ids, b"another"))[0, 1]) < 0.03
    assert drawn(ids, np.full(20_000, 0.1), b"secret").mean() == pytest.approx(0.1, abs=0.01)


def test_certain_and_impossible_draws() -> None:
    ids = ["a", "b", "c"]
    assert drawn(ids, np.ones(3), b"s").all()
    assert not drawn(ids, np.zeros(3), b"s").any()


def test_the_draw_is_the_hmac_it_says() -> None:
    digest = hmac.new(b"key", b"audit draw\0p1", hashlib.sha256).hexdigest()
    assert draw_numbers(["p1"], b"key")[0] == (int(digest[:16], 16) // 2**11) / 2**53
