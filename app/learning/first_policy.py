"""The first policy of a new model: what it promises, and on which rows that rests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning import evaluation
from app.learning.comparison.sample import Sample
from app.learning.metrics.precision import decline_bound
from app.learning.splits import rows_sha256
from app.learning.training.recipe import Recipe
from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.out_of_fold import FoldNumbers
from app.scoring.uncertainty import Scores
from app.triage.certificate import Certificate, Kind
from app.triage.deciding import decide
from app.triage.labels import STANDINGS, Codes, Standing
from app.triage.policies.policy import Policy
from app.triage.tuning.neyman_pearson import NAME, approve_bound
from app.triage.tuning.staircase import chosen_confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is decided before the data is looked at."""

    version: str
    recipe: Recipe
    #: Of the calibration part, the folds, the weights and the masks.
    seed: int
    #: How many population rows one legit row of the file stands for.
    legit_weight: float
    #: Share of frauds in the population.
    base_rate: float
    miss_rate: float
    confidence: float
    #: Among so many partings of the rows this one was chosen by what its bounds cost.
    chosen_among: int = 1
    #: Least point precision of automatic declines at the base rate.
    precision: float = 0.95
    #: Largest novelty (percentile) the machine decides on; None: no such gate.
    novelty_at_most: float | None = None
    #: Where networks are trained: `cpu` or `cuda`.
    device: str = "cpu"
    #: Legits that a network is taught: more of them teach little and take long.
    legits_at_most: int = 100_000


@dataclass(frozen=True, slots=True)
class Scored:
    """One part of the data with its scores; rows along the first axis."""

    scores: Scores
    amounts: Floats
    is_fraud: Flags
    weights: Floats
    hashes: NDArray[np.bytes_]
    #: Of rows that were fitted on: the fold whose members score them. None: held out from all.
    folds: FoldNumbers | None = None

    @classmethod
    def of(cls, scores: Scores, sample: Sample, rows: Rows, *, folds: FoldNumbers | None = None) -> "Scored":
        """Return these rows of a sample with their scores."""
        return cls(
            scores,
            sample.amounts[rows],
            sample.is_fraud[rows],
            sample.weights[rows],
            sample.hashes[rows],
            folds,
        )

    @property
    def evidence(self) -> Floats:
        """The fraud evidence the bounds are compared with."""
        return self.scores.evidence_fraud


def first_policy(
    calibration: Scored, crossed: Scored, plan: Plan, *, miss_rate: float, is_cross_fitted: bool
) -> tuple[Policy, Certificate]:
    """Return the policy that promises this miss rate, and its certificate.

    The approve bound is an order statistic of the frauds that bounds rest on; the decline bound the smallest
    that keeps the point precision on the cross-fitted rows. Where they would cross, the decline bound
    rises to the approve bound: more is then declined with less, never approved with more.

    Raises `PromiseInfeasible`.
    """
    frauds = calibration.evidence[calibration.is_fraud]
    each = chosen_confidence(plan.confidence, steps=plan.chosen_among)
    rows = rows_sha256(calibration.hashes)
    approve, order = approve_bound(
        frauds, miss_rate=miss_rate, confidence=each, rows_sha256=None if is_cross_fitted else rows
    )
    decline = decline_bound(
        crossed.evidence, crossed.is_fraud, precision=plan.precision, base_rate=plan.base_rate
    )
    policy = Policy(
        model_version=plan.version,
        approve_at_most=approve,
        decline_at_least=max(decline, approve),
        novelty_at_most=plan.novelty_at_most,
    )
    certificate = Certificate(
        method=NAME,
        kind=Kind.CROSS_FITTED if is_cross_fitted else Kind.HELD_OUT,
        miss_rate_at_most=miss_rate,
        confidence=plan.confidence,
        chosen_among=plan.chosen_among,
        frauds=int(frauds.size),
        order=order,
        rows_sha256=rows,
    )
    return policy, certificate


def reason_of(policy: Policy, certificate: Certificate, plan: Plan) -> str:
    """Return why the policy is what it is, in one sentence."""
    gate = "no novelty gate" if plan.novelty_at_most is None else f"novelty gate at {plan.novelty_at_most:g}"
    scored = (
        "frauds, each scored by networks that had not seen it"
        if certificate.kind is Kind.CROSS_FITTED
        else "frauds nobody trained on"
    )
    chosen = "" if plan.chosen_among == 1 else f", the best of {plan.chosen_among} partings of the rows"
    return (
        f"First policy of model {policy.model_version}: approve below the {certificate.order}. smallest"
        f" evidence of {certificate.frauds} {scored} (miss rate at most"
        f" {certificate.miss_rate_at_most:.0%}, {certificate.confidence:.0%}"
        f" confidence{chosen}), decline where the"
        f" precision on cross-fitted rows is at least {plan.precision:.0%}; {gate}."
    )


def labels_of(scores: Scores, amounts: Floats, policy: Policy) -> Codes:
    """Return the label codes of scored transactions, shape (transactions,)."""
    standings: Codes = np.full(scores.evidence_fraud.size, STANDINGS.index(Standing.SCORED), dtype=np.int8)
    return decide(scores, standings, amounts, policy).labels


def policy_figures(part: Scored, policy: Policy, *, base_rate: float) -> evaluation.PolicyFigures:
    """Return what a policy does on one part."""
    return evaluation.policy_figures(
        labels_of(part.scores, part.amounts, policy), part.is_fraud, base_rate=base_rate
    )
