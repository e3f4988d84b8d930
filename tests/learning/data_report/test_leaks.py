"""A column that tells the label alone is named, and by what it tells it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.learning.data_report.leaks import AFTERWARDS, MISSING, VALUES, WORDS, cross_fitted_rates, leaks
from app.learning.data_report.shared_entities import shared_entity
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Feature, Kind, Missing
from app.scoring.schema.schema import Schema

ROWS = 2_000
DRAW = np.random.default_rng(5)
IS_FRAUD = np.arange(ROWS) % 40 == 3
NOISE = DRAW.normal(size=ROWS)


def found(column: Column, kind: Kind, *, known_before: bool = False) -> list[tuple[str, bool]]:
    feature = Feature(name="f", kind=kind, missing=Missing.OWN_VALUE, known_before=known_before)
    schema = Schema(name="s", features=(feature,))
    return [(leak.by, leak.is_meant) for leak in leaks(schema, {"f": column}, np.zeros(ROWS), IS_FRAUD)]


def test_numbers_that_rank_all_frauds_below_leak_as_those_above_do() -> None:
    for sign in (1.0, -1.0):
        assert found(Column(numbers=NOISE * 0.1 + sign * IS_FRAUD), Kind.NUMERIC) == [(VALUES, False)]


def test_a_number_that_says_nothing_by_its_order_leaks_by_its_equals() -> None:
    numbers = np.where(IS_FRAUD, 5.0, DRAW.integers(0, 10, ROWS))
    numbers[(numbers == 5) & ~IS_FRAUD] = 4.0
    assert found(Column(numbers=numbers), Kind.NUMERIC) == [(WORDS, False)]


def test_words_that_only_frauds_have_leak() -> None:
    codes = np.where(IS_FRAUD, 9, DRAW.integers(0, 9, ROWS)).astype(np.int32)
    column = Column(codes=codes, words=tuple("abcdefghij"))
    assert found(column, Kind.CATEGORY) == [(WORDS, False)]
    assert found(column, Kind.CATEGORY, known_before=True) == [(WORDS, True)]


def test_a_word_for_each_row_tells_nothing() -> None:
    column = Column(codes=np.arange(ROWS, dtype=np.int32), words=tuple(map(str, range(ROWS))))
    assert found(column, Kind.CATEGORY) == []


def test_what_is_missing_exactly_where_a_payment_is_legit_leaks() -> None:
    assert found(Column(numbers=np.where(IS_FRAUD, NOISE, np.nan)), Kind.NUMERIC)[0][0] in {
        MISSING,
        AFTERWARDS,
    }


def test_what_stands_with_some_frauds_and_hardly_a_legit_was_written_afterwards() -> None:
    stands = IS_FRAUD & (np.arange(ROWS) % 80 == 3)
    assert found(Column(numbers=np.where(stands, NOISE, np.nan)), Kind.NUMERIC) == [(AFTERWARDS, False)]


def test_honest_columns_do_not_leak() -> None:
    assert found(Column(numbers=NOISE + 2 * IS_FRAUD), Kind.NUMERIC) == []
    assert found(Column(numbers=np.where(NOISE > 0, NOISE, np.nan)), Kind.NUMERIC) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=6, max_size=60))
def test_the_rate_of_a_word_is_that_of_the_other_parts(rows: list[tuple[int, bool]]) -> None:
    codes = np.array([code for code, _ in rows])
    is_fraud = np.array([fraud for _, fraud in rows])
    rates = cross_fitted_rates(codes, is_fraud)
    for row, code in enumerate(codes):
        others = [r for r in range(len(rows)) if r % 5 != row % 5 and codes[r] == code]
        expected = (is_fraud[others].sum() + is_fraud.mean()) / (len(others) + 1)
        assert abs(rates[row] - expected) < 1e-12


@given(st.lists(st.tuples(st.integers(-1, 5), st.booleans()), min_size=2, max_size=40))
def test_what_later_rows_share_is_counted_row_by_row(rows: list[tuple[int, bool]]) -> None:
    codes = np.array([code for code, _ in rows], dtype=np.int32)
    is_fraud = np.array([fraud for _, fraud in rows])
    half = len(rows) // 2
    shared = shared_entity("card", codes, is_fraud, np.arange(half), np.arange(half, len(rows)))
    before = {code for code, fraud in rows[:half] if fraud and code >= 0}
    later = [code for code, fraud in rows[half:] if fraud and code >= 0]
    assert shared.later_frauds == len(later)
    expected = sum(code in before for code in later) / len(later) if later else 0.0
    assert abs(shared.frauds_with_earlier_fraud - expected) < 1e-12
