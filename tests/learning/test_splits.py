"""Parts that share no transaction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.splits import row_hashes, rows_sha256, stratified_parts

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
