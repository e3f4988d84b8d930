"""What decisions cost, in the currency of the amounts, and the bounds on P(fraud) that cost least."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np

from app.scoring.arrays import Floats
from app.triage.described import SHARE, Meaning, Section, check_ranges

_MONEY = partial(Meaning, Section.COSTS, unit="currency", lowest=0)
_SHARE = partial(Meaning, Section.COSTS, unit=SHARE, lowest=0, highest=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a decision costs beside the amount; raises `PolicyImpossible` for what no business can mean."""

    review: Annotated[float, _MONEY("One look by an analyst", "One review")]
    #: Fee and handling of the chargeback.
    overhead: Annotated[
        float, _MONEY("What a missed fraud costs beside its amount", "A missed fraud, beside its amount")
    ]
    friction: Annotated[
        float, _MONEY("Lost margin and goodwill of a declined good customer", "A good customer declined")
    ]
    detection_rate: Annotated[
        float, _SHARE("Share of reviewed frauds the analyst finds", "Frauds an analyst finds")
    ]
    analyst_false_decline_rate: Annotated[
        float, _SHARE("Share of reviewed legits the analyst declines", "Legits an analyst declines")
    ]

    def __post_init__(self) -> None:
        """Refuse negative costs, costs beyond all amounts, and rates above one."""
        check_ranges(self, "costs")


#: Where nobody has said what things cost: round figures of a card issuer, to be replaced by its own.
USUAL_COSTS = Costs(
    review=3.0, overhead=20.0, friction=10.0, detection_rate=0.9, analyst_false_decline_rate=0.05
)


def expected_loss(probability: Floats, amounts: Floats, costs: Costs) -> Floats:
    """Return P(fraud) x (amount + overhead), what approving puts at risk; shape (transactions,)."""
    return probability * (amounts + costs.overhead)


def expected_costs(probability: Floats, amounts: Floats, costs: Costs) -> tuple[Floats, Floats, Floats]:
    """Return what approving, reviewing and declining cost in expectation, each of shape (transactions,).

    Approve: pL; review: c + p(1 - d)L + (1 - p)uF; decline: (1 - p)F, with loss L = amount + overhead,
    review c, friction F, detection rate d and false declines u of analysts.
    """
    loss = amounts + costs.overhead
    legit = 1 - probability
    missed = probability * (1 - costs.detection_rate) * loss
    wronged = legit * costs.analyst_false_decline_rate * costs.friction
    return probability * loss, costs.review + missed + wronged, legit * costs.friction


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
