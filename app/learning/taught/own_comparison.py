"""What is compared on a team's own payments: our recipes and known models, on one set of folds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np

from app.learning.calibrating import fit_platt
from app.learning.comparison.candidates import Candidate, KnownModel, RecipeCandidate
from app.learning.comparison.figures import OutOfFold
from app.learning.comparison.sample import Sample
from app.learning.preparation.parts import Fold
from app.learning.splits import rows_sha256
from app.learning.taught.teaching import as_taught
from app.learning.teachers import boosted, light_boosted, logistic
from app.learning.training.fitting import TrainingRows
from app.learning.training.recipe import Group, Network, Recipe, Schedule
from app.scoring.arrays import Floats
from app.scoring.schema.encoding import Encoding

#: What most people start from, but for its 256 bins, in which a sharp limit of an amount is lost; nothing is
#: tuned on the rows that measure.
XGBOOST = {"n_estimators": 300, "max_depth": 5, "learning_rate": 0.1, "max_bin": 4096}
#: A leaf holds so many rows: a handful of frauds is no rule.
LIGHTGBM = {"min_child_samples": 100}
#: One network as most people would train it.
MLP = Recipe(
    name="mlp",
    about="One network, hidden layers of 128 and 64, dropout of a fifth.",
    groups=(Group(network=Network(dropout=0.2, embedding=("clamped",)), schedule=Schedule(epochs=20)),),
)


@dataclass(frozen=True, slots=True)
class TaughtCandidate:
    """A recipe that is taught as `tertium train` teaches own payments."""

    recipe: Recipe
    encoding: Encoding
    legits_at_most: int

    @property
    def name(self) -> str:
        """The recipe's."""
        return self.recipe.name

    @property
    def fingerprint(self) -> str:
        """The recipe, and how many legits are taught."""
        return f"{RecipeCandidate(self.recipe).fingerprint} {self.legits_at_most}"

    def evidence(self, training: TrainingRows, raw: Floats, *, seed: int) -> Floats:
        """Train by the recipe and pass the rows through."""
        taught = as_taught(training, self.encoding, legits_at_most=self.legits_at_most, seed=seed)
        return RecipeCandidate(self.recipe).evidence(taught, raw, seed=seed)


def own_candidates(recipe: Recipe, encoding: Encoding, *, legits_at_most: int) -> tuple[Candidate, ...]:
    """Return the recipe first, then the models everybody knows."""
    taught = partial(TaughtCandidate, encoding=encoding, legits_at_most=legits_at_most)
    return (
        taught(recipe),
        KnownModel("xgboost", partial(boosted, settings=XGBOOST), str(sorted(XGBOOST.items()))),
        KnownModel("lightgbm", partial(light_boosted, settings=LIGHTGBM), str(sorted(LIGHTGBM.items()))),
        KnownModel("logistic", logistic),
        taught(MLP),
    )


@dataclass(frozen=True, slots=True, eq=False)
class FoldTask:
    """Learn what one fold may learn from, give what it holds out its evidence."""

    candidate: Candidate
    fold: Fold
    seed: int

    def key(self, sample: Sample) -> str:
        """Return what names this fit's result: equal keys mean equal numbers."""
        parts = (self.fold.learned, self.fold.held_out)
        rows = " ".join(rows_sha256(sample.hashes[each]) for each in parts)
        weights = sample.weights[self.fold.learned].sum()
        said = f"{self.candidate.fingerprint} {rows} {weights:.6g} {self.seed}"
        return f"{self.candidate.name}-own-{sha256(said.encode()).hexdigest()[:16]}"

    def run(self, sample: Sample) -> Floats:
        """Return the evidence of the held-out rows, in their order."""
        training = sample.training(self.fold.learned)
        return self.candidate.evidence(training, sample.raw[self.fold.held_out], seed=self.seed)


def fold_tasks(candidates: Sequence[Candidate], folds: Sequence[Fold], *, seed: int) -> Iterator[FoldTask]:
    """Return every fit, candidate by candidate; the same folds and seeds for all."""
    for candidate in candidates:
        for number, fold in enumerate(folds):
            yield FoldTask(candidate, fold, seed + number)


def held_out(
    name: str, sample: Sample, folds: Sequence[Fold], evidence: Sequence[Floats], *, seed: int
) -> OutOfFold:
    """Return a candidate's evidence on all held-out rows; each fold's is calibrated on the others'.

    Raises `NothingLearned` where the probability would not rise with the evidence.
    """
    rows = np.concatenate([fold.held_out for fold in folds])
    whole = np.concatenate(evidence)
    number_of = np.repeat(np.arange(len(folds)), [fold.held_out.size for fold in folds])
    probability = np.empty(rows.size)
    for number in range(len(folds)):
        is_other = number_of != number
        others = rows[is_other]
        platt = fit_platt(whole[is_other], sample.is_fraud[others], sample.weights[others])
        probability[~is_other] = platt.probability(whole[~is_other])
    return OutOfFold(name=name, rows=rows, seeds=(seed,), evidence=whole[None], probability=probability[None])
