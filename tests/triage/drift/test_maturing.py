"""Calibration by truths of one age."""

import numpy as np
import pytest
from scipy import stats

from app.triage.drift.maturing import BANDS, Matured, bands_of, calibration, matured


def entering(probability: np.ndarray, is_fraud: np.ndarray, chance: float, is_seen: np.ndarray) -> Matured:
    bands = bands_of(probability)
    seen = is_fraud & is_seen
    return matured(
        np.bincount(bands, minlength=len(BANDS)).astype(float),
        np.bincount(bands, weights=probability, minlength=len(BANDS)).astype(float),
        probability[seen],
        np.full(int(seen.sum()), chance),
    )


def test_bands_hold_their_lower_ends() -> None:
    assert bands_of(np.array([0.0, 0.0009, 0.001, 0.05, 0.5, 1.0])).tolist() == [0, 0, 1, 2, 4, 4]


def test_where_every_fraud_is_seen_the_interval_is_garwoods() -> None:
    probability = np.full(4_000, 0.004)
    is_fraud = np.arange(4_000) < 13
    *_, whole = calibration(entering(probability, is_fraud, 1.0, is_fraud), least_chance=1.0)
    assert (whole.payments, whole.frauds) == (4_000, 13)
    assert whole.predicted == pytest.approx(16.0)
    assert whole.low == pytest.approx(stats.chi2.ppf(0.025, 26) / 2)
    assert whole.high == pytest.approx(stats.chi2.ppf(0.975, 28) / 2)
    assert whole.ratio == pytest.approx(13 / 16)
    assert not whole.is_off


def test_a_fraud_seen_by_chance_counts_for_those_that_were_not() -> None:
    draws = np.random.default_rng(8)
    probability = np.full(100_000, 0.02)
    held = 0
    for _ in range(60):
        is_fraud = draws.random(probability.size) < probability
        kept = entering(probability, is_fraud, 0.2, draws.random(probability.size) < 0.2)
        *_, whole = calibration(kept, least_chance=0.2)
        held += not whole.is_off
        assert whole.found == pytest.approx(2_000, rel=0.25)
    assert held >= 54


def test_twice_the_frauds_are_noticed_in_their_band() -> None:
    draws = np.random.default_rng(9)
    probability = np.repeat([0.0005, 0.05], 20_000)
    is_fraud = draws.random(probability.size) < np.where(probability > 0.01, 2, 1) * probability
    bands = calibration(entering(probability, is_fraud, 1.0, is_fraud), least_chance=1.0)
    assert [each.is_off for each in bands] == [False, False, True, False, False, True]


def test_slices_add_up() -> None:
    probability, is_fraud = np.full(10, 0.3), np.arange(10) < 4
    one = entering(probability, is_fraud, 0.5, is_fraud)
    both = one.with_more(one)
    assert both.weights.sum() == 16
    assert both.squares.sum() == 32
    assert Matured.none().with_more(one).payments.tolist() == one.payments.tolist()
