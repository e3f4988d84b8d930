"""What the passes say together: evidence, spread, interval, and what a head may lack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.scoring.arrays import Floats
from app.scoring.calibration.curves import Platt
from app.scoring.calibration.steps import Isotonic
from app.scoring.energy import energy
from app.scoring.uncertainty import Scores, concatenated, scores_of_class_passes, scores_of_passes

IDENTITY = Platt(slope=1.0, offset=0.0)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=70)
MARGINS = arrays(np.float64, SHAPES, elements=st.floats(-60, 60))


def scored(margins: Floats) -> Scores:
    return scores_of_passes(margins, IDENTITY, novelty=np.zeros(len(margins)))


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


def both(fraud: Floats, legit: Floats) -> Scores:
    return scores_of_class_passes(fraud, legit, IDENTITY, novelty=np.zeros(len(fraud)))


def test_a_head_with_a_logit_per_class_has_evidence_spread_and_interval_of_each() -> None:
    generator = np.random.default_rng(3)
    fraud, legit = generator.normal(-2, 1, size=(5, 64)), generator.normal(3, 2, size=(5, 64))
    scores = both(fraud, legit)
    expected = {
        "evidence_fraud": fraud.mean(axis=1),
        "fraud_spread": fraud.std(axis=1),
        "fraud_low": np.quantile(fraud, 0.05, axis=1),
        "fraud_high": np.quantile(fraud, 0.95, axis=1),
        "evidence_legit": legit.mean(axis=1),
        "legit_spread": legit.std(axis=1),
        "legit_low": np.quantile(legit, 0.05, axis=1),
        "legit_high": np.quantile(legit, 0.95, axis=1),
        "energy": energy(np.column_stack([fraud.mean(axis=1), legit.mean(axis=1)])),
    }
    for name, column in expected.items():
        assert getattr(scores, name) == pytest.approx(column, abs=2e-6), name


@given(MARGINS)
def test_the_margin_of_two_logits_is_scored_as_a_margin_heads(margins: Floats) -> None:
    scores, alone = both(margins / 2, -margins / 2), scored(margins)
    for name in ("margin", "spread", "interval_low", "interval_high", "probability", "entropy"):
        assert np.array_equal(getattr(scores, name), getattr(alone, name)), name
    assert scores.evidence_legit is not None
    assert np.allclose(scores.margin, scores.evidence_fraud - scores.evidence_legit, rtol=0, atol=2e-6)


def test_two_logits_that_move_together_leave_the_margin_sure() -> None:
    together = np.linspace(-3, 3, 64)[None, :]
    scores = both(together + 1, together)
    assert scores.spread[0] == 0
    assert scores.fraud_spread is not None
    assert scores.fraud_spread[0] > 1


def test_classes_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape for both classes"):
        both(np.zeros((2, 3)), np.zeros((2, 4)))


def test_what_the_margin_head_lacks_is_none_even_for_rows_without_a_score() -> None:
    for scores in (scored(np.array([[1.0, 3.0]])), Scores.empty(3)):
        assert scores.fraud_spread is scores.legit_high is scores.energy is scores.neighbour_novelty is None


def test_optional_columns_are_selected_and_scattered_with_the_others() -> None:
    whole = scores_of_passes(
        np.zeros((3, 4)), IDENTITY, novelty=np.zeros(3), neighbour_novelty=np.array([1.0, 2.0, 3.0])
    )
    part = whole.selected(np.array([2, 0])).scattered(np.array([0, 2]), into=3)
    assert part.neighbour_novelty is not None
    assert part.neighbour_novelty.tolist()[0] == 3.0
    assert np.isnan(part.neighbour_novelty[1])


def test_one_minus_confidence_is_the_chance_of_the_less_likely_class() -> None:
    scores = scored(np.array([[-1.0], [0.0], [60.0]]))
    told = scores.one_minus_confidence
    assert told.tolist() == [scores.probability[0], 0.5, 0.0]


def test_a_table_calibrates_the_passes_as_a_curve_does() -> None:
    margins = np.random.default_rng(0).normal(size=(20, 64))
    knots = np.linspace(-9, 9, 4001)
    table = Isotonic(evidence=knots, probability_at=IDENTITY.probability(knots))
    told = scores_of_passes(margins, table, novelty=np.zeros(20))
    assert told.mutual_information == pytest.approx(scored(margins).mutual_information, abs=1e-6)
