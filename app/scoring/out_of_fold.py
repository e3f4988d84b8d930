"""Scores of the very rows an ensemble was taught, each by the members that never saw it.

A cross-fitted ensemble has as many groups of members as there are folds; the members of group j saw every row
but those of fold j. A new row is scored by all members, a row of fold j by group j alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.network.passes import Passes
from app.scoring.scorer import ROWS_AT_ONCE, Scorer
from app.scoring.uncertainty import Scores, concatenated

#: Of a row that every group may have seen.
NO_FOLD: Final = 255
#: Number of a row's fold from 0, or `NO_FOLD`.
FoldNumbers = NDArray[np.uint8]


def out_of_fold_scores(scorer: Scorer, vectors: Floats, folds: FoldNumbers, *, groups: int) -> Scores:
    """Return the scores of standardised rows by the members that never saw them.

    `vectors`: shape (rows, columns); `folds`: (rows,), each below `groups`. Raises ValueError for others.
    """
    if folds.shape != vectors.shape[:1] or not (folds < groups).all():
        raise ValueError(f"expected a fold below {groups} of each row, got {folds.shape=}, {vectors.shape=}")
    by_fold = np.argsort(folds, kind="stable")
    parts = [
        scorer.score_by(vectors[rows], passes_of_group(scorer.passes, number, groups=groups))
        for number in range(groups)
        if (rows := by_fold[folds[by_fold] == number]).size
    ]
    return concatenated(parts).selected(np.argsort(by_fold)) if parts else Scores.empty(0)


def out_of_fold_margins(passes: Passes, vectors: Floats, folds: FoldNumbers, *, groups: int) -> Floats:
    """Return the margins alone of what `out_of_fold_scores` gives, shape (rows,): no calibrator is needed."""
    margins = np.empty(len(vectors))
    for number in range(groups):
        rows, own = np.flatnonzero(folds == number), passes_of_group(passes, number, groups=groups)
        for part in np.array_split(rows, rows.size // ROWS_AT_ONCE + 1):
            margins[part] = passes.margins(vectors[part])[:, own].mean(axis=1)
    return np.round(margins, 6)


def passes_of_group(passes: Passes, number: int, *, groups: int) -> NDArray[np.intp]:
    """Return the passes of a group's members: pass t is of member t modulo members."""
    members = passes.network.members
    of_group = members // groups
    member = np.arange(passes.passes) % members
    return np.flatnonzero(member // of_group == number)
