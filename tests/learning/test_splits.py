"""Parts that share no transaction."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.splits import (
    grouped_stratified_folds,
    row_hashes,
    rows_sha256,
    stratified_parts,
    time_parts,
)

SHARES = (0.5, 0.25, 0.25)


def rows_with_copies(seed: int, *, rows: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, 3))
    amounts = generator.exponential(50, size=rows)
    copies = generator.integers(0, rows, size=rows)
    features, amounts = features[copies], amounts[copies]
    return features, amounts, generator.random(rows) < 0.1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_copies_never_straddle_a_split_and_every_row_has_one_part(seed: int) -> None:
    features, amounts, is_fraud = rows_with_copies(seed)
    hashes = row_hashes(features, amounts)
    parts = stratified_parts(is_fraud, hashes, shares=SHARES, seed=seed)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(features)))
    seen = [set(hashes[rows].tolist()) for rows in parts]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_frauds_are_shared_out_like_the_rest() -> None:
    features = np.random.default_rng(0).normal(size=(4000, 3))
    is_fraud = np.arange(4000) < 200
    parts = stratified_parts(is_fraud, row_hashes(features, np.zeros(4000)), shares=SHARES, seed=1)
    assert [int(is_fraud[rows].sum()) for rows in parts] == [100, 50, 50]
    assert [len(rows) for rows in parts] == [2000, 1000, 1000]


def test_the_split_repeats_from_its_seed_whatever_the_order_of_the_rows() -> None:
    features, amounts, is_fraud = rows_with_copies(3)
    hashes = row_hashes(features, amounts)
    is_fraud = np.isin(hashes, hashes[is_fraud])
    turned = np.arange(len(hashes))[::-1]
    first = stratified_parts(is_fraud, hashes, shares=SHARES, seed=5)
    again = stratified_parts(is_fraud[turned], hashes[turned], shares=SHARES, seed=5)
    for one, other in zip(first, again, strict=True):
        assert rows_sha256(hashes[one]) == rows_sha256(hashes[turned][other])
    other_seed = stratified_parts(is_fraud, hashes, shares=SHARES, seed=6)
    assert not np.array_equal(first[0], other_seed[0])


def test_a_copy_stored_with_nine_decimals_is_the_same_row() -> None:
    features = np.random.default_rng(0).normal(size=(5, 28))
    whole, short = row_hashes(features, np.ones(5)), row_hashes(features.round(9), np.ones(5))
    assert np.array_equal(whole, short)
    assert len(set(whole.tolist())) == 5


def test_a_minus_zero_is_a_zero() -> None:
    assert np.array_equal(
        row_hashes(np.array([[-0.0]]), np.zeros(1)), row_hashes(np.array([[0.0]]), np.zeros(1))
    )


@pytest.mark.parametrize("shares", [(0.5, 0.4), (1.2, -0.2)])
def test_shares_that_are_not_shares_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="add up to one"):
        stratified_parts(np.array([True]), np.array([b"x"]), shares=shares, seed=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_folds_hold_every_row_once_and_no_copy_twice(seed: int, folds: int) -> None:
    features, amounts, is_fraud = rows_with_copies(seed)
    hashes = row_hashes(features, amounts)
    parts = grouped_stratified_folds(is_fraud, hashes, folds=folds, seed=seed)
    assert len(parts) == folds
    assert_parts_of_all_rows(parts, hashes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_folds_share_each_class_to_within_one_group_of_copies(seed: int, folds: int) -> None:
    features, amounts, is_fraud = rows_with_copies(seed)
    hashes = row_hashes(features, amounts)
    is_fraud = np.isin(hashes, hashes[is_fraud])
    largest = int(np.unique(hashes, return_counts=True)[1].max())
    parts = grouped_stratified_folds(is_fraud, hashes, folds=folds, seed=seed)
    for of_class in (is_fraud, ~is_fraud):
        equal = of_class.sum() / folds
        assert all(abs(of_class[rows].sum() - equal) <= largest for rows in parts)


def test_folds_are_the_parts_of_equal_shares_and_at_least_two() -> None:
    features, amounts, is_fraud = rows_with_copies(8)
    hashes = row_hashes(features, amounts)
    folds = grouped_stratified_folds(is_fraud, hashes, folds=4, seed=2)
    parts = stratified_parts(is_fraud, hashes, shares=(0.25,) * 4, seed=2)
    assert all(np.array_equal(fold, part) for fold, part in zip(folds, parts, strict=True))
    with pytest.raises(ValueError, match="at least two folds"):
        grouped_stratified_folds(is_fraud, hashes, folds=1, seed=2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 40)), min_size=1, max_size=80),
    st.sampled_from([(0.25, 0.5, 0.25), (0.5, 0.5), (0.1, 0.2, 0.7), (1.0,)]),
)
def test_parts_of_time_hold_every_row_once_no_copy_twice_and_follow_each_other(
    rows: list[tuple[int, int]], shares: tuple[float, ...]
) -> None:
    seconds = np.array([time for time, _ in rows], dtype=np.float64)
    hashes = np.array([f"{row:064d}" for _, row in rows], dtype="S64")
    parts = time_parts(seconds, hashes, shares=shares)
    assert len(parts) == len(shares)
    assert_parts_of_all_rows(parts, hashes)
    first_of_group = {row: min(time for time, other in rows if other == row) for _, row in rows}
    begins = [[first_of_group[rows[place][1]] for place in part] for part in parts if part.size]
    assert all(max(one) <= min(other) for one, other in pairwise(begins))


def test_parts_of_time_without_copies_are_the_shares_to_the_row() -> None:
    seconds = np.array([5.0, 1.0, 3.0, 3.0, 2.0, 9.0, 0.0, 4.0, 8.0, 7.0])
    hashes = row_hashes(seconds[:, None], np.arange(10.0))
    parts = time_parts(seconds, hashes, shares=(0.1, 0.2, 0.7))
    assert [rows.tolist() for rows in parts] == [[6], [1, 4], [0, 2, 3, 5, 7, 8, 9]]


def test_a_later_copy_lies_where_its_first_lies() -> None:
    hashes = row_hashes(np.array([[1.0], [2.0], [3.0], [1.0]]), np.zeros(4))
    parts = time_parts(np.arange(4.0), hashes, shares=(0.5, 0.5))
    assert [rows.tolist() for rows in parts] == [[0, 1, 3], [2]]
    with pytest.raises(ValueError, match="add up to one"):
        time_parts(np.arange(4.0), hashes, shares=(0.5, 0.4))


def assert_parts_of_all_rows(parts: tuple[np.ndarray, ...], hashes: np.ndarray) -> None:
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(hashes.size))
    seen = [set(hashes[rows].tolist()) for rows in parts]
    assert sum(map(len, seen)) == len(set(hashes.tolist()))
