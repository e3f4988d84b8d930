"""Drift, against what it must be by hand and by scipy."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.learning.data_report.drift import column_drifts, largest_distance, stability_index


def test_the_index_is_the_sum_by_hand() -> None:
    before = np.arange(1000.0)
    after = np.concatenate([np.arange(0, 1000, 2.0), np.arange(500.0)])
    # The lower five tenths gain a half each (15 % for 10 %), the upper five lose it (5 % for 10 %).
    by_hand = 5 * (0.05 * log(1.5)) + 5 * (-0.05 * log(0.5))
    ones = np.ones(1000)
    assert stability_index(before, ones, after, ones) == pytest.approx(by_hand)


def test_what_has_not_moved_has_no_drift_and_what_left_altogether_much() -> None:
    rows, ones = np.random.default_rng(0).normal(size=500), np.ones(500)
    assert stability_index(rows, ones, rows, ones) == pytest.approx(0)
    assert largest_distance(rows, ones, rows, ones) == pytest.approx(0)
    assert stability_index(rows, ones, rows + 100, ones) > 5
    assert largest_distance(rows, ones, rows + 100, ones) == pytest.approx(1)


def test_a_constant_column_drifts_only_when_it_changes() -> None:
    ones = np.ones(50)
    assert stability_index(ones, ones, ones, ones) == pytest.approx(0)
    assert stability_index(ones, ones, 2 * ones, ones) > 5


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_without_weights_the_distance_is_scipys(seed: int) -> None:
    generator = np.random.default_rng(seed)
    before = generator.normal(size=generator.integers(1, 60)).round(1)
    after = generator.normal(0.3, size=generator.integers(1, 60)).round(1)
    distance = largest_distance(before, np.ones(before.size), after, np.full(after.size, 3.0))
    assert distance == pytest.approx(stats.ks_2samp(before, after, method="asymp").statistic)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_weight_stands_for_so_many_rows(seed: int) -> None:
    generator = np.random.default_rng(seed)
    before, after = generator.normal(size=40), generator.normal(size=30)
    of_before, of_after = generator.integers(1, 6, size=40), generator.integers(1, 6, size=30)
    weighted = (before, of_before.astype(np.float64), after, of_after.astype(np.float64))
    repeated = np.repeat(before, of_before), np.repeat(after, of_after)
    written_out = (repeated[0], np.ones(repeated[0].size), repeated[1], np.ones(repeated[1].size))
    assert largest_distance(*weighted) == pytest.approx(largest_distance(*written_out))
    assert stability_index(*weighted) == pytest.approx(stability_index(*written_out))


def test_the_most_drifted_column_comes_first_and_an_empty_one_not_at_all() -> None:
    generator = np.random.default_rng(1)
    steady = generator.normal(size=200)
    columns = {
        "steady": steady,
        "moved": steady + 2 * (np.arange(200) >= 100),
        "with gaps": np.where(np.arange(200) % 10 == 0, np.nan, steady),
        "gone": np.where(np.arange(200) < 100, steady, np.nan),
    }
    drifts = column_drifts(columns, np.ones(200), np.arange(100), np.arange(100, 200))
    assert drifts[0].name == "moved"
    assert {drift.name for drift in drifts} == {"steady", "moved", "with gaps"}
    assert all(np.isfinite(drift.stability_index) for drift in drifts)
