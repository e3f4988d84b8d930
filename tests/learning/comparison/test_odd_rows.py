"""Rows unlike what was learned: how they are made, and that novelty sees them."""

import numpy as np
import pytest

from app.learning.comparison.odd_rows import (
    CURRENCY_FACTOR,
    MOVED_BY,
    MOVED_COLUMNS,
    injected,
    novelty_figures,
    other_currency,
    shuffled,
)
from tests.scoring.builders import a_scorer, vectors

NAMES = ("V1", "V2", "V3", "V4", "V5")


def test_an_injected_row_has_three_columns_moved_by_eight() -> None:
    rows = vectors(500, columns=6)
    before = rows.copy()
    moved = injected(rows, np.random.default_rng(0)) - rows
    assert np.array_equal(rows, before)
    assert ((moved != 0).sum(axis=1) == MOVED_COLUMNS).all()
    assert np.abs(moved[moved != 0]) == pytest.approx(MOVED_BY, abs=1e-9)
    assert (moved != 0).mean(axis=0) == pytest.approx(np.full(6, 0.5), abs=0.1)
    assert (moved > 0).sum() == pytest.approx((moved < 0).sum(), rel=0.15)


def test_shuffled_rows_keep_every_column_and_no_row() -> None:
    rows = vectors(500, columns=6)
    mixed = shuffled(rows, np.random.default_rng(0))
    assert np.array_equal(np.sort(mixed, axis=0), np.sort(rows, axis=0))
    assert (mixed == rows).all(axis=1).mean() < 0.01
    assert len({tuple(np.argsort(column)) for column in mixed.T}) == 6


def test_another_currency_makes_the_amount_a_hundred_times_as_large() -> None:
    scorer = a_scorer(NAMES)
    rows = vectors(50, columns=6)
    rows[:, -1] = np.abs(rows[:, -1])
    moved = other_currency(rows, scorer)
    assert np.array_equal(moved[:, :-1], rows[:, :-1])
    assert np.expm1(moved[:, -1]) == pytest.approx(CURRENCY_FACTOR * np.expm1(rows[:, -1]), rel=1e-9)


def test_novelty_sees_injected_rows_and_none_in_a_period_like_the_other() -> None:
    scorer, legits = a_scorer(NAMES), vectors(800, columns=6, seed=9)
    legits[:, -1] = np.abs(legits[:, -1])
    told = novelty_figures(scorer, legits, later=np.arange(800) >= 600, generator=np.random.default_rng(0))
    assert told["novelty_auroc_injected"] > 0.95
    assert told["novelty_auroc_other_currency"] > 0.5
    assert told["novelty_auroc_later_period"] == pytest.approx(0.5, abs=0.1)
    # The columns are independent: shuffled rows are rows like others.
    assert told["novelty_auroc_shuffled"] == pytest.approx(0.5, abs=0.06)
    kinds = ("injected", "shuffled", "other_currency", "later_period")
    names = ("novelty", "neighbour_novelty", "mutual_information", "spread")
    assert set(told) == {f"{name}_auroc_{kind}" for name in names for kind in kinds}
