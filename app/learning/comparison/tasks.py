"""One fit of a comparison: a candidate, a split, a fold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from app.learning.comparison.candidates import Candidate
from app.learning.comparison.sample import FOLDS, Sample
from app.learning.splits import rows_sha256
from app.scoring.arrays import Floats, Rows

# Raised when the way of fitting changes while the recipes' words do not.
PROTOCOL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Task:
    """Learn from three folds, give the fourth its evidence."""

    candidate: Candidate
    #: Rows that are split: the development rows, or all of them.
    rows: Rows
    fold_seed: int
    fold: int

    def key(self, sample: Sample) -> str:
        """Return what names this fit's result: equal keys mean equal numbers."""
        rows = rows_sha256(sample.hashes[self.rows])
        weights = sample.weights[self.rows].sum()
        said = f"{PROTOCOL_VERSION} {self.candidate.fingerprint} {rows} {weights:.6g} {self.fold_seed}"
        return f"{self.candidate.name}-{sha256(said.encode()).hexdigest()[:16]}-{self.fold}"

    def run(self, sample: Sample) -> Floats:
        """Return the evidence of the held-out fold's rows, in the order of the fold."""
        folds = sample.folds(self.rows, seed=self.fold_seed)
        training = np.concatenate([part for number, part in enumerate(folds) if number != self.fold])
        seed = self.fold_seed * FOLDS + self.fold
        held_out = sample.raw[folds[self.fold]]
        return self.candidate.evidence(sample.training(np.sort(training)), held_out, seed=seed)


@dataclass(frozen=True, slots=True)
class LaterTask:
    """Learn from the first three quarters in time, give the last quarter its evidence."""

    candidate: Candidate
    seed: int

    def key(self, sample: Sample) -> str:
        """Return what names this fit's result."""
        rows = rows_sha256(sample.hashes)
        said = (
            f"{PROTOCOL_VERSION} {self.candidate.fingerprint} {rows} {sample.weights.sum():.6g} {self.seed}"
        )
        return f"{self.candidate.name}-later-{sha256(said.encode()).hexdigest()[:16]}"

    def run(self, sample: Sample) -> Floats:
        """Return the evidence of the later rows, in their order."""
        earlier, later = sample.by_time()
        return self.candidate.evidence(sample.training(earlier), sample.raw[later], seed=self.seed)


def tasks_of(candidates: Sequence[Candidate], rows: Rows, seeds: Sequence[int]) -> Iterator[Task]:
    """Return every fit, candidate by candidate; the same folds for all."""
    for candidate in candidates:
        for seed in seeds:
            for fold in range(FOLDS):
                yield Task(candidate, rows, seed, fold)


def pooled(sample: Sample, rows: Rows, seed: int, folds: Sequence[Floats]) -> Floats:
    """Return the folds' evidence put back in the order of `rows`, shape (rows,)."""
    whole = np.full(sample.is_fraud.size, np.nan)
    for part, evidence in zip(sample.folds(rows, seed=seed), folds, strict=True):
        whole[part] = evidence
    return np.asarray(whole[rows])
