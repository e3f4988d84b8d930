"""What the focal loss makes a network say, and the way back."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from app.learning.focal import probability_of


def least_focal(eta: float, gamma: float) -> float:
    """Return what says the least expected focal loss, found by search on the logit axis."""

    def expected(margin: float) -> float:
        q = 1 / (1 + np.exp(-margin))
        log_fraud, log_legit = -np.logaddexp(0, -margin), -np.logaddexp(0, margin)
        return float(-eta * (1 - q) ** gamma * log_fraud - (1 - eta) * q**gamma * log_legit)

    found = minimize_scalar(expected, bounds=(-14, 14), method="bounded", options={"xatol": 1e-10})
    return float(1 / (1 + np.exp(-found.x)))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("eta", [0.0017, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9983])
def test_the_map_takes_the_minimiser_back_to_the_probability(eta: float, gamma: float) -> None:
    said = np.array([least_focal(eta, gamma)])
    assert probability_of(said, gamma)[0] == pytest.approx(eta, rel=1e-5)


def test_the_base_rate_of_card_fraud_is_said_fifty_times_too_high() -> None:
    assert least_focal(0.0017, 2.0) == pytest.approx(0.087, abs=5e-4)


def test_the_map_is_the_formula_of_the_paper() -> None:
    q = np.linspace(0.001, 0.999, 333)

    def weight(
        q: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return q / ((1 - q) ** 2 - 2 * (1 - q) * q * np.log(q))

    assert probability_of(q, 2.0) == pytest.approx(weight(q) / (weight(q) + weight(1 - q)), rel=1e-10)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_it_rises_and_keeps_the_ends_and_the_middle(gamma: float) -> None:
    said = np.concatenate([[0.0, 1e-12, 1e-6], np.linspace(0.001, 0.999, 500)])
    told = probability_of(said, gamma)
    assert (np.diff(told) > 0).all()
    assert probability_of(np.array([0.0, 0.5, 1.0]), gamma) == pytest.approx(np.array([0, 0.5, 1]), abs=0)


def test_without_gamma_it_is_what_was_said() -> None:
    said = np.linspace(0, 1, 101)
    assert probability_of(said, 0.0) == pytest.approx(said, abs=1e-15)


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
        probability_of(np.array([1.2]), 2.0)
    with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
        probability_of(np.array([np.nan]), 2.0)
    with pytest.raises(ValueError, match="gamma is zero or more"):
        probability_of(np.array([0.2]), -1.0)
