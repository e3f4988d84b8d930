"""What audits tell of what was not looked at: unbiased means, and intervals that hold."""

import numpy as np
import pytest
from scipy import stats

from app.scoring.arrays import Floats
from app.triage.simulation.unseen import cross_fitted, mean_of_all, rate_by_strata

PAYMENTS = 4_000


def world(seed: int) -> tuple[Floats, Floats, Floats]:
    """Scores, losses that rise with them, and chances that do too."""
    rng = np.random.default_rng(seed)
    score = rng.standard_normal(PAYMENTS)
    losses = (rng.random(PAYMENTS) < 1 / (1 + np.exp(2 - score))).astype(np.float64)
    return score, losses, np.clip(0.05 * np.exp(score), 0.02, 1.0)


def test_with_every_truth_both_are_the_mean() -> None:
    score, losses, _ = world(0)
    everybody = np.ones(PAYMENTS, dtype=np.bool_)
    predicted = cross_fitted(losses, everybody, np.ones(PAYMENTS), score, np.arange(PAYMENTS) % 5)
    found = mean_of_all(losses, everybody, np.ones(PAYMENTS), predicted)
    assert found.aipw == pytest.approx(losses.mean(), rel=1e-12)
    assert found.hajek == pytest.approx(losses.mean(), rel=1e-12)


def test_without_a_truth_nothing_is_told() -> None:
    nobody = np.zeros(10, dtype=np.bool_)
    found = mean_of_all(np.full(10, np.nan), nobody, np.ones(10), np.zeros(10))
    assert (found.aipw, found.hajek) == (None, None)


def test_it_is_right_on_average_whatever_is_predicted_and_better_with_a_good_prediction() -> None:
    score, losses, chances = world(1)
    rng = np.random.default_rng(2)
    folds = np.arange(PAYMENTS) % 5
    estimates: dict[str, list[float]] = {"absurd": [], "fitted": [], "hajek": []}
    for _ in range(600):
        seen = rng.random(PAYMENTS) < chances
        fitted = mean_of_all(losses, seen, chances, cross_fitted(losses, seen, chances, score, folds))
        absurd = mean_of_all(losses, seen, chances, np.full(PAYMENTS, 0.9))
        for name, value in (
            ("absurd", absurd.aipw),
            ("fitted", fitted.aipw),
            ("hajek", fitted.hajek),
        ):
            assert value is not None
            estimates[name].append(value)
    for name in ("absurd", "fitted"):
        values = np.array(estimates[name])
        error = values.std() / np.sqrt(values.size)
        assert values.mean() == pytest.approx(losses.mean(), abs=4 * error)
    assert np.std(estimates["fitted"]) < np.std(estimates["absurd"])


def test_a_prediction_does_not_know_the_payments_own_loss() -> None:
    score, losses, chances = world(3)
    seen = np.random.default_rng(4).random(PAYMENTS) < chances
    folds = np.arange(PAYMENTS) % 5
    other = np.where(folds == 2, 1 - losses, losses)
    before = cross_fitted(losses, seen, chances, score, folds)
    after = cross_fitted(other, seen, chances, score, folds)
    assert (before[folds == 2] == after[folds == 2]).all()
    assert (before[folds != 2] != after[folds != 2]).any()


def test_an_audit_that_found_nothing_gives_an_upper_end_alone() -> None:
    seen = np.zeros(1_000, dtype=np.bool_)
    seen[:59] = True
    nothing = np.zeros(1_000, dtype=np.bool_)
    found = rate_by_strata(nothing, seen, np.full(1_000, 0.06), np.zeros(1_000, dtype=np.intp))
    assert found.value is None
    assert found.low == 0.0
    # Both ends at half of the risk: 1 - .025^(1/59).
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 59), rel=1e-9)


def test_a_stratum_nobody_looked_at_may_be_all_events() -> None:
    strata = np.repeat([0, 1], 500)
    seen = strata == 0
    events = np.zeros(1_000, dtype=np.bool_)
    events[:5] = True
    found = rate_by_strata(events, seen, np.where(seen, 1.0, 0.01), strata)
    assert found.value is None
    assert (found.low, found.high) == pytest.approx((0.005, 0.505))


def test_strata_are_added_by_size() -> None:
    rng = np.random.default_rng(5)
    strata = np.repeat([0, 1], [900, 100])
    events = rng.random(1_000) < np.where(strata == 0, 0.02, 0.5)
    seen = (strata == 1) | (rng.random(1_000) < 0.3)
    found = rate_by_strata(events, seen, np.where(strata == 1, 1.0, 0.3), strata)
    inside = seen & (strata == 0)
    count, truths = int(events[inside].sum()), int(inside.sum())
    assert found.value == pytest.approx(0.9 * count / truths + events[strata == 1].sum() / 1_000)
    high = stats.beta.ppf(1 - 0.05 / 4, count + 1, truths - count)
    assert found.high == pytest.approx(0.9 * high + events[strata == 1].sum() / 1_000)


def test_unlike_chances_in_a_stratum_widen_its_ends_by_the_odds_they_differ_in() -> None:
    events, seen = np.zeros(400, dtype=np.bool_), np.zeros(400, dtype=np.bool_)
    seen[:60] = events[:6] = True
    strata = np.zeros(400, dtype=np.intp)
    alike = rate_by_strata(events, seen, np.full(400, 0.1), strata)
    unlike = rate_by_strata(events, seen, np.where(np.arange(400) % 2, 0.1, 0.2), strata)
    ratio = (0.2 / 0.8) / (0.1 / 0.9)
    assert alike.high is not None
    assert unlike.high is not None
    assert unlike.high / (1 - unlike.high) == pytest.approx(ratio * alike.high / (1 - alike.high))
    assert unlike.low / (1 - unlike.low) == pytest.approx(alike.low / (1 - alike.low) / ratio)
