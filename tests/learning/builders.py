"""A small made-up world with frauds far enough from legits to be learned in a second."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.learning.copies.origins import origins_of
from app.learning.first_policy import Plan
from app.learning.preparation.labelled import Labelled
from app.learning.splits import row_hashes
from app.learning.training.recipe import Group, Network, Recipe, Schedule
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.schema import numeric_schema

NAMES = ("V1", "V2", "V3")


def made_up_transactions(*, rows: int = 3000, frauds: int = 300, seed: int = 0) -> Labelled:
    generator = np.random.default_rng(seed)
    is_fraud = np.arange(rows) < frauds
    features = generator.normal(size=(rows, 3)) + 2.5 * is_fraud[:, None]
    amounts = generator.exponential(60, size=rows).round(2)
    encoding = Encoding(schema=numeric_schema(NAMES))
    return Labelled(
        encoding=encoding,
        features=features,
        amounts=amounts,
        is_fraud=is_fraud,
        origins=origins_of(features, amounts, is_fraud, row_hashes(features, amounts)),
    )


def a_recipe(*, epochs: int = 8, **changes: Any) -> Recipe:
    """A recipe small enough for a second; `changes` are of its only group."""
    small = Group(
        members=2,
        network=Network(hidden=(16, 8), dropout=0.2),
        schedule=Schedule(epochs=epochs, learning_rate=1e-2, batch_rows=256),
    )
    return Recipe(name="small", about="For tests.", groups=(replace(small, **changes),))


def a_plan(*, version: str = "2026-01-01a", miss_rate: float = 0.15, epochs: int = 8) -> Plan:
    return Plan(
        version=version,
        recipe=a_recipe(epochs=epochs),
        seed=1,
        legit_weight=2.0,
        base_rate=0.05,
        miss_rate=miss_rate,
        confidence=0.95,
        novelty_at_most=99.99,
    )


def nobody_watches(fit: int, group: int, epoch: int, loss: float) -> None:
    """Training is watched by nobody."""
