"""From labelled transactions to a model with its first policy, and every figure its card quotes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.learning import fitting
from app.learning.card_figures import card_figures, far_off_figures
from app.learning.first_policy import Plan, Scored, first_policy, reason_of
from app.learning.splits import row_hashes, stratified_parts
from app.learning.training import Part, Trained, Watch, train_network
from app.scoring.features import FeatureSchema
from app.scoring.network.masks import Masks, draw_masks
from app.scoring.network.passes import Passes
from app.scoring.scorer import Scorer
from app.triage.certificate import Certificate
from app.triage.policy import Policy

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]

#: The parts of the data, by what they are used for.
PARTS = ("training", "validation", "calibration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Raw labelled transactions; rows along the first axis."""

    names: tuple[str, ...]
    #: Shape (transactions, names).
    features: Floats
    amounts: Floats
    is_fraud: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """The parts of a model version, with the facts for its card."""

    trained: Trained
    masks: Masks
    scorer: Scorer
    legit_quantiles: Floats
    policy: Policy
    certificate: Certificate
    #: Why the first policy is what it is, in one sentence.
    reason: str
    facts: dict[str, Any]


def learn(data: Labelled, plan: Plan, *, watch: Watch) -> Learned:
    """Train, calibrate, bound and measure; pure: the same data and plan give the same model.

    The calibration part sets the approve bound and measures, and is used for nothing else.

    Raises `PromiseInfeasible` when it holds too few frauds for the plan's promise, `NothingLearned`
    when the network cannot tell fraud from legit.
    """
    hashes = row_hashes(data.features, data.amounts)
    parts = stratified_parts(data.is_fraud, hashes, shares=plan.shares, seed=plan.recipe.seed)
    training, validation, _ = parts
    weights = np.where(data.is_fraud, 1.0, plan.legit_weight)
    schema = _schema(data, training, weights)
    vectors = schema.standardised(data.features, data.amounts)
    learning_part, held_out = (
        Part(vectors=vectors[rows], is_fraud=data.is_fraud[rows], weights=weights[rows])
        for rows in (training, validation)
    )
    trained = train_network(learning_part, held_out, plan.recipe, watch=watch)
    masks = draw_masks(hidden=plan.recipe.hidden[-1], dropout=plan.recipe.dropout, seed=plan.recipe.seed)
    quantiles = _quantiles(data, training)
    scorer = _scorer(Passes(trained.network, masks, device="cpu"), schema, quantiles, learning_part, held_out)
    scored = {
        name: Scored(scorer.score(vectors[rows]), data.is_fraud[rows], weights[rows], hashes[rows])
        for name, rows in zip(PARTS, parts, strict=True)
    }
    policy, certificate = first_policy(scored, plan, miss_rate=plan.miss_rate)
    far_off = far_off_figures(held_out.vectors[~held_out.is_fraud], scorer, policy)
    return Learned(
        trained=trained,
        masks=masks,
        scorer=scorer,
        legit_quantiles=quantiles,
        policy=policy,
        certificate=certificate,
        reason=reason_of(policy, certificate, plan),
        facts=card_figures(scored, plan, trained) | {"far_off": far_off},
    )


def _scorer(
    passes: Passes, schema: FeatureSchema, quantiles: Floats, training: Part, validation: Part
) -> Scorer:
    """Calibrate on the validation part, measure novelty against the training part."""
    margins = np.round(passes.margins(validation.vectors).mean(axis=1), 6)
    return Scorer(
        schema=schema,
        passes=passes,
        calibrator=fitting.fit_platt(margins, validation.is_fraud, validation.weights),
        novelty=fitting.fit_novelty(training.vectors, training.weights),
        legit_median=schema.standardised(quantiles[None, :-1, 50], quantiles[-1:, 50])[0],
    )


def _schema(data: Labelled, training: Rows, weights: Floats) -> FeatureSchema:
    raw = np.column_stack([data.features[training], np.log1p(data.amounts[training])])
    centre, scale = fitting.fit_scaling(raw, weights[training])
    return FeatureSchema(names=data.names, centre=centre, scale=scale)


def _quantiles(data: Labelled, training: Rows) -> Floats:
    raw = np.column_stack([data.features[training], data.amounts[training]])
    return fitting.legit_quantiles(raw, data.is_fraud[training])
