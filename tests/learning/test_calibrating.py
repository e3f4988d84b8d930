"""Calibrators, fitted: each against an oracle, weights against repeated rows, and the choice."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from app.learning.calibrating import (
    FITS,
    Fit,
    choose_calibrator,
    fit_beta,
    fit_isotonic,
    fit_platt,
    fit_temperature,
    fit_venn_abers,
)
from app.learning.fitting import NothingLearned
from app.learning.metrics.probability import nll
from app.scoring.arrays import Flags, Floats

GRID = np.linspace(-8, 8, 161)


def drawn(
    rows: int, curve: Callable[[Floats], Floats], *, seed: int = 0
) -> tuple[Floats, Flags, np.random.Generator]:
    generator = np.random.default_rng(seed)
    margins = generator.normal(-1, 2, size=rows)
    return margins, generator.random(rows) < curve(margins), generator


def a_line(margins: Floats) -> Floats:
    return np.asarray(expit(0.7 * margins - 1.5))


def test_platt_finds_the_map_the_labels_were_drawn_from() -> None:
    margins, is_fraud, _ = drawn(40_000, a_line)
    fitted = fit_platt(margins, is_fraud, np.ones(40_000))
    assert fitted.slope == pytest.approx(0.7, abs=0.03)
    assert fitted.offset == pytest.approx(-1.5, abs=0.06)


def test_platt_on_a_thinned_sample_with_weights_speaks_of_the_population() -> None:
    margins, is_fraud, generator = drawn(60_000, a_line, seed=1)
    kept = is_fraud | (generator.random(60_000) < 0.2)
    weights = np.where(is_fraud, 1.0, 5.0)[kept]
    fitted = fit_platt(margins[kept], is_fraud[kept], weights)
    assert fitted.slope == pytest.approx(0.7, abs=0.04)
    assert fitted.offset == pytest.approx(-1.5, abs=0.08)


@pytest.mark.parametrize(
    ("fit", "method"), [(fit_platt, "sigmoid"), (fit_isotonic, "isotonic"), (fit_temperature, "temperature")]
)
def test_a_fit_agrees_with_scikit_learns_calibrator_of_a_frozen_model(fit: Fit, method: str) -> None:
    margins, is_fraud, _ = drawn(3000, a_line)
    model = LogisticRegression().fit(margins[:200, None], is_fraud[:200])
    oracle = CalibratedClassifierCV(FrozenEstimator(model), method=method)
    oracle.fit(margins[:, None], is_fraud)
    fitted = fit(model.decision_function(margins[:, None]), is_fraud, np.ones(3000))
    told = fitted.probability(model.decision_function(GRID[:, None]))
    assert told == pytest.approx(oracle.predict_proba(GRID[:, None])[:, 1], abs=1e-4)


def test_separable_margins_still_give_a_finite_slope() -> None:
    """Platt's targets stop short of 0 and 1."""
    margins, is_fraud = np.array([-3.0, -2.0, 2.0, 3.0]), np.array([False, False, True, True])
    assert 0 < fit_platt(margins, is_fraud, np.ones(4)).slope < 5
    beta = fit_beta(margins, is_fraud, np.ones(4))
    assert 0 < beta.a + beta.b < 20


def test_beta_has_the_least_nll_among_rising_bends() -> None:
    margins, is_fraud, generator = drawn(2000, lambda s: expit(2.0 * log_expit(s) - 0.4 * log_expit(-s)))
    weights = generator.uniform(0.5, 3.0, size=2000)
    frauds = int(is_fraud.sum())
    target = np.where(is_fraud, (frauds + 1) / (frauds + 2), 1 / (2000 - frauds + 2))

    def loss(parameters: Floats) -> float:
        bent = parameters[0] * log_expit(margins) - parameters[1] * log_expit(-margins) + parameters[2]
        return float(np.average(np.logaddexp(0, bent) - target * bent, weights=weights))

    fitted = fit_beta(margins, is_fraud, weights)
    best = minimize(loss, np.array([1.0, 1.0, 0.0]), method="Nelder-Mead", options={"fatol": 1e-14})
    assert loss(np.array([fitted.a, fitted.b, fitted.offset])) <= best.fun + 1e-10
    assert (fitted.a, fitted.b, fitted.offset) == pytest.approx(best.x, abs=1e-3)


def test_beta_drops_the_slope_that_would_fall() -> None:
    margins, is_fraud, _ = drawn(
        20_000, lambda s: np.where(s < 0, expit(1.5 * s - 0.5), expit(-0.5 - 0.2 * s))
    )
    fitted = fit_beta(margins, is_fraud, np.ones(20_000))
    assert fitted.b == 0
    assert fitted.a > 0


def test_the_temperature_the_labels_were_drawn_with_is_found_again() -> None:
    margins, is_fraud, _ = drawn(60_000, lambda s: np.asarray(expit(s / 2.5)))
    fitted = fit_temperature(margins, is_fraud, np.ones(60_000))
    assert fitted.temperature == pytest.approx(2.5, abs=0.06)


def test_pool_adjacent_violators_pools_adjacent_violators() -> None:
    """The oracle of an article that got it wrong: {1, 3, 2, 2} is {1, 7/3, 7/3, 7/3}."""
    pooled = IsotonicRegression().fit_transform(np.arange(4), [1, 3, 2, 2])
    assert pooled == pytest.approx([1, 7 / 3, 7 / 3, 7 / 3])
    # The same as shares of fraud: (y - 1) / 2 of each row's weight.
    margins = np.array([0.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    fitted = fit_isotonic(
        margins, np.array([False, True, True, False, True, False]), np.array([1, 1, 0.5, 0.5, 0.5, 0.5])
    )
    assert fitted.probability(np.arange(4.0)) == pytest.approx((pooled - 1) / 2)


@pytest.mark.parametrize("seed", range(40))
def test_venn_abers_is_isotonic_regression_with_the_row_added_as_either_class(seed: int) -> None:
    generator = np.random.default_rng(seed)
    margins = np.round(generator.normal(size=14), 1)
    is_fraud = generator.random(14) < expit(3 * margins)
    weights = generator.integers(1, 4, size=14).astype(np.float64)
    fitted = fit_venn_abers(margins, is_fraud, weights)
    for margin in (*margins, *(margins + 0.03), -9.0, 9.0):
        for label, told in enumerate(fitted.interval(np.array(margin))):
            refitted = IsotonicRegression().fit(
                np.append(margins, margin), np.append(is_fraud, label).astype(float), np.append(weights, 1.0)
            )
            assert told == pytest.approx(refitted.predict([margin])[0], abs=1e-12)


def test_venn_abers_is_less_sure_where_it_saw_little() -> None:
    margins, is_fraud, _ = drawn(4000, a_line)
    low, high = fit_venn_abers(margins, is_fraud, np.ones(4000)).interval(np.array([-1.0, 6.0]))
    assert (low < high).all()
    assert high[1] - low[1] > 5 * (high[0] - low[0])


@pytest.mark.parametrize("kind", FITS)
def test_a_row_that_weighs_two_is_a_row_that_is_there_twice(kind: str) -> None:
    margins, is_fraud, generator = drawn(3000, a_line)
    times = generator.integers(1, 3, size=3000)
    weighted = FITS[kind](margins, is_fraud, times.astype(np.float64))
    repeated = FITS[kind](margins.repeat(times), is_fraud.repeat(times), np.ones(times.sum()))
    # Platt's targets count rows, and twice the rows pull them a little nearer to 0 and 1.
    near = 2e-3 if kind in ("platt", "beta") else 1e-7
    assert weighted.probability(GRID) == pytest.approx(repeated.probability(GRID), abs=near)


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_evidence_that_does_not_rise_with_fraud_is_nothing_learned(fit: Fit) -> None:
    is_fraud = np.array([False, False, True, True])
    for margins in (np.array([3.0, 2.0, -2.0, -3.0]), np.full(4, 2.0)):
        with pytest.raises(NothingLearned, match="nothing was learned"):
            fit(margins, is_fraud, np.ones(4))
    with pytest.raises(NothingLearned):
        fit(np.arange(4.0), np.zeros(4, dtype=np.bool_), np.ones(4))


def test_the_chosen_calibrator_has_the_least_held_out_nll_and_is_fitted_on_all_rows() -> None:
    margins, is_fraud, _ = drawn(3000, a_line)
    weights = np.ones(3000)
    choice = choose_calibrator(margins, is_fraud, weights, folds=5, generator=np.random.default_rng(0))
    assert tuple(choice.nll) == tuple(FITS)
    assert choice.calibrator.kind == min(choice.nll, key=choice.nll.__getitem__)
    fitted = FITS[choice.calibrator.kind](margins, is_fraud, weights)
    assert np.array_equal(choice.calibrator.probability(GRID), fitted.probability(GRID))
    # Held out is a little worse than fitted, and a shift of the prior is beyond a temperature.
    for kind, fit in FITS.items():
        inside = nll(fit(margins, is_fraud, weights).probability(margins), is_fraud, weights)
        assert choice.nll[kind] > inside, kind
    assert choice.nll["platt"] < choice.nll["temperature"] - 0.01


def test_a_bend_that_platt_cannot_follow_is_not_left_to_platt() -> None:
    margins, is_fraud, _ = drawn(8000, lambda s: np.where(s < 0, 0.02, 0.5))
    choice = choose_calibrator(margins, is_fraud, np.ones(8000), folds=4, generator=np.random.default_rng(0))
    assert choice.calibrator.kind in ("isotonic", "venn_abers")


def test_the_same_seed_chooses_the_same() -> None:
    margins, is_fraud, _ = drawn(500, a_line)
    one, again, other = (
        choose_calibrator(margins, is_fraud, np.ones(500), folds=3, generator=np.random.default_rng(seed))
        for seed in (7, 7, 8)
    )
    assert one.nll == again.nll != other.nll


def test_a_choice_needs_both_classes_in_every_fold_and_something_learned() -> None:
    margins, is_fraud = np.arange(8.0), np.arange(8) >= 5
    with pytest.raises(ValueError, match="one class has 3"):
        choose_calibrator(margins, is_fraud, np.ones(8), folds=4, generator=np.random.default_rng(0))
    with pytest.raises(NothingLearned):
        choose_calibrator(-margins, is_fraud, np.ones(8), folds=3, generator=np.random.default_rng(0))


def test_tens_of_thousands_of_distinct_margins_are_bounded_in_order() -> None:
    margins, is_fraud, generator = drawn(30_000, a_line)
    fitted = fit_venn_abers(margins, is_fraud, generator.uniform(0.5, 9.0, size=30_000))
    low, high = fitted.interval(np.sort(margins))
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()
    assert (low < high).all()
