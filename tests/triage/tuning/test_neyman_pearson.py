"""What a bound promises, against the binomial, the literature's numbers and simulated truth."""

from functools import partial
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.triage.certificate import PromiseInfeasible
from app.triage.tuning.neyman_pearson import (
    approve_bound,
    drawn_order,
    frauds_needed,
    largest_order,
    order_of,
)


def test_the_known_order_statistic_of_98_frauds() -> None:
    assert largest_order(frauds=98, miss_rate=0.1, confidence=0.9) == 6


@pytest.mark.parametrize(
    ("frauds", "miss_rate", "below"),
    [(49, 0.1, 1), (49, 0.2, 4), (98, 0.05, 1), (98, 0.1, 4), (98, 0.2, 12), (196, 0.05, 4), (196, 0.1, 12)],
)
def test_frauds_allowed_below_the_bound_are_those_of_the_table(
    frauds: int, miss_rate: float, below: int
) -> None:
    assert largest_order(frauds=frauds, miss_rate=miss_rate, confidence=0.95) - 1 == below


@pytest.mark.parametrize(("miss_rate", "needed"), [(0.10, 29), (0.05, 59), (0.02, 149), (0.01, 299)])
def test_the_frauds_a_promise_needs(miss_rate: float, needed: int) -> None:
    assert frauds_needed(miss_rate=miss_rate, confidence=0.95) == needed
    assert largest_order(frauds=needed, miss_rate=miss_rate, confidence=0.95) == 1
    with pytest.raises(PromiseInfeasible, match=f"{needed} known frauds are needed") as refused:
        largest_order(frauds=needed - 1, miss_rate=miss_rate, confidence=0.95)
    assert refused.value.frauds_needed == needed


@settings(max_examples=40)
@given(st.integers(1, 120), st.floats(0.02, 0.4), st.floats(0.6, 0.99))
def test_the_order_is_the_largest_that_keeps_the_promise(
    frauds: int, miss_rate: float, confidence: float
) -> None:
    def violated(order: int) -> float:
        """P(Binomial(n, alpha) <= k - 1), by hand."""
        return sum(
            comb(frauds, missed) * miss_rate**missed * (1 - miss_rate) ** (frauds - missed)
            for missed in range(order)
        )

    risk = 1 - confidence
    try:
        order = largest_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence)
    except PromiseInfeasible:
        assert violated(1) > risk - 1e-12
    else:
        assert violated(order) <= risk + 1e-12
        assert violated(order + 1) > risk - 1e-12


@settings(max_examples=30)
@given(st.integers(30, 400), st.sampled_from([0.05, 0.1, 0.15]), st.sampled_from([0.9, 0.95]))
def test_drawn_orders_spend_the_risk_exactly(frauds: int, miss_rate: float, confidence: float) -> None:
    """Over many files the share of the next order, told by the binomial by hand, makes the risk whole."""
    risk = 1 - confidence
    try:
        plain = largest_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence)
    except PromiseInfeasible:
        with pytest.raises(PromiseInfeasible):
            drawn_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence, rows_sha256="a")
        return
    drawn = [
        drawn_order(frauds=frauds, miss_rate=miss_rate, confidence=confidence, rows_sha256=f"{number:064x}")
        for number in range(400)
    ]
    assert set(drawn) <= {plain, plain + 1}
    broken = [float(stats.binom.cdf(order - 1, frauds, miss_rate)) for order in drawn]
    # One drawing moves the risk by P(X = k) at most; five standard errors of the mean of 400.
    most = float(stats.binom.pmf(plain, frauds, miss_rate)) / 2 / np.sqrt(len(drawn))
    assert np.mean(broken) == pytest.approx(risk, abs=5 * most + 1e-12)


def test_no_other_wish_draws_again() -> None:
    """One draw of the rows: a promise that differs by a hair gets no other luck."""
    for number in range(40):
        rows = f"{number:064x}"
        wishes = [0.1 + 1e-9 * step for step in range(20)]
        orders = {
            drawn_order(frauds=88, miss_rate=each, confidence=0.95, rows_sha256=rows) for each in wishes
        }
        assert len(orders) == 1


def test_equal_rows_draw_the_same_and_others_their_own() -> None:
    order = partial(order_of, frauds=88, miss_rate=0.1, confidence=0.95)
    rows = [f"{number:064x}" for number in range(50)]
    drawn = [order(rows_sha256=each) for each in rows]
    assert drawn == [order(rows_sha256=each) for each in rows]
    assert set(drawn) == {4, 5}
    assert order(rows_sha256=None) == 4


def test_approving_at_the_bound_approves_strictly_below_the_order_statistic() -> None:
    evidence = np.random.default_rng(0).permutation(np.arange(100, dtype=np.float64))
    bound, order = approve_bound(evidence, miss_rate=0.1, confidence=0.95)
    assert order == 5
    assert bound == 3.999999
    assert (evidence <= bound).sum() == order - 1


def test_the_bound_is_the_same_whatever_the_order_of_the_frauds() -> None:
    evidence = np.random.default_rng(1).normal(size=88).round(6)
    bounds = {
        approve_bound(np.random.default_rng(seed).permutation(evidence), miss_rate=0.15, confidence=0.95)
        for seed in range(5)
    }
    assert len(bounds) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frauds", "miss_rate", "confidence"),
    [
        (20, 0.2, 0.9),
        (29, 0.1, 0.95),
        (59, 0.05, 0.95),
        (88, 0.15, 0.95),
        (98, 0.1, 0.9),
        (200, 0.05, 0.95),
        (500, 0.02, 0.95),
        (500, 0.1, 0.8),
    ],
)
def test_the_promise_is_broken_no_more_often_than_its_confidence_allows(
    frauds: int, miss_rate: float, confidence: float
) -> None:
    """Over 4,000 calibration draws of known truth: fraud evidence is normal, so the miss rate is exact."""
    from scipy.stats import norm

    draws = np.random.default_rng(2).normal(size=(4000, frauds))
    bounds = np.array([approve_bound(draw, miss_rate=miss_rate, confidence=confidence)[0] for draw in draws])
    broken = (norm.cdf(bounds) > miss_rate).mean()
    three_errors = 3 * np.sqrt(confidence * (1 - confidence) / 4000)
    assert broken <= 1 - confidence + three_errors
    # Not idly safe either: one order higher would break it.
    assert broken >= (1 - confidence) / 3
