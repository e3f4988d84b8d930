"""The interval of a mean by bets: against the formula evaluated candidate by candidate, and its coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.arrays import Floats
from app.triage.betting.mean import mean_interval, stakes

RISK = 0.05


def refuted_at(scaled: Floats, mean: float) -> bool:
    """Theorem 3 with plain loops: both capitals of one candidate, at every moment."""
    up = down = 1.0
    variances, total, squares = 0.25, 0.0, 0.0
    for number, value in enumerate(scaled, start=1):
        stake = np.sqrt(2 * np.log(2 / RISK) / (variances * number * np.log(1 + number)))
        up *= 1 + min(stake, 0.5 / mean) * (value - mean)
        down *= 1 - min(stake, 0.5 / (1 - mean)) * (value - mean)
        if max(up, down) >= 2 / RISK:
            return True
        total += value
        squares += (value - (0.5 + total) / (number + 1)) ** 2
        variances = (0.25 + squares) / (number + 1)
    return False


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=150))
def test_it_holds_exactly_the_candidates_that_no_bet_refutes(values: list[float]) -> None:
    scaled = np.array(values)
    found = mean_interval(scaled, lowest=0, highest=1, confidence=1 - RISK)
    for candidate in np.linspace(0.01, 0.99, 25):
        if min(abs(candidate - found.low), abs(candidate - found.high)) > 1e-9:
            assert refuted_at(scaled, candidate) == (not found.low <= candidate <= found.high)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.floats(0, 1))
def test_a_stake_does_not_know_its_own_number(values: list[float], other: float) -> None:
    before = stakes(np.array(values), risk=RISK)
    after = stakes(np.array([*values[:-1], other]), risk=RISK)
    assert (before == after).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.floats(0.1, 50), st.floats(-20, 20))
def test_it_moves_with_the_scale(values: list[float], width: float, lowest: float) -> None:
    plain = mean_interval(np.array(values), lowest=0, highest=1, confidence=0.9)
    scaled = np.clip(lowest + width * np.array(values), lowest, lowest + width)
    moved = mean_interval(scaled, lowest=lowest, highest=lowest + width, confidence=0.9)
    for name in ("mean", "low", "high"):
        assert getattr(moved, name) == pytest.approx(lowest + width * getattr(plain, name), abs=1e-6 * width)


def test_more_numbers_make_it_narrower() -> None:
    values = (np.random.default_rng(4).random(8_000) < 0.2).astype(np.float64)
    widths = []
    for size in (100, 1_000, 8_000):
        found = mean_interval(values[:size], lowest=0, highest=1, confidence=0.95)
        assert found.low <= 0.2 <= found.high
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.05


def test_numbers_outside_the_range_are_refused() -> None:
    for values in ([1.1], [-0.1], []):
        with pytest.raises(ValueError, match="one value at least"):
            mean_interval(np.array(values), lowest=0, highest=1, confidence=0.95)


@pytest.mark.slow
def test_the_true_mean_is_left_out_at_any_moment_by_few() -> None:
    rng = np.random.default_rng(2026)
    years, left_out = 1_000, 0
    for _ in range(years):
        values = rng.beta(0.3, 1.2, size=1_000)
        found = mean_interval(values, lowest=0, highest=1, confidence=1 - RISK)
        left_out += not found.low <= 0.2 <= found.high
    assert left_out / years <= RISK + 3 * np.sqrt(RISK * (1 - RISK) / years)
