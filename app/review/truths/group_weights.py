"""Weights of verdicts in training: cases decided as a group share the weight of one."""

from collections.abc import Sequence

import numpy as np

from app.scoring.arrays import Floats


def group_weights(group_ids: Sequence[int | None]) -> Floats:
    """Return the weight of each judged payment, shape (payments,): 1 / how many were judged with it.

    None: it was judged alone. Counted are the payments given, so that a group of which some have since been
    corrected or left out still weighs one judgement.
    """
    numbers = np.array([-1 if group_id is None else group_id for group_id in group_ids], dtype=np.int64)
    _, groups, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    weights: Floats = np.where(numbers < 0, 1.0, 1.0 / sizes[groups]) if numbers.size else np.ones(0)
    return weights
