"""Weights for training: a group is one judgement, however many cases it has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.truths.group_weights import group_weights

some_groups = st.lists(st.none() | st.integers(0, 6))


@given(some_groups)
def test_a_group_weighs_one_and_so_does_what_was_judged_alone(group_ids: list[int | None]) -> None:
    weights = group_weights(group_ids)
    assert weights.shape == (len(group_ids),)
    alone = [each for each in group_ids if each is None]
    assert weights.sum() == pytest.approx(len(alone) + len(set(group_ids) - {None}))
    for weight, group_id in zip(weights.tolist(), group_ids, strict=True):
        size = 1 if group_id is None else group_ids.count(group_id)
        assert weight == pytest.approx(1 / size)


def test_weights_are_those_of_the_example() -> None:
    np.testing.assert_array_equal(group_weights([7, None, 7, 9, 7, 7]), [0.25, 1, 0.25, 1, 0.25, 0.25])
