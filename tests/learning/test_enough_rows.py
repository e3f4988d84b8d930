"""A copy of a payment is no further evidence, and too little of it is told before anything is fitted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning import learn
from app.learning.copies.origins import Origins
from app.learning.enough_rows import different_rows, learning_faults, without_copied_frauds
from app.learning.fitting import RowsTooFarApart
from app.learning.splits import row_hashes


def hashes_of(numbers: list[int]) -> "np.ndarray[tuple[int], np.dtype[np.bytes_]]":
    values = np.array(numbers, dtype=np.float64)
    return row_hashes(values[:, None], np.zeros(values.size))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_of_each_set_of_copies_the_first_is_kept(rows: list[tuple[int, bool]]) -> None:
    kept = different_rows(hashes_of([number for number, _ in rows]), np.array([flag for _, flag in rows]))
    assert kept.tolist() == sorted({row: rows.index(row) for row in rows}.values())


def faults(frauds: list[int], legits: list[int]) -> list[str]:
    is_fraud = np.array([True] * len(frauds) + [False] * len(legits))
    origins = Origins.of_copies(hashes_of([*frauds, *legits]))
    found = learning_faults(origins, is_fraud, miss_rate=0.15, confidence=0.95)
    return list(found)


def test_eighteen_frauds_ten_times_are_eighteen() -> None:
    legits = list(range(1000, 2800))
    assert faults(list(range(80)), legits) == []
    (too_few,) = faults(list(range(18)) * 10, legits)
    assert too_few.startswith("holds too few frauds (18 different ones in 180 rows): a miss rate")


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_copied_frauds_count_once_and_copied_legits_stay(rows: list[tuple[int, bool]]) -> None:
    is_fraud = np.array([flag for _, flag in rows])
    kept = without_copied_frauds(hashes_of([number for number, _ in rows]), is_fraud)
    once = {row: rows.index(row) for row in rows if row[1]}.values()
    assert kept.tolist() == sorted([*once, *np.flatnonzero(~is_fraud).tolist()])


def test_too_few_legits_are_told_with_what_is_needed() -> None:
    (too_few,) = faults(list(range(80)), list(range(1000, 1100)) * 5)
    assert too_few == "holds too few legits (100 different ones in 500 rows): 200 different ones are needed"


def test_thin_groups_are_joined_before_rows_are_refused() -> None:
    generator = np.random.default_rng(0)
    spread = generator.normal(size=(60, 29)) * 4
    assert len(learn._neighbours(spread, np.ones(60), seed=0).prototypes) >= learn.NEAREST
    with pytest.raises(RowsTooFarApart, match="3 prototypes or more"):
        learn._neighbours(spread[:10], np.ones(10), seed=0)
