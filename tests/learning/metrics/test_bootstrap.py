"""The bootstrap, against drawing rows one by one, known spreads and scipy."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from app.learning.metrics.bootstrap import Interval, class_bootstrap, paired_difference
from app.learning.metrics.ranking import average_precision
from app.scoring.arrays import Flags, Floats
from tests.learning.metrics.builders import a_sample


def interval(seed: int = 0, *, replicates: int = 200, confidence: float = 0.95) -> Interval:
    sample = a_sample(0, decimals=2)
    return class_bootstrap(
        average_precision,
        (sample.probability,),
        sample.is_fraud,
        sample.weights,
        replicates=replicates,
        generator=np.random.default_rng(seed),
        confidence=confidence,
    )


def test_a_replicate_is_the_metric_of_the_rows_drawn() -> None:
    """The same draws made by hand, the rows repeated in the order they were drawn."""
    sample, generator, values = a_sample(0, decimals=2), np.random.default_rng(0), []
    frauds, legits = np.flatnonzero(sample.is_fraud), np.flatnonzero(~sample.is_fraud)
    for _ in range(200):
        rows = [part[generator.integers(part.size, size=part.size)] for part in (frauds, legits)]
        values.append(sample.rows(np.concatenate(rows)).of(average_precision))
    told = interval()
    assert told.value == pytest.approx(sample.of(average_precision))
    assert [told.low, told.high] == pytest.approx(np.quantile(values, [0.025, 0.975]))


def test_the_seed_decides_and_more_confidence_is_wider() -> None:
    assert interval(1) == interval(1)
    assert interval(1) != interval(2)
    narrow, wide = interval(confidence=0.5), interval(confidence=0.99)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def share_of_frauds_above(scores: Floats, is_fraud: Flags, weights: Floats) -> float:
    return float(np.average(scores[is_fraud] > 0, weights=weights[is_fraud]))


def test_the_spread_of_a_share_is_the_binomial_one() -> None:
    is_fraud = np.arange(500) < 100
    scores = np.where(np.arange(500) % 5 < 3, 1.0, -1.0)
    told = class_bootstrap(
        share_of_frauds_above,
        (scores,),
        is_fraud,
        np.ones(500),
        replicates=4000,
        generator=np.random.default_rng(0),
    )
    assert told.value == 0.6
    expected = stats.binom.ppf([0.025, 0.975], 100, 0.6) / 100
    assert [told.low, told.high] == pytest.approx(expected, abs=0.011)


def test_both_classes_keep_their_size() -> None:
    sample = a_sample(1)

    def base_rate(_: Floats, is_fraud: Flags, weights: Floats) -> float:
        return float(np.average(is_fraud, weights=weights))

    told = class_bootstrap(
        base_rate,
        (sample.probability,),
        sample.is_fraud,
        sample.weights,
        replicates=50,
        generator=np.random.default_rng(0),
    )
    assert told.low == pytest.approx(told.high)


def test_rows_of_weight_zero_are_never_drawn() -> None:
    sample = a_sample(2)
    kept = np.arange(300) % 4 != 1
    expected, told = (
        class_bootstrap(
            average_precision,
            (rows.probability,),
            rows.is_fraud,
            weights,
            replicates=50,
            generator=np.random.default_rng(0),
        )
        for rows, weights in (
            (sample.rows(kept), sample.weights[kept]),
            (sample, np.where(kept, sample.weights, 0.0)),
        )
    )
    assert told == expected


def test_columns_of_any_number_stay_row_by_row() -> None:
    """A second column, as amounts are, follows the first through the sorting; so does a matrix."""
    sample = a_sample(3)
    doubled, pair = 2 * sample.probability, np.column_stack([sample.probability, -sample.probability])

    def mismatch(first: Floats, second: Floats, both: Floats, _: Flags, weights: Floats) -> float:
        return float(weights @ (np.abs(2 * first - second) + np.abs(both.sum(axis=1))))

    told = class_bootstrap(
        mismatch,
        (sample.probability, doubled, pair),
        sample.is_fraud,
        sample.weights,
        replicates=20,
        generator=np.random.default_rng(0),
    )
    assert told == Interval(value=0, low=0, high=0)


def test_a_model_does_not_differ_from_itself_and_a_better_one_does() -> None:
    sample = a_sample(4)
    noise = np.random.default_rng(5).normal(0, 0.5, 300)

    def difference(first: Floats, second: Floats) -> Interval:
        return paired_difference(
            average_precision,
            (first,),
            (second,),
            sample.is_fraud,
            sample.weights,
            replicates=300,
            generator=np.random.default_rng(0),
        )

    assert difference(sample.probability, 2 * sample.probability) == Interval(value=0, low=0, high=0)
    better = difference(sample.probability, sample.probability + noise)
    assert 0 < better.low < better.value < better.high
    turned = difference(sample.probability + noise, sample.probability)
    assert [turned.low, turned.high] == pytest.approx([-better.high, -better.low])


def test_what_cannot_be_drawn_is_refused() -> None:
    sample = a_sample(6)
    draw = partial(class_bootstrap, average_precision, generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match="replicate"):
        draw((sample.probability,), sample.is_fraud, sample.weights, replicates=0)
    with pytest.raises(ValueError, match="both kinds"):
        draw((sample.probability,), sample.is_fraud, np.where(sample.is_fraud, 0.0, 1.0), replicates=5)
    with pytest.raises(ValueError, match="one row each"):
        draw((sample.probability[:9],), sample.is_fraud, sample.weights, replicates=5)
