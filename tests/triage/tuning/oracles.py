"""The exact rules by payment that proposals in bands are measured by."""

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.triage.costs import Costs, cost_bounds, expected_costs
from app.triage.labels import Codes


def savings_of_review(probability: Floats, amounts: Floats, costs: Costs) -> Floats:
    """Return what a review saves in expectation against the better of the other two, (transactions,)."""
    approve, review, decline = expected_costs(probability, amounts, costs)
    return np.minimum(approve, decline) - review


def review_most_valuable(
    probability: Floats, amounts: Floats, costs: Costs, slots: int
) -> tuple[Flags, float]:
    """Return which payments to review, at most `slots` of them, and the shadow price of one more slot.

    The price is the saving of the most valuable payment left out, 0 when every saving review has a slot.
    """
    savings = savings_of_review(probability, amounts, costs)
    order = np.argsort(-savings, kind="stable")
    worth = order[savings[order] > 0]
    chosen = np.zeros(savings.shape, dtype=np.bool_)
    chosen[worth[:slots]] = True
    price = float(savings[worth[slots]]) if worth.size > slots else 0.0
    return chosen, price


def cheapest_labels(probability: Floats, amounts: Floats, costs: Costs) -> Codes:
    """Return the label that costs least for each payment, codes into `LABELS`, shape (transactions,).

    By the bounds of `cost_bounds`: with both bounds equal, the bound itself declines.
    """
    low, high = cost_bounds(amounts, costs)
    declined = probability >= high
    return np.where(declined, 2, np.where(probability <= low, 0, 1)).astype(np.int8)
