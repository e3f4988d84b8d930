"""Rows that are made up: where they lie."""

import numpy as np
import pytest

from app.learning.training.made_up import SHARES, between_rows, far_off, oversampled
from tests.learning.training.builders import some_rows


def test_rows_between_lie_within_every_columns_range() -> None:
    real = some_rows()
    made = between_rows(
        real.raw, real.is_fraud, rows=5000, fraud_weight=20.0, generator=np.random.default_rng(0)
    )
    assert made.shape == (5000, 4)
    assert (made >= real.raw.min(axis=0)).all()
    assert (made <= real.raw.max(axis=0)).all()


def test_rows_between_lie_on_the_way_from_one_parent_to_the_other() -> None:
    """Of two parents on the line x = y = z = u, a made-up row keeps the columns that did not move."""
    raw = np.repeat([[0.0], [1.0]], 40, axis=1)
    made = between_rows(
        raw, np.array([False, True]), rows=4000, fraud_weight=1.0, generator=np.random.default_rng(0)
    )
    moved = ((made > 0) & (made < 1)).mean(axis=1)
    # Half the pairs are a row and itself, and move nowhere.
    assert (moved == 0).mean() == pytest.approx(0.5, abs=0.06)
    assert moved[moved > 0].mean() == pytest.approx(np.mean(SHARES), abs=0.03)


def test_a_fraud_is_a_parent_as_often_as_its_weight_says() -> None:
    raw, is_fraud = np.zeros((100, 1)), np.arange(100) < 5
    raw[is_fraud] = 1.0
    made = between_rows(raw, is_fraud, rows=40_000, fraud_weight=20.0, generator=np.random.default_rng(0))
    # A child's expected value is the share of fraud parents, whatever the way.
    assert made.mean() == pytest.approx(100 / 195, abs=0.01)


def test_far_off_rows_spread_twice_as_far_and_forget_what_belongs_together() -> None:
    generator = np.random.default_rng(0)
    raw = generator.normal(size=4000)[:, None] * np.array([1.0, 1.0, -2.0])
    odd = far_off(raw, rows=8000, generator=generator)
    assert odd.mean(axis=0) == pytest.approx(raw.mean(axis=0), abs=0.1)
    assert odd.std(axis=0) == pytest.approx(2 * raw.std(axis=0), rel=0.05)
    assert np.abs(np.corrcoef(odd, rowvar=False) - np.eye(3)).max() < 0.05


def test_smote_adds_frauds_between_frauds() -> None:
    pytest.importorskip("imblearn")
    real = some_rows(rows=2000, frauds=60)
    made, is_fraud = oversampled(real.raw, real.is_fraud, seed=0)
    assert np.array_equal(made[:2000], real.raw)
    assert is_fraud[2000:].all()
    assert is_fraud.sum() / (~is_fraud).sum() == pytest.approx(0.1, abs=0.001)
    frauds = real.raw[real.is_fraud]
    assert (made[2000:] >= frauds.min(axis=0)).all()
    assert (made[2000:] <= frauds.max(axis=0)).all()


def test_what_is_made_up_repeats_from_its_seed() -> None:
    real = some_rows()
    one, again, other = (
        between_rows(
            real.raw, real.is_fraud, rows=50, fraud_weight=5.0, generator=np.random.default_rng(seed)
        )
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
