"""From labelled transactions to a model with its first policy, and every figure its card quotes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.learning import fitting
from app.learning.calibrating import choose_calibrator
from app.learning.card_figures import card_figures, far_off_figures
from app.learning.comparison.candidates import evidence_of, masks_of
from app.learning.comparison.sample import Sample
from app.learning.enough_rows import different_rows, without_copied_frauds
from app.learning.first_policy import CrossFitted, Plan, Scored, first_policy, reason_of
from app.learning.preparation.labelled import Labelled
from app.learning.preparation.parts import Parts
from app.learning.splits import short_hashes
from app.learning.taught.teaching import Teaching
from app.learning.training.fitting import Fitted
from app.scoring.arrays import Floats, Rows
from app.scoring.features import FeatureSchema
from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes
from app.scoring.novelty import Neighbours
from app.scoring.scorer import Scorer
from app.triage.certificate import Certificate
from app.triage.policies.policy import Policy

#: Told after each epoch: (fit from 1, group from 1, epoch from 1, mean loss).
Watch = Callable[[int, int, int, float], None]

# The mean of the k nearest of this many prototypes; more cost time at every case and told no more.
PROTOTYPES, NEAREST = 256, 3
# A prototype stands for this many rows or more on average, so that few are dropped as too thin.
ROWS_PER_PROTOTYPE = 20
# Where the network reads prototypes (standard deviations).
PROTOTYPE_CLAMP = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """The parts of a model version, with the facts for its card."""

    network: Mlp
    masks: Masks
    scorer: Scorer
    legit_quantiles: Floats
    policy: Policy
    certificate: Certificate
    #: Why the first policy is what it is, in one sentence.
    reason: str
    facts: dict[str, Any]
    #: Short hashes of the rows it was fitted on, ascending.
    fitted_rows: NDArray[np.uint64]
    #: The calibration part as it was scored.
    calibration: Scored


def learn(data: Labelled, plan: Plan, *, watch: Watch) -> Learned:
    """Train, calibrate, bound and measure; pure: the same data and plan give the same model.

    The development rows are fitted on; what calibrates and what bounds declines is their evidence from
    networks that did not see them (four folds). The calibration part sets the approve bound and
    measures, and is used for nothing else.

    Raises `PromiseInfeasible` when it holds too few frauds for the plan's promise, `NothingLearned`
    when the network cannot tell fraud from legit, `RowsTooFarApart`, `RecipeRefused` or `LibraryMissing`.
    """
    sample, parts = data.sample(legit_weight=plan.legit_weight), data.parted(seed=plan.seed)
    development, calibration = parts.development, parts.calibration
    # Nine copies of a fraud say no more of the miss rate than the one.
    calibration = calibration[different_rows(sample.origins.keys[calibration], sample.is_fraud[calibration])]
    teaching = Teaching(sample=sample, encoding=data.encoding, plan=plan)
    fitted = teaching.fit(development, seed=plan.seed, watch=partial(watch, 1))
    masks = masks_of(fitted, seed=plan.seed)
    crossed = _cross_fitted(teaching, parts, watch)
    scorer, quantiles = _surrounded(data, sample, development, fitted, masks, crossed, plan)
    vectors = scorer.schema.standardised(data.features, data.amounts)
    scored = Scored(
        scorer.score(vectors[calibration]),
        data.amounts[calibration],
        sample.is_fraud[calibration],
        sample.weights[calibration],
        sample.hashes[calibration],
    )
    policy, certificate = first_policy(scored, crossed, plan, miss_rate=plan.miss_rate)
    legits = vectors[development][~sample.is_fraud[development]]
    return Learned(
        network=fitted.network,
        masks=masks,
        scorer=scorer,
        legit_quantiles=quantiles,
        policy=policy,
        certificate=certificate,
        reason=reason_of(policy, certificate, plan),
        facts=card_figures(scored, crossed, scorer, plan)
        | {"far_off": far_off_figures(legits, scorer, policy)},
        fitted_rows=np.sort(short_hashes(sample.hashes[development])),
        calibration=scored,
    )


def _cross_fitted(teaching: Teaching, parts: Parts, watch: Watch) -> CrossFitted:
    """Return the evidence of development rows from networks that did not see them, each fraud once."""
    sample, plan, development = teaching.sample, teaching.plan, parts.development
    evidence = np.full(sample.is_fraud.size, np.nan)
    for number, fold in enumerate(parts.folds):
        seed = plan.seed + 1 + number
        fitted = teaching.fit(fold.learned, seed=seed, watch=partial(watch, 2 + number))
        evidence[fold.held_out] = evidence_of(fitted, masks_of(fitted, seed=seed), sample.raw[fold.held_out])
    counted = without_copied_frauds(sample.origins.keys[development], sample.is_fraud[development])
    rows = development[counted]
    return CrossFitted(
        evidence=evidence[rows],
        is_fraud=sample.is_fraud[rows],
        weights=sample.weights[rows],
        hashes=sample.hashes[rows],
    )


def _surrounded(
    data: Labelled,
    sample: Sample,
    development: Rows,
    fitted: Fitted,
    masks: Masks,
    crossed: CrossFitted,
    plan: Plan,
) -> tuple[Scorer, Floats]:
    """Return the scorer around a fitted network, and the quantiles of legit it compares with."""
    schema = FeatureSchema(encoding=data.encoding, centre=fitted.centre, scale=fitted.scale)
    training = sample.training(development)
    vectors = fitted.standardised(training.raw)
    payload = np.column_stack([data.features[development], data.amounts[development]])
    quantiles = fitting.legit_quantiles(payload, training.is_fraud)
    calibrator = choose_calibrator(
        crossed.evidence,
        crossed.is_fraud,
        crossed.weights,
        folds=4,
        generator=np.random.Generator(np.random.PCG64(plan.seed)),
    ).calibrator
    scorer = Scorer(
        schema=schema,
        passes=Passes(fitted.network, masks, device="cpu"),
        calibrator=calibrator,
        novelty=fitting.fit_novelty(vectors, training.weights, schema.sent),
        neighbours=_neighbours(vectors, training.weights, seed=plan.seed),
        legit_median=schema.standardised(quantiles[None, :-1, 50], quantiles[-1:, 50])[0],
    )
    return scorer, quantiles


def _neighbours(vectors: Floats, weights: Floats, *, seed: int) -> Neighbours:
    """Return prototypes of the rows: of fewer and larger groups where small ones would be too thin.

    Raises `RowsTooFarApart`.
    """
    prototypes = max(NEAREST, min(PROTOTYPES, len(vectors) // ROWS_PER_PROTOTYPE))
    while True:
        try:
            return fitting.fit_neighbours(
                vectors, weights, prototypes=prototypes, k=NEAREST, clamp=PROTOTYPE_CLAMP, seed=seed
            )
        except fitting.RowsTooFarApart:
            if prototypes == NEAREST:
                raise
            prototypes = max(NEAREST, prototypes // 2)
