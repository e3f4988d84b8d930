"""Rows of a file that a model was fitted on: which they are, and who of its members may score them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from app.artifacts import Model
    from app.cli.training.labelled_files import LabelledFile
    from app.scoring.out_of_fold import FoldNumbers
    from app.scoring.uncertainty import Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRows:
    """What a model knows of the rows of a file; each of shape (rows,)."""

    #: On the row itself, or on one of the same origin.
    is_fitted: NDArray[np.bool_]
    #: Whether some of the model's members never saw a row that was fitted.
    has_fold: NDArray[np.bool_]
    folds: "FoldNumbers"

    def scores(
        self, model: "Model", file: "LabelledFile", rows: NDArray[np.intp], *, in_sample: bool
    ) -> "Scores":
        """Return the scores of some rows: of those with a fold by the members that never saw them.

        `in_sample`: of all rows by all members.
        """
        from app.scoring.out_of_fold import out_of_fold_scores
        from app.scoring.uncertainty import concatenated

        vectors = model.schema.standardised(file.features[rows], file.amounts[rows])
        is_crossed = self.has_fold[rows] & (not in_sample)
        if not is_crossed.any():
            return model.scorer.score(vectors)
        parts = [
            out_of_fold_scores(
                model.scorer, vectors[is_crossed], self.folds[rows][is_crossed], groups=model.groups
            ),
            model.scorer.score(vectors[~is_crossed]),
        ]
        order = np.concatenate([np.flatnonzero(is_crossed), np.flatnonzero(~is_crossed)])
        return concatenated(parts).selected(np.argsort(order))


def fitted_rows(file: "LabelledFile", model: "Model") -> FittedRows:
    """Return which rows of a file a model was fitted on."""
    from app.artifacts import folds_of
    from app.learning.splits import row_hashes, short_hashes
    from app.scoring.out_of_fold import NO_FOLD

    hashes = short_hashes(row_hashes(file.features, file.amounts))
    is_known = np.isin(hashes, model.fitted_rows)
    folds = folds_of(model, hashes)
    return FittedRows(
        is_fitted=np.isin(file.origins.keys, file.origins.keys[is_known]),
        has_fold=folds != NO_FOLD,
        folds=folds,
    )
