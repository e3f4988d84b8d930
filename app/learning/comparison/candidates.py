"""What can be compared: recipes of ours, and the models everybody knows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from app.learning.teachers import Fit, boosted, forest, light_boosted, logistic
from app.learning.training.fitting import Fitted, TrainingRows, fit_recipe
from app.learning.training.recipe import Recipe
from app.scoring.arrays import Floats
from app.scoring.network.masks import Masks, draw_masks, passes_of
from app.scoring.network.passes import Passes


class Candidate(Protocol):
    """Something that learns from rows and gives others their evidence."""

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def fingerprint(self) -> str:
        """Everything that decides its numbers but the rows and the seed."""

    def evidence(self, training: TrainingRows, raw: Floats, *, seed: int) -> Floats:
        """Return evidence for fraud (logits) of `raw` rows, shape (rows,), learned from `training`."""


@dataclass(frozen=True, slots=True)
class RecipeCandidate:
    """A recipe; its evidence is the mean of the stored-mask passes, as in service."""

    recipe: Recipe

    @property
    def name(self) -> str:
        """The recipe's."""
        return self.recipe.name

    @property
    def fingerprint(self) -> str:
        """The recipe, whole; its words aside."""
        return repr(replace(self.recipe, about=""))

    def evidence(self, training: TrainingRows, raw: Floats, *, seed: int) -> Floats:
        """Train by the recipe and pass the rows through."""
        fitted = fit_recipe(training, self.recipe, seed=seed, device="cpu", watch=_nobody)
        return evidence_of(fitted, masks_of(fitted, seed=seed), raw)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model from a library, with its settings."""

    name: str
    fit: Fit
    settings: str = ""

    @property
    def fingerprint(self) -> str:
        """Name and settings."""
        return f"{self.name} {self.settings}"

    def evidence(self, training: TrainingRows, raw: Floats, *, seed: int) -> Floats:
        """Fit and apply."""
        return np.round(self.fit(training.raw, training.is_fraud, training.weights, seed)(raw), 6)


def known_models(xgboost: Mapping[str, float]) -> tuple[KnownModel, ...]:
    """Return what a recipe is reported beside; XGBoost with the settings its tuning found."""
    return (
        KnownModel("xgboost", partial(boosted, settings=xgboost), settings=str(sorted(xgboost.items()))),
        KnownModel("lightgbm", light_boosted),
        KnownModel("random_forest", forest),
        KnownModel("logistic", logistic),
    )


def masks_of(fitted: Fitted, *, seed: int) -> Masks:
    """Return the stored masks of a fitted network."""
    network = fitted.network
    return draw_masks(
        hidden=network.hidden[-1],
        dropout=network.dropout,
        seed=seed,
        passes=passes_of(network.members),
    )


def evidence_of(fitted: Fitted, masks: Masks, raw: Floats) -> Floats:
    """Return the mean margin over the stored passes, rounded as scores are, shape (rows,)."""
    passes = Passes(fitted.network, masks, device="cpu")
    vectors = fitted.standardised(raw)
    parts = [passes.margins(part).mean(axis=1) for part in np.array_split(vectors, len(vectors) // 4096 + 1)]
    return np.round(np.concatenate(parts), 6)


def _nobody(group: int, epoch: int, loss: float) -> None:
    """Watch nothing: the comparison shows fits, not epochs."""
