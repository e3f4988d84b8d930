"""The figures of a comparison are those of the metrics, asked directly."""

import numpy as np
import pytest

from app.learning.calibrating import fit_platt
from app.learning.comparison import figures as module
from app.learning.comparison.figures import OutOfFold, differences, figures, intervals, out_of_fold
from app.learning.comparison.sample import Sample
from app.learning.metrics.certified import review_at_miss
from app.learning.metrics.probability import brier, brier_skill, nll
from app.learning.metrics.ranking import (
    auroc,
    average_precision,
    average_precision_without_highest_legits,
)
from app.learning.metrics.selective import augrc
from tests.learning.comparison.builders import a_sample

SAMPLE = a_sample()
ROWS, _ = SAMPLE.parts(seed=1)
SEEDS = (5, 6)


def made_up_evidence(sample: Sample, *, noise: float, seed: int) -> OutOfFold:
    """Return as evidence the sum of the features, and noise that differs by fold seed."""
    generator = np.random.default_rng(seed)
    told = sample.raw[ROWS, :3].sum(axis=1)
    evidence = [np.round(told + generator.normal(scale=noise, size=told.size), 6) for _ in SEEDS]
    return out_of_fold("made up", sample, ROWS, SEEDS, evidence)


GOOD = made_up_evidence(SAMPLE, noise=0.5, seed=0)
NOISY = made_up_evidence(SAMPLE, noise=6.0, seed=1)


@pytest.fixture(autouse=True)
def few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLICATES", 40)


def test_the_probability_of_a_fold_is_calibrated_on_the_others() -> None:
    assert GOOD.probability.shape == GOOD.evidence.shape == (2, ROWS.size)
    place = {row: number for number, row in enumerate(ROWS.tolist())}
    for number, seed in enumerate(SEEDS):
        for held_out in SAMPLE.folds(ROWS, seed=seed):
            inside = np.array([place[row] for row in held_out.tolist()])
            others = np.setdiff1d(np.arange(ROWS.size), inside)
            rows, evidence = ROWS[others], GOOD.evidence[number]
            platt = fit_platt(evidence[others], SAMPLE.is_fraud[rows], SAMPLE.weights[rows])
            expected = platt.probability(evidence[inside])
            assert GOOD.probability[number, inside] == pytest.approx(expected, rel=1e-4)


def test_every_figure_is_the_metric_asked_directly_per_seed() -> None:
    told = figures(SAMPLE, GOOD, base_rate=0.0017)
    truth = (SAMPLE.is_fraud[ROWS], SAMPLE.weights[ROWS])
    of_evidence = {
        "ap": average_precision,
        "auroc": auroc,
        "ap_without_ten_legits": average_precision_without_highest_legits,
    }
    of_probability = {"nll": nll, "brier": brier, "brier_skill": brier_skill, "augrc": augrc}
    expected = {
        name: [metric(each, *truth) for each in GOOD.evidence] for name, metric in of_evidence.items()
    }
    expected |= {
        name: [metric(each, *truth) for each in GOOD.probability] for name, metric in of_probability.items()
    }
    for percent in (15, 10, 5):
        expected[f"review_rate_at_miss_{percent}"] = [
            review_at_miss(
                each,
                truth[0],
                miss_rate=percent / 100,
                confidence=0.95,
                precision=0.95,
                base_rate=0.0017,
            ).review_rate
            for each in GOOD.evidence
        ]
    assert set(told) == set(expected)
    for name, values in expected.items():
        assert told[name].mean == pytest.approx(np.mean(values), rel=1e-12)
        assert (told[name].lowest, told[name].highest) == (min(values), max(values))


def test_a_candidate_differs_from_itself_by_nothing() -> None:
    told = differences(SAMPLE, GOOD, GOOD, generator=np.random.default_rng(0))
    assert set(told) == {"ap", "ap_without_ten_legits", "auroc", "nll", "brier", "brier_skill", "augrc"}
    for interval in told.values():
        assert (interval.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_the_better_candidate_is_better_beyond_its_interval_and_the_order_turns_the_sign() -> None:
    told = differences(SAMPLE, GOOD, NOISY, generator=np.random.default_rng(0))
    turned = differences(SAMPLE, NOISY, GOOD, generator=np.random.default_rng(0))
    for name in ("ap", "auroc", "brier_skill"):
        assert told[name].low > 0
    for name in ("nll", "brier", "augrc"):
        assert told[name].high < 0
    for name, interval in told.items():
        assert turned[name].value == pytest.approx(-interval.value, abs=1e-12)


def test_intervals_hold_the_figure_of_the_mean_scores() -> None:
    told = intervals(SAMPLE, GOOD, generator=np.random.default_rng(0))
    truth = (SAMPLE.is_fraud[ROWS], SAMPLE.weights[ROWS])
    assert told["ap"]["value"] == average_precision(GOOD.evidence.mean(axis=0), *truth)
    assert told["brier"]["value"] == brier(GOOD.probability.mean(axis=0), *truth)
    for interval in told.values():
        assert interval["low"] <= interval["value"] <= interval["high"]
