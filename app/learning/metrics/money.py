"""What decisions cost, in the currency of the amounts."""

from dataclasses import dataclass, fields

import numpy as np

from app.learning.metrics.columns import Flags, Floats, checked
from app.triage.policy import LABELS, Codes, Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a decision costs beside the amount; raises ValueError for values no business can mean."""

    #: One look by an analyst (currency).
    review: float
    #: What a missed fraud costs beside its amount: fee and handling of the chargeback (currency).
    overhead: float
    #: Lost margin and goodwill of a declined legit (currency).
    friction: float
    #: Share of reviewed frauds the analyst finds.
    detection_rate: float
    #: Share of reviewed legits the analyst declines.
    analyst_false_decline_rate: float

    def __post_init__(self) -> None:
        """Refuse negative costs and rates above one."""
        for field in fields(self):
            value = getattr(self, field.name)
            highest = 1.0 if field.name.endswith("_rate") else np.inf
            if not 0 <= value <= highest or np.isinf(value):
                raise ValueError(f"{field.name} cannot be {value}")


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


def cost_bounds(amounts: Floats, costs: Costs) -> tuple[Floats, Floats]:
    """Return the P(fraud) below which approving, and above which declining, costs least.

    `amounts` and both results have shape (transactions,). With loss L = amount + overhead, friction F,
    review c, detection rate d, false declines u: t_low = (c + uF) / (dL + uF) and
    t_high = (F(1 - u) - c) / (F(1 - u) + (1 - d)L). Where t_low >= t_high no review pays, and both are
    F / (F + L) (Elkan 2001). With both bounds equal, the bound itself declines, as in `decide`.
    """
    loss = amounts + costs.overhead
    rightly, wrongly = (
        costs.friction * (1 - costs.analyst_false_decline_rate),
        costs.friction * costs.analyst_false_decline_rate,
    )
    t_low = _ratio(costs.review + wrongly, costs.detection_rate * loss + wrongly, otherwise=np.inf)
    t_high = _ratio(rightly - costs.review, rightly + (1 - costs.detection_rate) * loss, otherwise=-np.inf)
    no_band = t_low >= t_high
    elkan = _ratio(costs.friction, costs.friction + loss, otherwise=0.0)
    return np.where(no_band, elkan, t_low), np.where(no_band, elkan, t_high)


def _ratio(above: float, below: Floats, *, otherwise: float) -> Floats:
    """Return above / below, and `otherwise` where nothing is below."""
    ratio: Floats = np.divide(above, below, out=np.full(below.shape, otherwise), where=below > 0)
    return ratio
