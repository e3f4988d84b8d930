"""Rows as networks are taught them: with some words hidden, and no more legits than teach anything."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from app.learning.comparison.sample import Sample
from app.learning.first_policy import Plan
from app.learning.training.fitting import Fitted, TrainingRows, fit_recipe
from app.learning.training.made_up import with_hidden_words
from app.scoring.arrays import Rows
from app.scoring.schema.encoding import Encoding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Teaching:
    """A sample with what is taught of it, and how."""

    sample: Sample
    encoding: Encoding
    plan: Plan

    def fit(self, rows: Rows, *, seed: int, watch: Callable[[int, int, float], None]) -> Fitted:
        """Return a network that was taught these rows."""
        most = self.plan.legits_at_most
        training = as_taught(self.sample.training(rows), self.encoding, legits_at_most=most, seed=seed)
        return fit_recipe(training, self.plan.recipe, seed=seed, device=self.plan.device, watch=watch)


def as_taught(training: TrainingRows, encoding: Encoding, *, legits_at_most: int, seed: int) -> TrainingRows:
    """Return training rows as networks see them."""
    training = fewer_legits(training, most=legits_at_most, seed=seed)
    if not encoding.words:
        return training
    generator = np.random.Generator(np.random.PCG64(seed))
    return replace(training, raw=with_hidden_words(training.raw, encoding, generator=generator))


def fewer_legits(training: TrainingRows, *, most: int, seed: int) -> TrainingRows:
    """Return the rows with at most so many legits, drawn by chance, which then count for all of them."""
    legits = np.flatnonzero(~training.is_fraud)
    if legits.size <= most:
        return training
    generator = np.random.Generator(np.random.PCG64(seed))
    kept = np.sort(generator.choice(legits, most, replace=False))
    rows = np.sort(np.concatenate([np.flatnonzero(training.is_fraud), kept]))
    is_fraud = training.is_fraud[rows]
    share = training.weights[legits].sum() / training.weights[kept].sum()
    weights = np.where(is_fraud, 1.0, share) * training.weights[rows]
    return TrainingRows(raw=training.raw[rows], is_fraud=is_fraud, weights=weights)
