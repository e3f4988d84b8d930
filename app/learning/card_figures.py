"""The figures a model's card quotes, each with the part of the data it comes from."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from app.learning import evaluation
from app.learning.calibrating import fit_platt
from app.learning.first_policy import Plan, Scored, first_policy, labels_of, policy_figures
from app.learning.metrics.precision import decline_bound
from app.learning.splits import rows_sha256
from app.scoring.arrays import Floats
from app.scoring.scorer import Scorer
from app.triage.certificate import PromiseInfeasible
from app.triage.labels import LABELS, Label
from app.triage.policies.policy import Policy
from app.triage.tuning.staircase import Step, chosen_confidence, staircase

#: Promises and novelty gates whose cost every card reports.
PROMISES = (0.15, 0.10, 0.05)
GATES = (99.9, 99.99)

# Standard deviations; the farthest value of the sample lies at 51.
FAR_OFF = 200.0

#: What a figure is worth.
CROSS_FITTED = (
    "cross-fitted: each row was scored by networks that did not see it, and given its probability by a"
    " calibrator fitted on the other folds; the bounds are order statistics of the same rows, so a miss rate"
    " is by construction and the certificate says what it promises"
)
DEVELOPMENT = (
    "cross-fitted: each row was scored by networks that did not see it, but the decline bound was set here"
)
HELD_OUT = (
    "out of sample for the network, the probabilities and the decline bound; the approve bound is an"
    " order statistic of its frauds, so its miss rate is by construction and the certificate says what it"
    " promises"
)


def card_figures(
    calibration: Scored, crossed: Scored, plan: Plan, *, is_cross_fitted: bool
) -> dict[str, Any]:
    """Return what the card says of recipe, seed, parts and figures.

    `calibration`: what the approve bound rests on; the same as `crossed` where that is cross-fitted.
    """
    parts = {"calibration": calibration} | ({} if is_cross_fitted else {"development": crossed})
    probability = {name: _probability(part) for name, part in parts.items()}
    return {
        "training": {"seed": plan.seed, "chosen_among": plan.chosen_among, "recipe": asdict(plan.recipe)},
        "parts": {
            name: {
                "frauds": int(part.is_fraud.sum()),
                "legits": int((~part.is_fraud).sum()),
                "rows_sha256": rows_sha256(part.hashes),
            }
            for name, part in parts.items()
        },
        "metrics": {
            "weights": f"each legit row counts {plan.legit_weight:g} times, each fraud once",
            "reading": {"calibration": CROSS_FITTED}
            if is_cross_fitted
            else {"calibration": HELD_OUT, "development": DEVELOPMENT},
            **{name: _figures(part, probability[name], plan) for name, part in parts.items()},
        },
        "staircase": [asdict(step) for step in _staircase(calibration, crossed, plan)],
        "policies": _policies(calibration, crossed, plan, is_cross_fitted=is_cross_fitted),
    }


def _staircase(calibration: Scored, crossed: Scored, plan: Plan) -> tuple[Step, ...]:
    """Return what each order of the frauds promises and costs, without gates."""
    return staircase(
        calibration.evidence[calibration.is_fraud],
        calibration.evidence[~calibration.is_fraud],
        decline_at_least=decline_bound(
            crossed.evidence, crossed.is_fraud, precision=plan.precision, base_rate=plan.base_rate
        ),
        base_rate=plan.base_rate,
        confidence=chosen_confidence(plan.confidence, steps=plan.chosen_among),
    )


def _probability(part: Scored) -> Floats:
    """Return the probabilities of a part; of rows that calibrate, by what their fold did not calibrate."""
    if part.folds is None:
        return part.scores.probability
    probability = np.empty(part.evidence.size)
    for number in np.unique(part.folds):
        own, others = part.folds == number, part.folds != number
        platt = fit_platt(part.scores.margin[others], part.is_fraud[others], part.weights[others])
        probability[own] = platt.probability(part.scores.margin[own])
    return probability


def far_off_figures(vectors: Floats, scorer: Scorer, policy: Policy) -> dict[str, float | str]:
    """Return how many far-off transactions the machine would approve, with and without the gates.

    `vectors`: legit rows, standardised, shape (transactions, columns). One value moved by `FAR_OFF`
    standard deviations stands for a wrong unit or a broken field: nobody should approve it unseen.
    """
    moved, rows = vectors.copy(), np.arange(len(vectors))
    moved[rows, rows % vectors.shape[1]] += FAR_OFF
    # No first policy looks at amounts; the moved rows have none that mean anything.
    scores, amounts = scorer.score(moved), np.zeros(len(moved))
    without = replace(policy, novelty_at_most=None, spread_at_most=None)
    approved = {
        name: float((labels_of(scores, amounts, each) == LABELS.index(Label.LEGIT)).mean())
        for name, each in (("approved_without_gates", without), ("approved_by_the_policy", policy))
    }
    return {"what": f"development legits, one column in turn moved by {FAR_OFF:g} deviations", **approved}


def _figures(part: Scored, probability: Floats, plan: Plan) -> Mapping[str, Any]:
    """Return the figures of one part, each with its bootstrap interval by class."""
    told = evaluation.model_intervals(
        part.evidence,
        probability,
        part.is_fraud,
        part.weights,
        generator=np.random.Generator(np.random.PCG64(plan.seed)),
    )
    return {
        "frauds": int(part.is_fraud.sum()),
        "legits": int((~part.is_fraud).sum()),
        **{name: asdict(interval) for name, interval in told.items()},
    }


def _policies(calibration: Scored, crossed: Scored, plan: Plan, *, is_cross_fitted: bool) -> dict[str, Any]:
    """Return what other promises, and gates, would cost; an infeasible promise says what it needs."""
    told: dict[str, Any] = {}
    for miss_rate in PROMISES:
        for gate in (None, *GATES):
            name = f"miss at most {miss_rate:.0%}" + (f", novelty at most {gate:g}" if gate else "")
            try:
                own = replace(plan, novelty_at_most=gate)
                policy, certificate = first_policy(
                    calibration, crossed, own, miss_rate=miss_rate, is_cross_fitted=is_cross_fitted
                )
            except PromiseInfeasible as infeasible:
                told[name] = str(infeasible)
                continue
            told[name] = {
                "approve_at_most": policy.approve_at_most,
                "decline_at_least": policy.decline_at_least,
                "order": certificate.order,
                "calibration": policy_figures(calibration, policy, base_rate=plan.base_rate).as_dict(),
            }
    return told
