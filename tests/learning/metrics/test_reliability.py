"""Calibration error, against brute force, scipy and known worlds."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from app.learning.metrics.reliability import (
    event_ece,
    region_ece,
    reliability_bins,
    reliability_regions,
)
from tests.learning.metrics.builders import Sample, a_sample, an_untied_sample, seeds
from tests.learning.oracles import soft_binned_ece


def columns_of(sample: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return sample.probability, sample.is_fraud, sample.weights


def hard_ece(sample: Sample, *, bins: int, order: float) -> float:
    """Bins of equal width, one after the other."""
    place = np.minimum((sample.probability * bins).astype(int), bins - 1)
    total = 0.0
    for number in range(bins):
        of_bin = sample.rows(place == number)
        if of_bin.weights.size:
            gap = np.average(of_bin.is_fraud - of_bin.probability, weights=of_bin.weights)
            total += of_bin.weights.sum() / sample.weights.sum() * abs(gap) ** order
    return float(total ** (1 / order))


def test_without_ties_the_bins_are_the_sorted_rows_cut_in_equal_parts() -> None:
    sample = an_untied_sample(1, rows=90)
    parts = np.array_split(np.argsort(sample.probability), 9)
    found = reliability_bins(sample.probability, sample.is_fraud, sample.weights, bins=9)
    assert found.rows.tolist() == [10] * 9
    assert found.mean_probability == pytest.approx([sample.probability[part].mean() for part in parts])
    assert found.fraud_rate == pytest.approx([sample.is_fraud[part].mean() for part in parts])
    assert found.frauds.tolist() == [sample.is_fraud[part].sum() for part in parts]
    expected = [stats.binomtest(int(frauds), 10).proportion_ci() for frauds in found.frauds]
    assert found.low == pytest.approx([each.low for each in expected])
    assert found.high == pytest.approx([each.high for each in expected])
    gaps = np.abs(found.fraud_rate - found.mean_probability)
    assert event_ece(*columns_of(sample), 9) == pytest.approx(gaps.mean())


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_the_bins_hold_every_row_and_their_interval_holds_the_rate(seed: int) -> None:
    sample = a_sample(seed, decimals=2)
    for found in (
        reliability_bins(sample.probability, sample.is_fraud, sample.weights, bins=10),
        reliability_regions(sample.probability, sample.is_fraud, sample.weights),
    ):
        assert found.rows.sum() == 300
        assert found.frauds.sum() == sample.is_fraud.sum()
        assert found.weight.sum() == pytest.approx(sample.weights.sum())
        assert (np.diff(found.mean_probability) > 0).all()
        assert (found.low <= found.fraud_rate + 1e-12).all()
        assert (found.fraud_rate <= found.high + 1e-12).all()


def test_the_bins_weigh_nearly_the_same() -> None:
    sample = a_sample(2, rows=3000)
    found = reliability_bins(sample.probability, sample.is_fraud, sample.weights, bins=10)
    assert found.weight == pytest.approx(np.full(10, sample.weights.sum() / 10), rel=0.02)


def test_a_crowd_of_ties_lies_where_its_middle_is() -> None:
    found = reliability_bins(np.repeat([0.1, 0.2, 0.5], [1, 1, 8]), np.arange(10) > 6, np.ones(10), bins=2)
    assert found.rows.tolist() == [2, 8]


def test_a_constant_base_rate_has_no_calibration_error() -> None:
    sample = a_sample(3)
    constant = np.full(300, np.average(sample.is_fraud, weights=sample.weights))
    columns = (constant, sample.is_fraud, sample.weights)
    assert event_ece(*columns) == pytest.approx(0, abs=1e-12)
    assert region_ece(*columns) == pytest.approx(0, abs=1e-12)
    assert soft_binned_ece(*columns, temperature=0.01) == pytest.approx(0, abs=1e-12)
    assert reliability_bins(*columns).rows.tolist() == [300]


def test_a_calibrated_world_is_found_calibrated_and_a_shifted_one_is_not() -> None:
    generator = np.random.default_rng(4)
    logits = generator.normal(-3, 2, 60_000)
    is_fraud = generator.random(60_000) < 1 / (1 + np.exp(-logits))
    errors = {
        shift: [
            metric(1 / (1 + np.exp(-logits - shift)), is_fraud, np.ones(60_000))
            for metric in (event_ece, region_ece)
        ]
        for shift in (0.0, 1.0)
    }
    assert max(errors[0.0]) < 0.06
    assert all(wrong > 3 * right for wrong, right in zip(errors[1.0], errors[0.0], strict=True))


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_soft_bins_become_the_hard_ones_as_they_cool(seed: int) -> None:
    sample = an_untied_sample(seed)
    for order in (1, 2):
        hard = hard_ece(sample, bins=10, order=order)
        cold = soft_binned_ece(*columns_of(sample), 10, temperature=1e-13, order=order)
        assert cold == pytest.approx(hard, abs=1e-6)


def test_warm_bins_blur_what_hard_ones_see() -> None:
    sample = an_untied_sample(0)
    errors = [soft_binned_ece(*columns_of(sample), 10, temperature=t) for t in (1e-9, 1e-3, 1e-1, 1e3)]
    assert errors == sorted(errors, reverse=True)
    overall = np.average(sample.is_fraud - sample.probability, weights=sample.weights)
    assert errors[-1] == pytest.approx(abs(overall), abs=1e-6)


def test_the_soft_bins_by_the_formula_row_by_row() -> None:
    sample, anchors, temperature = a_sample(5, rows=20), np.array([1 / 6, 3 / 6, 5 / 6]), 0.05
    total = 0.0
    for j in range(3):
        held = []
        for p in sample.probability:
            near = np.exp(-((p - anchors) ** 2) / temperature)
            held.append(near[j] / near.sum())
        weight = np.array(held) * sample.weights
        gap = np.average(sample.is_fraud, weights=weight) - np.average(sample.probability, weights=weight)
        total += weight.sum() / sample.weights.sum() * gap**2
    told = soft_binned_ece(*columns_of(sample), 3, temperature=temperature)
    assert told == pytest.approx(np.sqrt(total))


def test_every_region_weighs_the_same() -> None:
    """90 rows calibrated at 0.1, 30 at 0.9 of which none is fraud: (0 + 0.9) / 2, not 30 / 120."""
    probability = np.repeat([0.1, 0.9], [90, 30])
    is_fraud = np.arange(120) < 9
    assert region_ece(probability, is_fraud, np.ones(120)) == pytest.approx(0.45)
    assert event_ece(probability, is_fraud, np.ones(120), 4) == pytest.approx(0.9 * 30 / 120)


def test_a_region_with_few_rows_is_merged_upwards_and_the_rest_downwards() -> None:
    probability = np.repeat([0.0, 0.01, 0.1, 0.5, 0.9, 1.0], [10, 25, 40, 10, 30, 5])
    is_fraud = np.arange(120) % 2 == 0
    found = reliability_regions(probability, is_fraud, np.ones(120))
    assert found.rows.tolist() == [35, 40, 45]
    assert reliability_regions(probability, is_fraud, np.ones(120), least_rows=1).rows.size == 6
    assert reliability_regions(probability, is_fraud, np.ones(120), least_rows=500).rows.tolist() == [120]


def test_settings_without_meaning_are_refused() -> None:
    columns = columns_of(a_sample(6))
    with pytest.raises(ValueError, match="at least one bin"):
        event_ece(*columns, 0)
    with pytest.raises(ValueError, match="width"):
        region_ece(*columns, width=0)
    with pytest.raises(ValueError, match="temperature"):
        soft_binned_ece(*columns, temperature=0)
