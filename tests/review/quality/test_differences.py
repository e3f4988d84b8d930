"""Gains paired and apart: against published tables, scipy, and the truth the intervals promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.review.quality.differences import Change, difference, weighted, wilson
from app.review.quality.rates import Interval, Rate

COUNTS = st.integers(0, 60)
CHANGES = st.builds(Change, right_twice=COUNTS, made_right=COUNTS, made_wrong=COUNTS, wrong_twice=COUNTS)
RATES = st.integers(1, 200).flatmap(
    lambda trials: st.builds(Rate, hits=st.integers(0, trials), trials=st.just(trials))
)


def bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def test_a_published_paired_table_gives_its_published_interval() -> None:
    """Complete response before and after consolidation (Cavo et al. 2012; Fagerland et al. 2017)."""
    response = Change(right_twice=59, made_right=6, made_wrong=16, wrong_twice=80)
    assert bounds(response.gain) == pytest.approx((-0.0621, -0.1186, -0.0046), abs=5e-5)


def test_a_published_pair_of_rates_gives_its_published_interval() -> None:
    """56 of 70 against 48 of 80: example (a) of Newcombe 1998."""
    found = difference(Rate(hits=56, trials=70), Rate(hits=48, trials=80))
    assert bounds(found) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@given(RATES)
def test_wilsons_interval_is_that_of_scipy(rate: Rate) -> None:
    expected = stats.binomtest(rate.hits, rate.trials).proportion_ci(0.95, method="wilson")
    assert bounds(wilson(rate))[1:] == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(CHANGES)
def test_mcnemars_chance_is_the_binomial_test(change: Change) -> None:
    changed = change.made_right + change.made_wrong
    expected = stats.binomtest(change.made_right, changed, 0.5).pvalue if changed else 1.0
    assert change.chance == pytest.approx(expected, abs=1e-9)


@given(CHANGES)
def test_a_gain_holds_its_estimate_and_turns_around_with_time(change: Change) -> None:
    if not change.cases:
        return
    back = Change(
        right_twice=change.right_twice,
        made_right=change.made_wrong,
        made_wrong=change.made_right,
        wrong_twice=change.wrong_twice,
    )
    estimate, low, high = bounds(change.gain)
    assert -1 - 1e-9 <= low <= estimate <= high <= 1 + 1e-9
    assert bounds(back.gain) == pytest.approx((-estimate, -high, -low), abs=1e-9)
    assert estimate == pytest.approx((change.made_right - change.made_wrong) / change.cases)


@given(RATES, RATES)
def test_a_difference_turns_around_with_its_sides(first: Rate, second: Rate) -> None:
    estimate, low, high = bounds(difference(first, second))
    assert -1 - 1e-9 <= low <= estimate <= high <= 1 + 1e-9
    assert bounds(difference(second, first)) == pytest.approx((-estimate, -high, -low), abs=1e-9)


def test_one_part_alone_stays_as_it_is_and_nothing_has_no_mean() -> None:
    part = Interval(estimate=0.1, low=-0.1, high=0.25)
    assert bounds(weighted([(7, part)]) or part) == pytest.approx(bounds(part))
    assert weighted([]) is None


def test_two_equal_halves_are_known_better_than_each() -> None:
    part = Interval(estimate=0.1, low=0.0, high=0.2)
    found = weighted([(1, part), (1, part)])
    assert found is not None
    assert bounds(found) == pytest.approx((0.1, 0.1 - 0.1 / 2**0.5, 0.1 + 0.1 / 2**0.5))


@pytest.mark.slow
def test_both_intervals_keep_their_promise() -> None:
    rng = np.random.default_rng(20260501)
    paired = rng.multinomial(120, (0.88, 0.05, 0.02, 0.05), size=4000).tolist()
    kept = 0
    for same, right, wrong, never in paired:
        gain = Change(right_twice=same, made_right=right, made_wrong=wrong, wrong_twice=never).gain
        kept += gain.low <= 0.03 <= gain.high
    assert kept / 4000 >= 0.94
    kept = 0
    for blind, seen in zip(rng.binomial(120, 0.93, 4000), rng.binomial(600, 0.88, 4000), strict=True):
        lead = difference(Rate(hits=int(blind), trials=120), Rate(hits=int(seen), trials=600))
        kept += lead.low <= 0.05 <= lead.high
    assert kept / 4000 >= 0.94
