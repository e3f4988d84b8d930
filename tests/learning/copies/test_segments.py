"""Rows between two others, against a look at every triple."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.copies.segments import (
    LARGEST_ANGLE,
    NEIGHBOURS,
    largest_angle,
    lines_of_their_own,
    middles,
    segments,
)
from app.scoring.arrays import Floats

SEEDS = st.integers(0, 2**32 - 1)


def triples(points: Floats, angle: float) -> set[tuple[int, frozenset[int]]]:
    """Return middle and ends of every line, one triple after the other."""
    found = set()
    for middle in range(len(points)):
        others = [other for other in range(len(points)) if other != middle]
        for one, other in combinations(others, 2):
            there, back = points[one] - points[middle], points[other] - points[middle]
            unit = there / np.linalg.norm(there) + back / np.linalg.norm(back)
            if np.linalg.norm(unit) <= angle:
                found.add((middle, frozenset((one, other))))
    return found


def with_middles(rng: np.random.Generator, originals: int, made: int, columns: int) -> Floats:
    points = rng.normal(size=(originals, columns))
    ends = np.array([rng.choice(originals, 2, replace=False) for _ in range(made)], dtype=int)
    ends = ends.reshape(made, 2)
    shares = rng.uniform(0.05, 0.95, size=(made, 1))
    between = points[ends[:, 0]] * shares + points[ends[:, 1]] * (1 - shares)
    return np.vstack([points, between]).round(6)


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.integers(3, 10), st.integers(0, 12), st.integers(2, 12))
def test_every_line_is_found_and_no_other(seed: int, originals: int, made: int, columns: int) -> None:
    points = with_middles(np.random.default_rng(seed), originals, made, columns)
    points = np.unique(points, axis=0)
    found = segments(points)
    told = {
        (middle, frozenset(ends))
        for middle, *ends in zip(
            found.middle.tolist(), found.one_end.tolist(), found.other_end.tolist(), strict=True
        )
    }
    count = min(NEIGHBOURS, len(points) - 1)
    assert told == triples(points, largest_angle(columns, len(points) * count**2 / 2))


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_what_is_left_lies_between_no_two(seed: int) -> None:
    points = with_middles(np.random.default_rng(seed), 30, 300, 28)
    is_middle, lines = middles(points, segments(points))
    assert not is_middle[:30].any()
    assert is_middle[30:].all()
    assert lines_of_their_own(is_middle, lines) < 3


def test_lines_without_their_originals_have_ends_of_their_own() -> None:
    points = with_middles(np.random.default_rng(0), 30, 900, 28)[30:]
    is_middle, lines = middles(points, segments(points))
    assert lines_of_their_own(is_middle, lines) > 100


def test_equal_steps_are_told_apart() -> None:
    counter = np.arange(6.0)[:, None] * np.ones(8)
    found = segments(counter)
    assert found.middle.size > 0
    assert found.is_step.all()
    shares = np.array([0.0, 0.2718, 0.61803, 1.0])[:, None] * np.ones(8)
    assert not segments(shares).is_step.any()


def test_two_points_make_no_line_and_few_columns_no_suspicion() -> None:
    assert segments(np.eye(2)).middle.size == 0
    assert largest_angle(3, 1e6) < 1e-3 < largest_angle(28, 1e8) == LARGEST_ANGLE
    assert segments(np.random.default_rng(0).normal(size=(50, 1))).middle.size == 0
