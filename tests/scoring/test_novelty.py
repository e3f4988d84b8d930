"""Distance to the training data, and its percentile."""

import numpy as np
import pytest

from app.learning.fitting import fit_novelty
from tests.scoring.builders import vectors


def test_the_distance_is_mahalanobis() -> None:
    rows = vectors(500, columns=3) @ np.array([[2.0, 0.3, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 0.2]])
    novelty = fit_novelty(rows, np.ones(500))
    inverse = np.linalg.inv(np.cov(rows, rowvar=False))
    apart = rows - rows.mean(axis=0)
    expected = np.sqrt(np.einsum("ij,jk,ik->i", apart, inverse, apart))
    assert novelty.distance(rows) == pytest.approx(expected, rel=1e-6)


def test_the_percentile_is_the_share_of_training_data_that_lies_nearer() -> None:
    rows = vectors(4000, columns=3)
    told = fit_novelty(rows, np.ones(4000)).percentile(rows)
    ranks = (np.argsort(np.argsort(told)) + 0.5) / 40
    assert np.abs(np.sort(told) - np.sort(ranks)).max() < 0.5
    assert told.max() == 100


def test_what_lies_farther_than_all_training_data_is_at_the_hundredth_percentile() -> None:
    novelty = fit_novelty(vectors(400, columns=3), np.ones(400))
    assert novelty.percentile(np.full((1, 3), 1e6)).tolist() == [100.0]
    assert novelty.percentile(novelty.centre[None, :])[0] == 0


def test_moving_away_from_the_centre_never_looks_less_novel() -> None:
    novelty = fit_novelty(vectors(400, columns=3), np.ones(400))
    path = novelty.centre + np.linspace(0, 50, 300)[:, None] * np.ones(3)
    assert (np.diff(novelty.percentile(path)) >= 0).all()
