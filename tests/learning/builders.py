"""A small made-up world with frauds far enough from legits to be learned in a second."""

import numpy as np

from app.learning.first_policy import Plan
from app.learning.recipe import Labelled
from app.learning.training import Recipe

NAMES = ("V1", "V2", "V3")


def made_up_transactions(*, rows: int = 3000, frauds: int = 300, seed: int = 0) -> Labelled:
    generator = np.random.default_rng(seed)
    is_fraud = np.arange(rows) < frauds
    features = generator.normal(size=(rows, 3)) + 2.5 * is_fraud[:, None]
    amounts = generator.exponential(60, size=rows).round(2)
    return Labelled(names=NAMES, features=features, amounts=amounts, is_fraud=is_fraud)


def a_plan(*, version: str = "2026-01-01a", miss_rate: float = 0.15, epochs: int = 8) -> Plan:
    return Plan(
        version=version,
        recipe=Recipe(seed=1, hidden=(16, 8), learning_rate=1e-2, epochs=epochs),
        legit_weight=2.0,
        base_rate=0.05,
        miss_rate=miss_rate,
        confidence=0.95,
        novelty_at_most=99.99,
    )


def nobody_watches(epoch: int, nll: float) -> None:
    """Training is watched by nobody."""
