"""The two calibrations that are only screened."""

import numpy as np
import pytest
from scipy.special import expit

from app.learning.calibrating import fit_temperature
from app.learning.metrics.probability import nll
from app.learning.screened_calibration import (
    RankPreserving,
    RegionTemperature,
    fit_rank_preserving,
    fit_region_temperature,
)


def test_one_region_is_plain_temperature() -> None:
    generator = np.random.default_rng(0)
    margins = generator.normal(size=500)
    is_fraud = generator.random(500) < expit(margins)
    weights = generator.uniform(1, 2, size=500)
    fitted = fit_region_temperature(margins, is_fraud, weights, regions=1)
    plain = fit_temperature(margins, is_fraud, weights)
    assert fitted.temperatures == pytest.approx([plain.temperature])
    assert fitted.probability(margins) == pytest.approx(plain.probability(margins))


def test_each_region_finds_its_own_temperature() -> None:
    generator = np.random.default_rng(1)
    margins = generator.normal(scale=2, size=80_000)
    is_fraud = generator.random(80_000) < expit(margins / np.where(np.abs(margins) < 2, 0.5, 3.0))
    fitted = fit_region_temperature(margins, is_fraud, np.ones(80_000), regions=8)
    assert fitted.temperatures[0] == pytest.approx(0.5, abs=0.05)
    assert fitted.temperatures[-1] == pytest.approx(3.0, abs=0.4)
    assert not fitted.is_monotone


@pytest.mark.parametrize(("temperatures", "is_monotone"), [([2.0, 1.0], True), ([1.0, 2.0], False)])
def test_monotone_is_told_of_what_is_monotone(temperatures: list[float], is_monotone: bool) -> None:
    calibrator = RegionTemperature(borders=np.array([1.0]), temperatures=np.array(temperatures))
    told = calibrator.probability(np.linspace(-3, 3, 6000).reshape(3, -1)).ravel()
    assert bool((np.diff(told) >= 0).all()) is calibrator.is_monotone is is_monotone


@pytest.mark.parametrize("frauds", [0, 1])
def test_more_regions_than_frauds_are_refused(frauds: int) -> None:
    with pytest.raises(ValueError, match="3 regions need"):
        fit_region_temperature(np.arange(9.0), np.arange(9) >= 9 - frauds, np.ones(9), regions=3)


def test_the_rank_preserving_transform_follows_a_plateau_and_keeps_the_order() -> None:
    generator = np.random.default_rng(2)
    margins = generator.uniform(-6, 6, size=20_000)
    truth = expit(1.5 * np.tanh((margins + 3) / 0.7) + 2.0 * np.tanh((margins - 3) / 0.7))
    is_fraud = generator.random(20_000) < truth
    weights = np.ones(20_000)
    fitted = fit_rank_preserving(margins, is_fraud, weights, bends=2)
    assert fitted.is_monotone
    assert (np.diff(fitted.probability(np.linspace(-50, 50, 2001))) >= 0).all()
    assert fitted.probability(margins.reshape(2, -1)).shape == (2, 10_000)
    excess = nll(fitted.probability(margins), is_fraud, weights) - nll(truth, is_fraud, weights)
    assert excess < 1e-3


def test_twice_the_weight_is_twice_the_row() -> None:
    generator = np.random.default_rng(3)
    margins = generator.normal(size=400)
    is_fraud = generator.random(400) < expit(2 * margins)
    times = generator.integers(1, 3, size=400)
    weighted = fit_rank_preserving(margins, is_fraud, times.astype(float), bends=1)
    repeated = fit_rank_preserving(
        margins.repeat(times), is_fraud.repeat(times), np.ones(times.sum()), bends=1
    )
    assert weighted.probability(margins) == pytest.approx(repeated.probability(margins), abs=1e-2)


@pytest.mark.parametrize(("height", "width"), [(-1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (float("nan"), 1.0)])
def test_a_transform_that_does_not_rise_is_refused(height: float, width: float) -> None:
    with pytest.raises(ValueError, match="heights"):
        RankPreserving(heights=np.array([height]), centres=np.zeros(1), widths=np.array([width]))
