"""What holds for every weighted metric."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings

from app.learning.metrics import probability as proper
from app.learning.metrics import ranking, reliability, selective
from app.learning.metrics.certified import zero_error_coverage
from tests.learning.metrics.builders import Sample, a_sample, a_weighted_sample, tied_samples

METRICS: dict[str, Callable[..., float]] = {
    "average_precision": ranking.average_precision,
    "auroc": ranking.auroc,
    "nll": lambda p, y, w: proper.nll(np.clip(p, 0.01, 0.99), y, w),
    "nll_skill": lambda p, y, w: proper.nll_skill(np.clip(p, 0.01, 0.99), y, w),
    "brier": proper.brier,
    "brier_skill": proper.brier_skill,
    "event_ece": partial(reliability.event_ece, bins=5),
    "region_ece": partial(reliability.region_ece, least_rows=1),
    "augrc": selective.augrc,
    "zero_error_coverage": zero_error_coverage,
}

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())


@every_metric
@settings(max_examples=25, deadline=None)
@given(sample=tied_samples)
def test_a_weight_of_three_is_the_row_three_times(metric: Callable[..., float], sample: Sample) -> None:
    copies = sample.rows(np.repeat(np.arange(60), sample.weights.astype(int)))
    once_each = Sample(copies.probability, copies.is_fraud, np.ones(copies.weights.size))
    assert once_each.of(metric) == pytest.approx(sample.of(metric), abs=1e-12)


@every_metric
@settings(max_examples=25, deadline=None)
@given(sample=tied_samples)
def test_the_order_of_the_rows_does_not_matter(metric: Callable[..., float], sample: Sample) -> None:
    reordered = sample.rows(np.random.default_rng(0).permutation(60))
    assert reordered.of(metric) == pytest.approx(sample.of(metric), abs=1e-12)


@every_metric
def test_only_the_proportion_of_the_weights_matters(metric: Callable[..., float]) -> None:
    sample = a_weighted_sample(3)
    heavier = Sample(sample.probability, sample.is_fraud, 1.7 * sample.weights)
    assert heavier.of(metric) == pytest.approx(sample.of(metric), abs=1e-12)


@every_metric
def test_a_row_of_weight_zero_is_not_there(metric: Callable[..., float]) -> None:
    sample = a_sample(5)
    left_out = np.arange(300) % 3 == 1
    without = sample.rows(~left_out)
    unweighted = Sample(sample.probability, sample.is_fraud, np.where(left_out, 0, sample.weights))
    assert unweighted.of(metric) == pytest.approx(without.of(metric), abs=1e-12)


@every_metric
def test_columns_that_do_not_fit_are_refused(metric: Callable[..., float]) -> None:
    sample = a_sample(6, rows=8)
    refused = {
        "shape": (sample.probability[:7], sample.is_fraud, sample.weights),
        "finite": (np.full(8, np.nan), sample.is_fraud, sample.weights),
        "negative": (sample.probability, sample.is_fraud, -sample.weights),
        "booleans": (sample.probability, sample.is_fraud.astype(int), sample.weights),
    }
    for columns in refused.values():
        with pytest.raises(ValueError, match=r"\w"):
            metric(*columns)


def test_a_probability_above_one_is_refused() -> None:
    sample = a_sample(7)
    with pytest.raises(ValueError, match="outside"):
        proper.brier(2 * sample.probability, sample.is_fraud, sample.weights)


def test_one_class_alone_has_no_ranking_and_no_skill() -> None:
    sample = a_sample(8)
    for metric in (ranking.auroc, ranking.average_precision, proper.brier_skill, proper.nll_skill):
        with pytest.raises(ValueError, match="both kinds"):
            metric(sample.probability, np.ones(300, dtype=bool), sample.weights)
