"""How long truths take."""

from datetime import timedelta

import numpy as np
import pytest

from app.triage.drift.delays import STEP, STEPS, delay_of, is_changed, steps_of


def test_quantiles_are_right_within_a_step() -> None:
    seconds = np.random.default_rng(1).lognormal(np.log(20 * 86_400), 0.7, size=5_000)
    found = delay_of(steps_of(seconds))
    assert found.truths == 5_000
    for told, share in ((found.median, 0.5), (found.nine_in_ten, 0.9)):
        assert told is not None
        assert 1 / STEP < told.total_seconds() / np.quantile(seconds, share) < STEP


def test_no_truth_no_delay() -> None:
    nothing = np.zeros(STEPS)
    assert delay_of(nothing).median is None
    assert not is_changed(nothing, steps_of(np.array([5.0])))


def test_the_shortest_and_the_longest_have_a_step() -> None:
    counts = steps_of(np.array([-3.0, 0.0, 1e12]))
    assert (counts[0], counts[-1]) == (2, 1)
    assert delay_of(counts).median is not None
    assert delay_of(steps_of(np.array([90.0]))).median == pytest.approx(
        timedelta(seconds=90), abs=timedelta(seconds=20)
    )


def test_slower_truths_are_noticed_and_the_same_ones_are_not() -> None:
    draws = np.random.default_rng(2)
    before = steps_of(draws.lognormal(np.log(86_400), 0.5, size=2_000))
    alarms = 0
    for _ in range(300):
        alarms += is_changed(steps_of(draws.lognormal(np.log(86_400), 0.5, size=200)), before)
    assert alarms <= 8
    assert is_changed(steps_of(draws.lognormal(np.log(3 * 86_400), 0.5, size=200)), before)
    assert not is_changed(steps_of(draws.lognormal(np.log(3 * 86_400), 0.5, size=3)), before)
