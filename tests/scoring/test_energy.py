"""Free energy, against its formula and the cases where it says nothing new."""

from math import exp, log

import numpy as np
import pytest

from app.scoring.energy import energy


def test_energy_is_minus_the_log_of_the_summed_evidence() -> None:
    logits = np.array([[1.0, -2.0], [0.0, 0.0]])
    assert energy(logits) == pytest.approx([-log(exp(1) + exp(-2)), -log(2)])
    cold = energy(logits, temperature=0.5)
    assert cold == pytest.approx([-0.5 * log(exp(2) + exp(-4)), -0.5 * log(2)])


def test_energy_of_huge_logits_is_finite() -> None:
    assert energy(np.array([[5000.0, -5000.0]])).tolist() == [-5000.0]


def test_more_evidence_for_either_class_lowers_the_energy() -> None:
    nothing, fraud, legit = energy(np.array([[-4.0, -4.0], [3.0, -4.0], [-4.0, 3.0]]))
    assert fraud == legit < nothing


def test_what_the_logits_have_in_common_moves_the_energy_and_not_the_margin() -> None:
    """Why a plain softmax head, which leaves the common part untrained, has no energy to speak of."""
    logits = np.array([[2.0, -1.0]])
    assert energy(logits + 7) == pytest.approx(energy(logits) - 7)


def test_one_logit_or_no_warmth_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        energy(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="temperature"):
        energy(np.zeros((3, 2)), temperature=0.0)
