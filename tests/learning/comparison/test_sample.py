"""Which rows learn, which choose, and which only the certificate sees."""

from dataclasses import replace

import numpy as np
import pytest

from app.learning.comparison.sample import CHOICE_SEEDS, FOLDS, REPORT_SEEDS
from app.learning.comparison.tuning import INNER_SEED, TRIALS, training_part, trials
from tests.learning.comparison.builders import a_sample


def test_nobody_reports_on_the_folds_of_the_choice() -> None:
    assert not set(CHOICE_SEEDS) & set(REPORT_SEEDS)
    assert INNER_SEED not in {*CHOICE_SEEDS, *REPORT_SEEDS}


def test_fits_of_choice_and_report_have_seeds_of_their_own() -> None:
    seeds = [seed * FOLDS + fold for seed in (*CHOICE_SEEDS, *REPORT_SEEDS) for fold in range(FOLDS)]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("seed", range(5))
def test_no_calibration_row_nor_a_copy_of_one_is_developed_on(seed: int) -> None:
    sample = a_sample()
    development, calibration = sample.parts(seed=seed)
    assert np.array_equal(np.sort(np.concatenate([development, calibration])), np.arange(1200))
    assert not set(sample.hashes[development]) & set(sample.hashes[calibration])
    assert calibration.size == pytest.approx(300, abs=3)
    assert sample.is_fraud[calibration].sum() == pytest.approx(60, abs=2)


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_disjoint_whole_and_keep_copies_together(seed: int) -> None:
    sample = a_sample()
    development, _ = sample.parts(seed=1)
    folds = sample.folds(development, seed=seed)
    assert len(folds) == FOLDS
    assert np.array_equal(np.sort(np.concatenate(folds)), development)
    frauds = [sample.is_fraud[part].sum() for part in folds]
    assert max(frauds) - min(frauds) <= 2
    for one in range(FOLDS):
        for other in range(one):
            assert not set(sample.hashes[folds[one]]) & set(sample.hashes[folds[other]])


def test_other_seeds_fold_otherwise() -> None:
    sample, rows = a_sample(), np.arange(1200)
    assert np.array_equal(sample.folds(rows, seed=3)[0], sample.folds(rows, seed=3)[0])
    assert not np.array_equal(sample.folds(rows, seed=3)[0], sample.folds(rows, seed=4)[0])


def test_the_later_rows_come_after_the_earlier_ones() -> None:
    sample = a_sample(copies=0)
    earlier, later = sample.by_time()
    assert sample.seconds is not None
    assert sample.seconds[earlier].max() < sample.seconds[later].min()
    assert (earlier.size, later.size) == (900, 300)
    with pytest.raises(ValueError, match="needs the transactions' times"):
        replace(sample, seconds=None).by_time()


def test_the_amount_is_the_last_column_as_its_logarithm() -> None:
    sample = a_sample()
    assert np.array_equal(sample.raw[:, -1], np.log1p(sample.amounts))
    assert set(sample.weights[sample.is_fraud]) == {1.0}
    assert set(sample.weights[~sample.is_fraud]) == {2.0}
    training = sample.training(np.array([5, 3]))
    assert np.array_equal(training.raw, sample.raw[[5, 3]])
    assert np.array_equal(training.is_fraud, sample.is_fraud[[5, 3]])


def test_xgboost_is_tuned_within_one_training_part() -> None:
    sample = a_sample()
    development, calibration = sample.parts(seed=1)
    part = training_part(sample, development)
    held_out = sample.folds(development, seed=CHOICE_SEEDS[0])[0]
    assert not set(part) & (set(held_out) | set(calibration))
    assert part.size + held_out.size == development.size


def test_there_are_sixty_different_trials_and_they_repeat() -> None:
    drawn = trials(seed=0)
    assert len(drawn) == TRIALS == 60
    assert len({str(each) for each in drawn}) == TRIALS
    assert drawn == trials(seed=0) != trials(seed=1)
    assert all(0.01 <= each["learning_rate"] <= 0.2 and 3 <= each["max_depth"] <= 8 for each in drawn)
