"""What decisions cost, in the currency of the amounts."""

import numpy as np

from app.learning.metrics.columns import Flags, Floats, checked
from app.triage.costs import Costs
from app.triage.labels import LABELS, Codes, Label


def row_costs(labels: Codes, is_fraud: Flags, amounts: Floats, costs: Costs) -> Floats:
    """Return what each decision cost; `labels` are codes into `LABELS`, all of shape (transactions,).

    Approving a fraud loses amount + overhead; declining a legit its friction; a review costs itself and
    what the analyst then gets wrong, in expectation. Raises ValueError for a code without label.
    """
    loss = np.where(is_fraud, amounts + costs.overhead, 0.0)
    friction = np.where(is_fraud, 0.0, costs.friction)
    wrong = (1 - costs.detection_rate) * loss + costs.analyst_false_decline_rate * friction
    by_label = {Label.LEGIT: loss, Label.UNKNOWN: costs.review + wrong, Label.FRAUD: friction}
    return np.asarray(np.choose(labels, [by_label[label] for label in LABELS]), dtype=np.float64)


def policy_cost(labels: Codes, is_fraud: Flags, amounts: Floats, weights: Floats, costs: Costs) -> float:
    """Return what the decisions cost the population the rows stand for, in total (currency).

    Each column has shape (transactions,). Raises ValueError as `row_costs` does, and for columns of
    different shapes.
    """
    checked(amounts, is_fraud, weights)
    return float(weights @ row_costs(labels, is_fraud, amounts, costs))


def savings(labels: Codes, is_fraud: Flags, amounts: Floats, weights: Floats, costs: Costs) -> float:
    """Return 1 - cost / min(cost of approving all, cost of declining all) (Bahnsen et al. 2013).

    1: the decisions cost nothing; 0: as good as one label for all; below 0: worse. Columns as in
    `policy_cost`. Raises ValueError when one label for all costs nothing.
    """
    alike = [
        policy_cost(np.full_like(labels, LABELS.index(label)), is_fraud, amounts, weights, costs)
        for label in (Label.LEGIT, Label.FRAUD)
    ]
    if min(alike) == 0:
        raise ValueError("one label for all costs nothing: there is nothing to save")
    return 1 - policy_cost(labels, is_fraud, amounts, weights, costs) / min(alike)
