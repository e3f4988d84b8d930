"""Near-copies join far below the heights at which different payments do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from app.learning.copies.near_copies import (
    CHANCE,
    GAP,
    NEIGHBOURS,
    POWER,
    joints_below_the_gap,
    near_copy_groups,
    single_linkage,
    usual_distance,
)

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(2, NEIGHBOURS + 1), st.integers(1, 6))
def test_joints_are_those_of_single_linkage(seed: int, count: int, columns: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, columns))
    assert np.allclose(single_linkage(points).heights, linkage(points, "single")[:, 2])


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(2, 8), st.integers(2, 60))
def test_the_groups_are_those_of_the_copied_rows(seed: int, different: int, times: int) -> None:
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(different), times)
    points = rng.normal(size=(different, 12))[place] + rng.normal(size=(place.size, 12)) * 1e-4
    groups = near_copy_groups(points, rng.normal(size=(200, 12)))
    _, firsts = np.unique(place, return_index=True)
    assert np.array_equal(groups, groups[firsts][place])
    assert np.unique(groups).size == different
    by_scipy = fcluster(linkage(points, "single"), 0.01, criterion="distance")
    assert np.array_equal(groups[:, None] == groups, by_scipy[:, None] == by_scipy)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(2, 200), st.integers(4, 30))
def test_different_payments_are_alone(seed: int, count: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    groups = near_copy_groups(rng.normal(size=(count, columns)), rng.normal(size=(200, columns)))
    assert np.unique(groups).size == count


def test_copies_of_a_single_fraud_are_one_group() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(1, 8)) + rng.normal(size=(90, 8)) * 1e-5
    assert np.unique(near_copy_groups(points, rng.normal(size=(90, 8)))).size == 1


def test_a_lonely_pair_needs_a_wider_gap_than_many() -> None:
    alone = CHANCE ** (-1 / POWER)
    assert joints_below_the_gap(np.array([1.0, alone * 0.99, 100.0]), 100.0) == 0
    assert joints_below_the_gap(np.array([1.0, alone * 1.01, 100.0]), 100.0) == 1
    many = np.append(np.full(50, 1.0), [GAP * 1.01, 40.0])
    assert joints_below_the_gap(many, 40.0) == 50


@pytest.mark.parametrize("usual", [0.0, 9.0])
def test_what_lies_as_close_among_legits_is_no_copy(usual: float) -> None:
    assert joints_below_the_gap(np.array([1.0, 1.0, 1.0, 100.0]), usual) == 0


def test_the_usual_distance_is_between_different_rows() -> None:
    rows = np.array([[0.0], [0.0], [1.0], [4.0]])
    assert usual_distance(rows) == 1.0
    assert usual_distance(rows[:2]) == 0.0
    assert near_copy_groups(rows, rows[:2]).size == 4
