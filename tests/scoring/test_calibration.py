"""Platt's map, applied."""

from math import exp

import numpy as np
import pytest

from app.scoring.calibration import Platt


def test_the_probability_is_the_sigmoid_of_slope_and_offset() -> None:
    probability = Platt(slope=2.0, offset=-1.0).probability(np.array([0.0, 0.5, 3.0]))
    assert probability == pytest.approx([1 / (1 + exp(1)), 0.5, 1 / (1 + exp(-5))])


def test_a_likelier_fraud_always_has_the_higher_probability() -> None:
    assert (np.diff(Platt(slope=0.3, offset=5.0).probability(np.linspace(-40, 40, 99))) > 0).all()


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan")])
def test_a_slope_that_does_not_rise_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="higher probability"):
        Platt(slope=slope, offset=0.0)
