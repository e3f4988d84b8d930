"""How a column enters: each embedding against numpy, and the way to the file and back."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest
import torch

from app.scoring.arrays import Floats
from app.scoring.network.embeddings import (
    Clamped,
    Embedding,
    Joined,
    Periodic,
    PiecewiseLinear,
    SignedLog,
    embedding_from,
)
from tests.scoring.builders import an_embedding, vectors

EDGES = [np.array([-2.0, -0.5, 0.5, 2.0]), np.array([0.0, 1.0]), np.array([-1.0, 3.0, 3.5])]


def of(embedding: Embedding | Joined, rows: Floats) -> Floats:
    told: Floats = embedding(torch.from_numpy(rows)).numpy()
    assert told.shape == (*rows.shape[:-1], embedding.width)
    return told


def every_embedding(columns: int) -> list[Embedding]:
    frequencies = np.random.default_rng(0).normal(size=(columns, 3))
    edges = [np.sort(np.random.default_rng(column).normal(size=5)) for column in range(columns)]
    return [
        Clamped(columns=columns, limit=5.0),
        SignedLog(columns=columns),
        PiecewiseLinear.of_edges(edges),
        Periodic(frequencies=frequencies),
    ]


def test_a_clamped_column_is_itself_within_the_limit() -> None:
    rows = vectors(200, columns=3)
    assert np.array_equal(of(Clamped(columns=3, limit=1.5), rows), np.clip(rows, -1.5, 1.5))


def test_a_signed_log_is_odd_rises_and_hardly_bends_small_values() -> None:
    rows = np.linspace(-60, 60, 2001)[:, None]
    told = of(SignedLog(columns=1), rows)
    assert np.array_equal(told, -of(SignedLog(columns=1), -rows))
    assert (np.diff(told[:, 0]) > 0).all()
    assert told[[0, -1], 0] == pytest.approx([-np.log(61), np.log(61)])
    assert of(SignedLog(columns=1), np.array([[1e-4]])) == pytest.approx(1e-4, rel=1e-3)


def test_a_bin_is_as_full_as_a_loop_says() -> None:
    rows = vectors(50, columns=3)
    told = of(PiecewiseLinear.of_edges(EDGES), rows)
    for number, row in enumerate(rows):
        expected = []
        for value, edges in zip(row, EDGES, strict=True):
            for low, high in pairwise(edges):
                share = min(max((value - low) / (high - low), 0), 1)
                expected.append(2 * share - 1)
        assert told[number] == pytest.approx(expected, abs=1e-12)


def test_bins_fill_one_after_the_other_from_empty_to_full() -> None:
    rows = np.repeat(np.linspace(-9, 9, 500)[:, None], 3, axis=1)
    told = of(PiecewiseLinear.of_edges(EDGES), rows)
    assert (np.diff(told, axis=0) >= 0).all()
    assert (told[0] == -1).all()
    assert (told[-1] == 1).all()


def test_a_bin_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="a lower and a higher edge"):
        PiecewiseLinear.of_edges([np.array([1.0, 1.0])])


def test_waves_are_sines_then_cosines() -> None:
    frequencies = np.random.default_rng(0).normal(size=(3, 2))
    rows = vectors(20, columns=3)
    angles = 2 * pi * (rows[:, :, None] * frequencies).reshape(20, 6)
    expected = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    assert of(Periodic(frequencies=frequencies), rows) == pytest.approx(expected, abs=1e-12)


def test_joined_parts_lie_side_by_side_behind_one_limit() -> None:
    parts, rows = every_embedding(3), vectors(30, columns=3) * 10
    told = of(Joined(parts, limit=7.0), rows)
    held = np.clip(rows, -7.0, 7.0)
    assert np.array_equal(told, np.concatenate([of(part, held) for part in parts], axis=1))
    assert np.array_equal(told, of(Joined(parts, limit=7.0), held))


def test_rows_may_come_per_member() -> None:
    rows = vectors(12, columns=3).reshape(4, 3, 3)
    for part in every_embedding(3):
        told = of(part, rows)
        assert np.array_equal(told[2], of(part, rows[2]))


def test_nothing_to_join_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        Joined([], limit=1.0)


def test_description_and_tensors_rebuild_an_embedding() -> None:
    whole = Joined(every_embedding(3), limit=7.0)
    again = embedding_from(whole.description, columns=3, limit=7.0)
    again.load_state_dict(whole.state_dict())
    rows = vectors(30, columns=3) * 5
    assert again.width == whole.width
    assert again.description == whole.description
    assert np.array_equal(of(again, rows), of(whole, rows))
    assert of(an_embedding(columns=3), rows).shape == (30, 3 + 3 + 9)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="hashed"):
        embedding_from([{"kind": "hashed"}], columns=3, limit=7.0)
