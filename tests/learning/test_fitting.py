"""What surrounds the network, fitted."""

import numpy as np
import pytest
from scipy.special import expit

from app.learning.fitting import NothingLearned, fit_platt, fit_scaling, legit_quantiles, weighted_quantiles


def test_platt_finds_the_map_the_labels_were_drawn_from() -> None:
    generator = np.random.default_rng(0)
    margins = generator.normal(-1, 2, size=40_000)
    is_fraud = generator.random(40_000) < expit(0.7 * margins - 1.5)
    fitted = fit_platt(margins, is_fraud, np.ones(40_000))
    assert fitted.slope == pytest.approx(0.7, abs=0.03)
    assert fitted.offset == pytest.approx(-1.5, abs=0.06)


def test_platt_on_a_thinned_sample_with_weights_speaks_of_the_population() -> None:
    generator = np.random.default_rng(1)
    margins = generator.normal(-1, 2, size=60_000)
    is_fraud = generator.random(60_000) < expit(0.7 * margins - 1.5)
    kept = is_fraud | (generator.random(60_000) < 0.2)
    weights = np.where(is_fraud, 1.0, 5.0)[kept]
    fitted = fit_platt(margins[kept], is_fraud[kept], weights)
    assert fitted.slope == pytest.approx(0.7, abs=0.04)
    assert fitted.offset == pytest.approx(-1.5, abs=0.08)


def test_separable_margins_still_give_a_finite_slope() -> None:
    """Platt's targets stop short of 0 and 1."""
    fitted = fit_platt(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([False, False, True, True]), np.ones(4))
    assert 0 < fitted.slope < 5


def test_scaling_weighs_rows_and_survives_a_constant_column() -> None:
    raw = np.array([[1.0, 7.0], [4.0, 7.0]])
    centre, scale = fit_scaling(raw, np.array([2.0, 1.0]))
    assert centre.tolist() == [2.0, 7.0]
    assert scale[0] == pytest.approx(np.sqrt(2))
    assert scale[1] > 0


def test_weighted_quantiles_are_those_of_repeated_rows() -> None:
    generator = np.random.default_rng(0)
    values, weights = generator.normal(size=400), generator.integers(1, 6, size=400)
    shares = np.linspace(0.05, 0.95, 19)
    repeated = np.quantile(np.repeat(values, weights), shares)
    assert weighted_quantiles(values, weights.astype(float), shares) == pytest.approx(repeated, abs=0.05)


def test_the_strip_of_legit_values_ignores_frauds() -> None:
    raw = np.array([[0.0, 10.0], [1.0, 20.0], [2.0, 30.0], [99.0, 99.0]])
    strip = legit_quantiles(raw, np.array([False, False, False, True]))
    assert strip.shape == (2, 101)
    assert strip[:, 0].tolist() == [0.0, 10.0]
    assert strip[:, 50].tolist() == [1.0, 20.0]
    assert strip[:, 100].tolist() == [2.0, 30.0]


def test_evidence_that_falls_with_fraud_is_nothing_learned() -> None:
    with pytest.raises(NothingLearned, match="nothing was learned"):
        fit_platt(np.array([3.0, 2.0, -2.0, -3.0]), np.array([False, False, True, True]), np.ones(4))
