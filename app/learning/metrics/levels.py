"""Rows gathered by equal score, so that no metric depends on the order of ties."""

from dataclasses import dataclass

import numpy as np

from app.learning.metrics.columns import checked
from app.scoring.arrays import Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """One level per distinct score, from the highest down; shape of each: (levels,)."""

    scores: Floats
    #: Weight of the positive rows at or above the level.
    positives: Floats
    #: Weight of the other rows at or above the level.
    negatives: Floats


def levels(scores: Floats, is_positive: Flags, weights: Floats) -> Levels:
    """Return the cumulative weights by falling score; each argument has shape (transactions,).

    The sort is stable, hence linear on rows that are sorted already (the bootstrap relies on it).
    Raises ValueError for columns that `checked` refuses.
    """
    scores, is_positive, weights = checked(scores, is_positive, weights)
    order = np.argsort(scores, kind="stable")[::-1]
    ranked, of_positives = scores[order], is_positive[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), ranked.size - 1)
    weighted = weights[order]
    return Levels(
        scores=ranked[last],
        positives=np.cumsum(weighted * of_positives)[last],
        negatives=np.cumsum(weighted * ~of_positives)[last],
    )


def levels_of_both(scores: Floats, is_positive: Flags, weights: Floats) -> Levels:
    """Return the `levels`; raises ValueError also when all rows that weigh something are of one kind."""
    found = levels(scores, is_positive, weights)
    if found.positives[-1] == 0 or found.negatives[-1] == 0:
        raise ValueError("rows of both kinds are needed")
    return found
