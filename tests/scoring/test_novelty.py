"""Distance to the training data, and its percentile."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from app.learning.fitting import fit_neighbours, fit_novelty
from app.scoring.novelty import PERCENTILES, Neighbours
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


def some_neighbours(k: int = 3) -> Neighbours:
    rows = vectors(3000, columns=3)
    return fit_neighbours(rows, np.ones(3000), prototypes=100, k=k, clamp=5.0, seed=0)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_distance_to_the_kth_prototype_is_that_of_scikit_learn(k: int) -> None:
    neighbours, rows = some_neighbours(k), vectors(400, columns=3, seed=2) * 3
    oracle = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(neighbours.prototypes)
    assert neighbours.distance(rows) == pytest.approx(oracle.kneighbors(rows)[0][:, -1], rel=1e-12)


def test_the_percentile_among_neighbours_is_the_share_of_training_data_that_lies_nearer() -> None:
    told = some_neighbours().percentile(vectors(3000, columns=3))
    assert np.abs(np.sort(told) - (np.arange(3000) + 0.5) / 30).max() < 0.5
    assert told.max() == 100


def test_far_from_every_prototype_and_in_a_gap_between_them_is_novel() -> None:
    crowds = np.concatenate([vectors(500, columns=2) / 10 - 4, vectors(500, columns=2) / 10 + 4])
    neighbours = fit_neighbours(crowds, np.ones(1000), prototypes=40, k=1, clamp=5.0, seed=0)
    assert neighbours.percentile(np.array([[1e6, 0.0], [0.0, 0.0]])).tolist() == [100.0, 100.0]
    # The Mahalanobis distance takes the gap for the very middle.
    assert fit_novelty(crowds, np.ones(1000)).percentile(np.zeros((1, 2)))[0] < 1


def test_moving_out_of_the_crowd_never_looks_less_novel_to_the_neighbours() -> None:
    neighbours = some_neighbours()
    path = np.linspace(20, 500, 300)[:, None] * np.array([1.0, -0.5, 0.2])
    assert (np.diff(neighbours.distance(path)) > 0).all()
    assert (np.diff(neighbours.percentile(path)) >= 0).all()


def test_a_row_is_as_novel_alone_as_in_a_batch() -> None:
    neighbours, rows = some_neighbours(), vectors(300, columns=3, seed=7)
    alone = [neighbours.percentile(row[None, :])[0] for row in rows]
    assert neighbours.percentile(rows).tolist() == alone
    assert neighbours.percentile(rows[:0]).shape == (0,)


def test_neighbours_that_cannot_be_are_refused() -> None:
    grid = np.zeros(PERCENTILES.size)
    for k in (0, 3):
        with pytest.raises(ValueError, match="prototypes or more"):
            Neighbours(prototypes=np.zeros((2, 3)), k=k, distances=grid)
    with pytest.raises(ValueError, match="rising distances"):
        Neighbours(prototypes=np.zeros((2, 3)), k=1, distances=grid[:-1])
