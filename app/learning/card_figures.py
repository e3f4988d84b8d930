"""The figures a model's card quotes, each with the part of the data it comes from."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from app.learning import evaluation
from app.learning.first_policy import CrossFitted, Plan, Scored, first_policy, labels_of, policy_figures
from app.learning.splits import rows_sha256
from app.scoring.arrays import Floats
from app.scoring.scorer import Scorer
from app.triage.certificate import PromiseInfeasible
from app.triage.labels import LABELS, Label
from app.triage.policies.policy import Policy

#: Promises and novelty gates whose cost every card reports.
PROMISES = (0.15, 0.10)
GATES = (99.9, 99.99)

# Standard deviations; the farthest value of the sample lies at 51.
FAR_OFF = 200.0

#: What a figure of each part is worth.
READING = {
    "development": (
        "cross-fitted: each row's evidence comes from networks that did not see it, but calibrator and"
        " decline bound were fitted here, and the recipe was chosen here: flattering"
    ),
    "calibration": (
        "out of sample for the network, the probabilities and the decline bound; the approve bound is an"
        " order statistic of its frauds, so its miss rate is by construction and the certificate says what it"
        " promises"
    ),
}


def card_figures(calibration: Scored, crossed: CrossFitted, scorer: Scorer, plan: Plan) -> dict[str, Any]:
    """Return what the card says of recipe, seed, parts and figures."""
    probability = scorer.calibrator.probability(crossed.evidence)
    return {
        "training": {"seed": plan.seed, "recipe": asdict(plan.recipe)},
        "parts": {
            name: {
                "frauds": int(part.is_fraud.sum()),
                "legits": int((~part.is_fraud).sum()),
                "rows_sha256": rows_sha256(part.hashes),
            }
            for name, part in (("development", crossed), ("calibration", calibration))
        },
        "metrics": {
            "weights": f"each legit row counts {plan.legit_weight:g} times, each fraud once",
            "reading": READING,
            "development": _figures(crossed, probability, plan),
            "calibration": _figures(calibration, calibration.scores.probability, plan),
        },
        "policies": _policies(calibration, crossed, plan),
    }


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


def _figures(part: Scored | CrossFitted, probability: Floats, plan: Plan) -> Mapping[str, Any]:
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


def _policies(calibration: Scored, crossed: CrossFitted, plan: Plan) -> dict[str, Any]:
    """Return what other promises, and gates, would cost; an infeasible promise says what it needs."""
    told: dict[str, Any] = {}
    for miss_rate in PROMISES:
        for gate in (None, *GATES):
            name = f"miss at most {miss_rate:.0%}" + (f", novelty at most {gate:g}" if gate else "")
            try:
                own = replace(plan, novelty_at_most=gate)
                policy, certificate = first_policy(calibration, crossed, own, miss_rate=miss_rate)
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
