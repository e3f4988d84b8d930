import numpy as np

from app.learning.report.sections.softmax import drawn_rows, passes
from tests.learning.report.builders import a_material


def test_the_rows_shown_are_twenty_different_ones_by_rising_margin() -> None:
    margin = np.random.default_rng(0).normal(size=500)
    rows = drawn_rows(margin, np.random.default_rng(1))
    assert np.unique(rows).size == 20
    assert (np.diff(margin[rows]) >= 0).all()


def test_they_reach_over_the_range_however_few_rows_lie_there() -> None:
    margin = np.r_[np.full(900, -9.0), np.linspace(-9, 9, 40)]
    rows = drawn_rows(margin, np.random.default_rng(1))
    assert (margin[rows] > 0).sum() >= 8


def test_fewer_rows_than_wanted_are_all_shown() -> None:
    assert drawn_rows(np.array([2.0, 1.0, 3.0]), np.random.default_rng(0)).tolist() == [1, 0, 2]


def test_probabilities_are_the_calibrators_at_the_logits_shown() -> None:
    material = a_material()
    shown = passes(material)
    assert np.allclose(shown.at_margin, material.scores.probability[shown.rows])
    assert (shown.at_low <= shown.at_margin).all()
    assert (shown.at_margin <= shown.at_high).all()
