"""Which rows a model was fitted on, and whose members never saw them."""

import numpy as np
from numpy.typing import NDArray

from app.artifacts.model import Model
from app.scoring.out_of_fold import NO_FOLD, FoldNumbers


def folds_of(model: Model, hashes: NDArray[np.uint64]) -> FoldNumbers:
    """Return the fold of each row by its short hash, shape (rows,).

    `NO_FOLD` for a row the model was not fitted on, and for one that all its members may have seen. Copies
    are learned by no group that holds one of them out, so that the fold of any of them will do.
    """
    folds = np.full(hashes.size, NO_FOLD, dtype=np.uint8)
    is_known = np.isin(hashes, model.fitted_rows)
    folds[is_known] = model.fitted_folds[np.searchsorted(model.fitted_rows, hashes[is_known])]
    return folds
