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
from app.learning.comparison.candidates import masks_of
from app.learning.comparison.sample import Sample
from app.learning.enough_rows import different_rows, without_copied_frauds
from app.learning.first_policy import Plan, Scored, first_policy, reason_of
from app.learning.preparation.labelled import Labelled
from app.learning.preparation.parts import Parts
from app.learning.splits import short_hashes
from app.learning.taught.teaching import Teaching
from app.learning.training.ensemble import joined
from app.learning.training.fitting import Fitted
from app.scoring.arrays import Floats, Rows
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.features import FeatureSchema
from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes
from app.scoring.novelty import Neighbours
from app.scoring.out_of_fold import NO_FOLD, FoldNumbers, out_of_fold_margins, out_of_fold_scores
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
    #: Short hashes of the rows it was fitted on, ascending, and the fold of each.
    fitted_rows: NDArray[np.uint64]
    fitted_folds: FoldNumbers
    #: The rows that bounds rest on, as they were scored.
    calibration: Scored


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trained:
    """The ensemble, whose group j saw all development rows but those of fold j."""

    fitted: Fitted
    masks: Masks
    #: Of each row of the sample.
    folds: FoldNumbers
    groups: int


def learn(data: Labelled, plan: Plan, *, watch: Watch) -> Learned:
    """Train, calibrate, bound and measure; pure: the same data and plan give the same model.

    What serves is the mean of four groups of networks, each taught all rows but those of its fold. What
    calibrates, bounds and measures are the rows' scores by the group that did not see them; where the parts
    hold out a calibration part, that bounds approvals and measures, scored by all, and serves nothing else.

    Raises `PromiseInfeasible` when too few frauds are known for the plan's promise, `NothingLearned`
    when the network cannot tell fraud from legit, `RowsTooFarApart`, `RecipeRefused` or `LibraryMissing`.
    """
    sample, parts = data.sample(legit_weight=plan.legit_weight), data.parted(seed=plan.seed)
    teaching = Teaching(sample=sample, encoding=data.encoding, plan=plan)
    trained = _trained(teaching, parts, watch)
    scorer, quantiles = _surrounded(data, sample, parts, trained, plan)
    crossed = _crossed(data, sample, parts, trained, scorer)
    calibration = crossed if parts.is_cross_fitted else _held_out(data, sample, parts, scorer)
    policy, certificate = first_policy(
        calibration, crossed, plan, miss_rate=plan.miss_rate, is_cross_fitted=parts.is_cross_fitted
    )
    rows = parts.development
    legits = rows[~sample.is_fraud[rows]]
    hashes = short_hashes(sample.hashes[rows])
    by_hash = np.argsort(hashes, kind="stable")
    return Learned(
        network=trained.fitted.network,
        masks=trained.masks,
        scorer=scorer,
        legit_quantiles=quantiles,
        policy=policy,
        certificate=certificate,
        reason=reason_of(policy, certificate, plan),
        facts=card_figures(calibration, crossed, plan, is_cross_fitted=parts.is_cross_fitted)
        | {"far_off": far_off_figures(_vectors(data, legits, scorer), scorer, policy)},
        fitted_rows=hashes[by_hash],
        fitted_folds=trained.folds[rows][by_hash],
        calibration=calibration,
    )


def _trained(teaching: Teaching, parts: Parts, watch: Watch) -> _Trained:
    """Teach each group its rows, and join them."""
    sample, seed = teaching.sample, teaching.plan.seed
    folds = np.full(sample.is_fraud.size, NO_FOLD, dtype=np.uint8)
    fits = []
    for number, fold in enumerate(parts.folds):
        folds[fold.held_out] = number
        fits.append(teaching.fit(fold.learned, seed=seed + 1 + number, watch=partial(watch, 1 + number)))
    training = sample.training(parts.development)
    centre, scale = fitting.fit_scaling(training.raw, training.weights)
    fitted = joined(fits, centre=centre, scale=scale)
    return _Trained(fitted=fitted, masks=masks_of(fitted, seed=seed), folds=folds, groups=len(fits))


def _crossed(data: Labelled, sample: Sample, parts: Parts, trained: _Trained, scorer: Scorer) -> Scored:
    """Return the rows of all folds, each scored by members that did not see it, each fraud once."""
    rows = _counted(sample, parts)
    vectors = _vectors(data, rows, scorer)
    scores = out_of_fold_scores(scorer, vectors, trained.folds[rows], groups=trained.groups)
    return Scored.of(scores, sample, rows, folds=trained.folds[rows])


def _held_out(data: Labelled, sample: Sample, parts: Parts, scorer: Scorer) -> Scored:
    """Return the calibration rows, scored by all members; nine copies of a fraud say no more than the one."""
    rows = parts.calibration
    rows = rows[different_rows(sample.origins.keys[rows], sample.is_fraud[rows])]
    return Scored.of(scorer.score(_vectors(data, rows, scorer)), sample, rows)


def _counted(sample: Sample, parts: Parts) -> Rows:
    rows = parts.scored
    return rows[without_copied_frauds(sample.origins.keys[rows], sample.is_fraud[rows])]


def _vectors(data: Labelled, rows: Rows, scorer: Scorer) -> Floats:
    return scorer.schema.standardised(data.features[rows], data.amounts[rows])


def _surrounded(
    data: Labelled, sample: Sample, parts: Parts, trained: _Trained, plan: Plan
) -> tuple[Scorer, Floats]:
    """Return the scorer around a fitted network, and the quantiles of legit it compares with."""
    fitted, development = trained.fitted, parts.development
    schema = FeatureSchema(encoding=data.encoding, centre=fitted.centre, scale=fitted.scale)
    training = sample.training(development)
    vectors = fitted.standardised(training.raw)
    payload = np.column_stack([data.features[development], data.amounts[development]])
    quantiles = fitting.legit_quantiles(payload, training.is_fraud)
    passes = Passes(fitted.network, trained.masks, device="cpu")
    novelty = fitting.fit_novelty(vectors, training.weights, schema.sent)
    neighbours = _neighbours(vectors, training.weights, seed=plan.seed)
    median = schema.standardised(quantiles[None, :-1, 50], quantiles[-1:, 50])[0]

    scorer = Scorer(
        schema=schema,
        passes=passes,
        calibrator=_calibrator(sample, parts, trained, passes, plan),
        novelty=novelty,
        neighbours=neighbours,
        legit_median=median,
    )
    return scorer, quantiles


def _calibrator(sample: Sample, parts: Parts, trained: _Trained, passes: Passes, plan: Plan) -> Calibrator:
    """Return the map to probabilities that suits the rows as members that did not see them score them."""
    rows = _counted(sample, parts)
    vectors = trained.fitted.standardised(sample.raw[rows])
    return choose_calibrator(
        out_of_fold_margins(passes, vectors, trained.folds[rows], groups=trained.groups),
        sample.is_fraud[rows],
        sample.weights[rows],
        folds=4,
        generator=np.random.Generator(np.random.PCG64(plan.seed)),
    ).calibrator


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
