"""The arithmetic of doubt, held to its identities."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from app.scoring.calibration import Platt
from app.scoring.uncertainty import Scores, concatenated, doubt, scores_of_passes

Floats = NDArray[np.float64]

IDENTITY = Platt(slope=1.0, offset=0.0)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=70)
PROBABILITIES = arrays(np.float64, SHAPES, elements=st.floats(0, 1))
MARGINS = arrays(np.float64, SHAPES, elements=st.floats(-60, 60))


def scored(margins: Floats) -> Scores:
    return scores_of_passes(margins, IDENTITY, novelty=np.zeros(len(margins)))


@given(PROBABILITIES)
def test_entropy_is_expected_entropy_plus_mutual_information(probabilities: Floats) -> None:
    unsure = doubt(probabilities)
    assert np.allclose(
        unsure.entropy, unsure.expected_entropy + unsure.mutual_information, rtol=0, atol=1e-12
    )
    assert (unsure.mutual_information >= -1e-12).all()
    assert (unsure.entropy <= log(2) + 1e-12).all()


@given(PROBABILITIES)
def test_variance_of_the_outcome_is_expected_variance_plus_variance_of_the_mean(
    probabilities: Floats,
) -> None:
    unsure = doubt(probabilities)
    whole = unsure.mean * (1 - unsure.mean)
    assert np.allclose(whole, unsure.expected_variance + unsure.variance, rtol=0, atol=1e-12)


def test_passes_that_agree_leave_no_doubt_about_the_model() -> None:
    scores = scored(np.full((1, 64), -2.5))
    assert scores.spread[0] == 0
    assert scores.mutual_information[0] == 0
    assert scores.interval_low[0] == scores.interval_high[0] == scores.evidence_fraud[0] == -2.5


@given(MARGINS)
def test_the_interval_is_the_linear_quantile_of_the_passes(margins: Floats) -> None:
    scores = scored(margins)
    assert np.allclose(scores.interval_low, np.quantile(margins, 0.05, axis=1), rtol=0, atol=1e-6)
    assert np.allclose(scores.interval_high, np.quantile(margins, 0.95, axis=1), rtol=0, atol=1e-6)


@given(MARGINS)
def test_logits_are_rounded_before_the_probability_is_taken(margins: Floats) -> None:
    scores = scored(margins)
    for column in (scores.evidence_fraud, scores.spread, scores.interval_low, scores.interval_high):
        assert np.array_equal(column, np.round(column, 6))
    expected = np.round(IDENTITY.probability(np.round(margins.mean(axis=1), 6)), 9)
    assert np.array_equal(scores.probability, expected)


@given(MARGINS)
def test_reversing_the_passes_changes_no_rounded_score_by_more_than_a_step(margins: Floats) -> None:
    forwards, backwards = scored(margins), scored(margins[:, ::-1].copy())
    assert np.allclose(forwards.evidence_fraud, backwards.evidence_fraud, rtol=0, atol=1.1e-6)
    assert np.array_equal(forwards.interval_low, backwards.interval_low)


def test_the_margin_head_has_no_evidence_of_its_own_for_legit() -> None:
    scores = scored(np.array([[1.0, 3.0]]))
    assert scores.evidence_legit is None
    assert scores.evidence_fraud[0] == scores.margin[0] == 2.0
    assert scores.spread[0] == 1.0


def test_rows_without_a_score_are_not_a_number_in_every_column() -> None:
    whole = scored(np.array([[1.0, 3.0], [5.0, 5.0]])).scattered(np.array([3, 0]), into=4)
    assert whole.evidence_legit is None
    assert whole.evidence_fraud.tolist()[0] == 5.0
    assert whole.evidence_fraud.tolist()[3] == 2.0
    assert np.isnan(whole.probability[1:3]).all()
    assert np.isnan(Scores.empty(2).novelty).all()


def test_selecting_and_joining_rows_gives_the_same_scores_back() -> None:
    whole = scored(np.random.default_rng(0).normal(size=(7, 64)))
    again = concatenated([whole.selected(slice(0, 3)), whole.selected(np.arange(3, 7))])
    assert np.array_equal(again.probability, whole.probability)
    assert np.array_equal(again.spread, whole.spread)
    assert again.evidence_legit is None


def test_an_array_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        scores_of_passes(np.zeros(3), IDENTITY, novelty=np.zeros(3))
