"""The scorer of one model version: vectors in, scores out."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Floats, Rows
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.explanation import Explanation, explain
from app.scoring.features import FeatureSchema
from app.scoring.network.passes import Device, Passes
from app.scoring.novelty import Neighbours, Novelty
from app.scoring.uncertainty import Scores, concatenated, scores_of_class_passes, scores_of_passes

# Inputs and hidden layers of 512 rows stay in the cache; of 4,096 they do not, and a row takes twice as long.
ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorer:
    """Everything a model version needs to score; nothing in it changes, so threads may share it."""

    schema: FeatureSchema
    passes: Passes
    calibrator: Calibrator
    novelty: Novelty
    #: The second opinion on novelty: nearness to prototypes of the training data.
    neighbours: Neighbours
    #: The median legit transaction, standardised: what an explanation compares with; (columns,).
    legit_median: Floats

    @property
    def device(self) -> Device:
        """Where the network runs."""
        return self.passes.device

    def score(self, vectors: Floats) -> Scores:
        """Return the scores of standardised vectors of shape (transactions, columns).

        A row's score is the same alone and in any batch. Raises ValueError for another shape.
        """
        return self.score_by(vectors, slice(None))

    def score_by(self, vectors: Floats, passes: Rows | slice) -> Scores:
        """Return what `score` does by some of the passes alone."""
        if vectors.ndim != 2 or vectors.shape[1] != len(self.schema.columns):
            raise ValueError(f"expected (transactions, {len(self.schema.columns)}), got {vectors.shape=}")
        ready = np.require(vectors, dtype=np.float64, requirements=["C", "W"])
        if len(ready) <= ROWS_AT_ONCE:
            return self._scored(ready, passes)
        starts = range(0, len(ready), ROWS_AT_ONCE)
        return concatenated([self._scored(ready[start : start + ROWS_AT_ONCE], passes) for start in starts])

    def explain(self, vector: Floats) -> Explanation:
        """Return what leads from the median legit payment to this vector, shape (columns,)."""
        return explain(self.passes, vector, baseline=self.legit_median)

    def _scored(self, vectors: Floats, passes: Rows | slice) -> Scores:
        logits = self.passes.logits(vectors)[:, passes]
        novelty = self.novelty.percentile(vectors)
        if logits.shape[2] == 1:
            return scores_of_passes(logits[..., 0], self.calibrator, novelty=novelty)
        return scores_of_class_passes(logits[..., 0], logits[..., 1], self.calibrator, novelty=novelty)
