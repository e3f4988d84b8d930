"""Exact mixes, against the rank of what is left without a row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.copies.dependence import LEAST_PART, directions_of, mixed_rows, parts_of_mixes, together
from app.scoring.arrays import Flags, Floats

SEEDS = st.integers(0, 2**32 - 1)


def takes_part(rows: Floats) -> Flags:
    """A row takes part in a mix when the others span what all of them do."""
    whole = np.column_stack([np.ones(len(rows)), rows])
    rank = np.linalg.matrix_rank(whole, tol=1e-4)
    return np.array(
        [np.linalg.matrix_rank(np.delete(whole, row, axis=0), tol=1e-4) == rank for row in range(len(rows))]
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(2, 6), st.integers(0, 6))
def test_parts_are_told_as_by_rank(seed: int, originals: int, free: int) -> None:
    rng = np.random.default_rng(seed)
    made = rng.dirichlet(np.ones(originals), size=originals + 1) @ rng.normal(size=(originals, 24))
    rows = np.vstack([made, rng.normal(size=(free, 24))])
    (parts,) = parts_of_mixes(rows[None])
    assert parts.max() > LEAST_PART
    # A row of hardly any weight is one either way.
    sure = (parts < 1e-12) | (parts > 1e-2)
    assert np.array_equal((parts > LEAST_PART)[sure], takes_part(rows)[sure])
    assert (parts[originals + 1 :] < 1e-6).all()


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(20, 300), st.integers(16, 40))
def test_different_payments_are_no_mixes(seed: int, count: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    beside = together(columns)
    assert beside is not None
    is_mixed, share = mixed_rows(rng.normal(size=(count, columns)), beside, generator=rng)
    assert share == is_mixed.sum() == 0


def test_as_many_directions_as_columns_that_move_by_themselves() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 9))
    assert directions_of(rows) == 9
    assert directions_of(np.column_stack([rows, rows[:, 0] - rows[:, 1], np.ones(300)])) == 9
    assert directions_of(rows[:1]) == 0
    assert together(9) is None


def test_a_sample_of_many_rows_tells_their_share() -> None:
    rng = np.random.default_rng(0)
    originals = rng.normal(size=(300, 28))
    first = rng.integers(300, size=2_000)
    made = originals[first] + rng.random((2_000, 1)) * (originals[(first + 1) % 300] - originals[first])
    assert mixed_rows(made, 20, generator=rng)[1] > 0.9
    assert mixed_rows(made[:2], 20, generator=rng)[1] == 0.0
