"""A population whose rates are known in closed form, and calibration parts drawn from it."""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import stats

from app.scoring.arrays import Floats
from app.triage.policies.policy import Policy
from app.triage.tuning.evidence import LabelledScores
from app.triage.tuning.learn_then_test import Grid
from tests.triage.builders import some_scores

DRAWS = 2000
SHAPE = 4


def at_most_by_chance(delta: float, draws: int = DRAWS) -> float:
    """Return the share of broken draws under which a kept promise stays, but for one time in 700."""
    return delta + 3 * float(np.sqrt(delta * (1 - delta) / draws))


@dataclass(frozen=True, kw_only=True)
class Population:
    """Normal evidence and gamma spread, independent within a class: every rate is a product."""

    fraud_evidence: tuple[float, float] = (1.0, 3.0)
    legit_evidence: tuple[float, float] = (-7.0, 2.0)
    #: Mean spread (logits) of each class.
    fraud_spread: float = 2.0
    legit_spread: float = 2.0
    base_rate: float = 0.1

    def drawn(
        self, generator: np.random.Generator, *, frauds: int, legits: int = 0, legit_floor: float = -inf
    ) -> LabelledScores:
        """Return that many known rows; of the legits only those at or above the floor are kept."""
        ordinary = generator.normal(*self.legit_evidence, legits)
        ordinary = ordinary[ordinary >= legit_floor]
        evidence = np.concatenate([generator.normal(*self.fraud_evidence, frauds), ordinary])
        means = np.repeat([self.fraud_spread, self.legit_spread], [frauds, ordinary.size])
        return LabelledScores(
            scores=some_scores(np.round(evidence, 6), spread=generator.gamma(SHAPE, means / SHAPE)),
            standings=np.zeros(evidence.size, dtype=np.int8),
            amounts=None,
            is_fraud=np.arange(evidence.size) < frauds,
            legits=legits,
            legit_floor=legit_floor,
            base_rate=self.base_rate,
            rows_sha256="0" * 64,
            source="a draw",
        )

    def miss_rates(self, approve_at_most: Floats, spread_at_most: Floats) -> Floats:
        """Return frauds approved / all frauds; both columns of shape (policies,), inf for no limit."""
        approved = stats.norm.cdf(approve_at_most, *self.fraud_evidence)
        return np.asarray(approved * _within(spread_at_most, self.fraud_spread))

    def false_decline_rates(self, decline_at_least: Floats, spread_at_most: Floats) -> Floats:
        declined = stats.norm.sf(decline_at_least, *self.legit_evidence)
        return np.asarray(declined * _within(spread_at_most, self.legit_spread))

    def precisions(self, decline_at_least: Floats, spread_at_most: Floats) -> Floats:
        caught = stats.norm.sf(decline_at_least, *self.fraud_evidence)
        frauds = self.base_rate * caught * _within(spread_at_most, self.fraud_spread)
        legits = (1 - self.base_rate) * self.false_decline_rates(decline_at_least, spread_at_most)
        return np.asarray(frauds / (frauds + legits))

    def grid(self, shifts: Floats, *quantiles: float, approve_at_most: float = -3.0) -> Grid:
        """Return shifts of a bound x no limit and spread limits that keep these shares of the legits."""
        limits = np.round(stats.gamma.ppf(quantiles, SHAPE, scale=self.legit_spread / SHAPE), 6).tolist()
        approved = stats.norm.cdf(approve_at_most + shifts, *self.legit_evidence)
        shares = tuple(np.asarray(approved * kept) for kept in (1.0, *quantiles))
        return Grid(shifts=shifts, spread_limits=(None, *limits), approved_shares=shares)


def columns(policies: list[Policy]) -> tuple[Floats, Floats, Floats]:
    """Return approve bounds, decline bounds and spread limits (inf for none), shape (policies,) each."""
    limits = [inf if policy.spread_at_most is None else policy.spread_at_most for policy in policies]
    return (
        np.array([policy.approve_at_most for policy in policies]),
        np.array([policy.decline_at_least for policy in policies]),
        np.array(limits),
    )


def _within(limit: Floats, mean: float) -> Floats:
    return np.asarray(stats.gamma.cdf(limit, SHAPE, scale=mean / SHAPE))
