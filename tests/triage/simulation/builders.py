"""Windows of past transactions, drawn with a known truth, everything else defaulted."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.uncertainty import Scores
from app.triage.labels import Codes
from app.triage.policies.policy import Policy
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH, Window
from tests.triage.builders import a_policy, some_scores

#: Midnight, 4 May 2026 UTC.
MIDNIGHT = 1_777_852_800.0
DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class World:
    """A window, and what is true of every transaction in it."""

    window: Window
    is_fraud: Flags

    @property
    def bench(self) -> ReplayTable:
        return ReplayTable.of(self.window)


def drawn_scores(generator: np.random.Generator, is_fraud: Flags) -> Scores:
    evidence: Floats = np.where(
        is_fraud, generator.normal(1, 3, is_fraud.size), generator.normal(-7, 2, is_fraud.size)
    )
    return some_scores(
        np.round(evidence, 6).astype(np.float64),
        spread=generator.gamma(4, 0.5, is_fraud.size),
        novelty=generator.random(is_fraud.size) * 100,
    )


def a_world(
    seed: int, *, size: int = 400, fraud_share: float = 0.05, policy: Policy | None = None, days: float = 2.0
) -> World:
    """Return transactions decided by a policy, with nothing known of them yet."""
    generator = np.random.default_rng(seed)
    is_fraud = generator.random(size) < fraud_share
    window = Window(
        started_at=MIDNIGHT,
        ended_at=MIDNIGHT + days * DAY,
        keys=np.arange(1, size + 1),
        decided_at=np.sort(MIDNIGHT + generator.random(size) * days * DAY),
        scores=drawn_scores(generator, is_fraud),
        standings=np.zeros(size, dtype=np.int8),
        amounts=np.round(generator.exponential(88, size), 2),
        listed=np.zeros(size, dtype=np.int8),
        labels=np.zeros(size, dtype=np.int8),
        propensities=np.ones(size),
        truths=np.full(size, NO_TRUTH, dtype=np.int8),
        truth_propensities=np.full(size, np.nan),
    )
    decided = replay(ReplayTable.of(window), policy or a_policy())
    window = replace(window, labels=decided.labels, propensities=decided.propensities)
    return World(window=window, is_fraud=is_fraud)


def known(world: World, rows: Flags, propensities: Floats | float) -> World:
    """Return the world in which the truth of these rows has become known, with these propensities."""
    truths: Codes = np.where(rows, np.where(world.is_fraud, FRAUD_TRUTH, LEGIT_TRUTH), NO_TRUTH).astype(
        np.int8
    )
    chances = np.where(rows, propensities, np.nan)
    window = replace(world.window, truths=truths, truth_propensities=chances)
    return replace(world, window=window)


def all_known(world: World) -> World:
    return known(world, np.ones(world.is_fraud.size, dtype=np.bool_), 1.0)


def audited(world: World, seed: int) -> World:
    """Return the world in which people looked where the propensities sent them."""
    looked = np.random.default_rng(seed).random(world.is_fraud.size) < world.window.propensities
    return known(world, looked, world.window.propensities)


def empty_window(**changes: Any) -> Window:
    window = a_world(0, size=1).window
    none: dict[str, Any] = {
        name: getattr(window, name)[:0]
        for name in (
            *("keys", "decided_at", "standings", "amounts", "listed", "labels"),
            *("propensities", "truths", "truth_propensities"),
        )
    }  # fmt: skip
    return replace(window, scores=window.scores.selected(slice(0, 0)), **(none | changes))
