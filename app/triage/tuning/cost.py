"""Bounds that cost least, band by band of the amount: the more is at stake, the surer one has to be."""

from dataclasses import replace
from math import sqrt

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.calibration.calibrator import Calibrator
from app.triage.costs import Costs, cost_bounds, expected_costs
from app.triage.labels import Codes
from app.triage.policies.policy import AmountBand, Bounds, Policy
from app.triage.tuning.evidence_scale import approve_evidence, decline_evidence

#: Where bands begin: powers of two, within which the best bounds hardly move.
AMOUNTS_FROM = tuple(float(2**power) for power in range(3, 14))


def propose_by_cost(
    policy: Policy,
    calibrator: Calibrator,
    *,
    amounts_from: tuple[float, ...] = AMOUNTS_FROM,
    review_surcharge: float = 0.0,
) -> Policy:
    """Return the policy with the amount bands whose bounds cost least by its own costs.

    Each band takes the per-amount bounds (`cost_bounds`) of its geometric middle, as logits of the
    calibrated probability; the first is taken at half its end, the last at its start. `review_surcharge`
    is added to the cost of a review: the price of a scarce hour.
    """
    costs = replace(policy.costs, review=policy.costs.review + review_surcharge)
    ends = [*amounts_from, None]
    middles = [amounts_from[0] / 2] + [
        start if end is None else sqrt(start * end) for start, end in zip(amounts_from, ends[1:], strict=True)
    ]
    low, high = cost_bounds(np.array(middles), costs)
    approve = approve_evidence(calibrator, low)
    decline = decline_evidence(calibrator, high)
    bounds = [
        replace(
            policy.base_bounds,
            approve_at_most=round(min(float(at_most), float(at_least)), 6),
            decline_at_least=round(float(at_least), 6),
        )
        for at_most, at_least in zip(approve, decline, strict=True)
    ]
    bands = tuple(
        AmountBand(amount_from=start, bounds=bound)
        for start, bound in zip(amounts_from, bounds[1:], strict=True)
    )
    return _with_base(replace(policy, bands=bands), bounds[0])


def banding_regret(labels: Codes, probability: Floats, amounts: Floats, costs: Costs) -> float:
    """Return how much more these labels cost in expectation than the exact rule per amount (currency).

    Columns of shape (transactions,); rows a gate decided count as well: the difference is what bands
    and gates cost together.
    """
    options = np.stack(expected_costs(probability, amounts, costs))
    places = np.arange(labels.size)
    return float((options[labels, places] - options.min(axis=0)).sum())


def _with_base(policy: Policy, bounds: Bounds) -> Policy:
    return replace(policy, approve_at_most=bounds.approve_at_most, decline_at_least=bounds.decline_at_least)
