"""What surrounds the network, fitted."""

import numpy as np
import pytest

from app.learning.fitting import fit_neighbours, fit_scaling, legit_quantiles, weighted_quantiles
from tests.scoring.builders import vectors


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


def test_a_prototype_is_the_mean_of_five_different_rows_or_more() -> None:
    crowd, alone = vectors(600, columns=3), np.full((1, 3), 30.0)
    # The same payment a hundred times is still one payment, and must not become a prototype.
    rows = np.concatenate([crowd, alone.repeat(100, axis=0) + np.linspace(0, 1e-9, 100)[:, None]])
    fitted = fit_neighbours(rows, np.ones(len(rows)), prototypes=20, k=1, clamp=50.0, seed=0)
    apart = np.linalg.norm(rows[:, None] - fitted.prototypes, axis=2)
    assert apart.min() > 1e-3
    assert np.abs(fitted.prototypes).max() < 10
    assert 5 < len(fitted.prototypes) < 20


def test_prototypes_weigh_rows_and_lie_within_the_clamp() -> None:
    rows = np.array([[0.0], [0.1], [0.2], [0.3], [90.0]])
    fitted = fit_neighbours(rows, np.array([1.0, 1, 1, 1, 6]), prototypes=1, k=1, clamp=5.0, seed=0)
    assert fitted.prototypes == pytest.approx(np.array([[(0.6 + 6 * 5.0) / 10]]))
    assert fitted.distance(np.array([[90.0]])) == pytest.approx(90 - 3.06)


def test_the_same_seed_finds_the_same_prototypes() -> None:
    rows = vectors(900, columns=3)
    one, again = (fit_neighbours(rows, np.ones(900), prototypes=30, k=2, clamp=5.0, seed=4) for _ in range(2))
    assert np.array_equal(one.prototypes, again.prototypes)
    assert np.array_equal(one.distances, again.distances)


def test_too_few_rows_for_a_prototype_are_refused() -> None:
    with pytest.raises(ValueError, match="prototypes or more"):
        fit_neighbours(vectors(8, columns=2), np.ones(8), prototypes=8, k=1, clamp=5.0, seed=0)
