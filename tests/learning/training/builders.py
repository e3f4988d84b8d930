"""Rows that a small network learns in a second, and small recipes."""

from typing import Any

import numpy as np

from app.learning.training.fitting import Fitted, TrainingRows, fit_recipe
from app.learning.training.recipe import Group, Network, Objective, Recipe, Schedule
from app.scoring.arrays import Floats


def some_rows(*, rows: int = 1200, frauds: int = 150, shift: float = 2.0, seed: int = 0) -> TrainingRows:
    """Frauds lie `shift` standard deviations off in each of three columns; the fourth says nothing."""
    generator = np.random.default_rng(seed)
    is_fraud = generator.permutation(rows) < frauds
    raw = generator.normal(size=(rows, 4))
    raw[:, :3] += shift * is_fraud[:, None]
    return TrainingRows(raw=raw, is_fraud=is_fraud, weights=np.ones(rows))


def small(
    *, embedding: tuple[str, ...] = ("clamped",), head: str = "margin", epochs: int = 6, **group: Any
) -> Group:
    return Group(
        network=Network(hidden=(16, 8), head=head, embedding=embedding),
        schedule=Schedule(epochs=epochs, learning_rate=1e-2, batch_rows=128),
        **group,
    )


def of(*groups: Group) -> Recipe:
    return Recipe(name="small", about="For tests.", groups=groups)


def with_objective(**objective: Any) -> Recipe:
    return of(small(objective=Objective(**objective)))


def fitted(rows: TrainingRows, recipe: Recipe, *, seed: int = 0) -> Fitted:
    return fit_recipe(rows, recipe, seed=seed, device="cpu", watch=lambda _group, _epoch, _loss: None)


def margins(fit: Fitted, raw: Floats) -> Floats:
    return np.asarray(fit.member_margins(fit.standardised(raw)).mean(axis=1))
