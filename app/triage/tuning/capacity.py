"""What to review when hours are scarce: the cases whose review saves most, and what one more hour is worth.

With B reviews a day, the B cases with the largest saving V = min(approve, decline) - review > 0 are
reviewed. That is the cost rule with the review priced at c + lambda, lambda being the saving of the first
case left out: the shadow price of one review, the Lagrange multiplier of the limit on reviews.
"""

from dataclasses import dataclass

from app.scoring.calibration.calibrator import Calibrator
from app.scoring.templated_text import Templated
from app.triage.costs import Costs
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from app.triage.simulation.observed import MINIMUM
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.tuning.cost import AMOUNTS_FROM, propose_by_cost
from app.triage.written_numbers import few

# The price is found to a cent.
CENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityProposal:
    """A policy that fits the hours, and what the hours are worth (currency)."""

    policy: Policy
    price_per_review: float
    price_per_analyst_hour: float
    reviews_per_day: float


def propose_by_capacity(
    bench: ReplayTable,
    policy: Policy,
    calibrator: Calibrator,
    *,
    amounts_from: tuple[float, ...] = AMOUNTS_FROM,
) -> CapacityProposal:
    """Return the cost policy with the cheapest price of a review at which the window fits the hours.

    Reviews of the window, audits at their expectation, come to at most `reviews_per_day` of the
    policy's staffing; gates stay as they are. Bisection over the price: the dearer a review, the fewer
    payments are worth one.

    Raises `PolicyImpossible` when gates and audits alone take more hours than there are, and when too
    little was observed to know what arrives in a day.
    """
    capacity = policy.staffing.reviews_per_day

    def at(price: float) -> tuple[Policy, float]:
        priced = propose_by_cost(policy, calibrator, amounts_from=amounts_from, review_surcharge=price)
        return priced, _reviews_per_day(bench, priced)

    price, (fitting, reviews) = 0.0, at(0.0)
    if reviews > capacity:
        price = _price_of_no_review(bench, policy.costs)
        fitting, reviews = at(price)
        if reviews > capacity:
            raise PolicyImpossible(
                "staffing.analysts",
                Templated(
                    "gates and audits alone leave people %(reviews)s cases a day;"
                    " they can judge %(capacity)s",
                    reviews=few(reviews),
                    capacity=few(capacity),
                ),
            )
        low = 0.0
        while price - low > CENT:
            middle = (low + price) / 2
            tried, came = at(middle)
            if came <= capacity:
                fitting, reviews, price = tried, came, middle
            else:
                low = middle
    return CapacityProposal(
        policy=fitting,
        price_per_review=price,
        price_per_analyst_hour=price * policy.staffing.reviews_per_analyst_hour,
        reviews_per_day=reviews,
    )


def _reviews_per_day(bench: ReplayTable, policy: Policy) -> float:
    reviews = replay(bench, policy).outcome.reviews_per_day
    if reviews is None:
        raise PolicyImpossible(
            "staffing.analysts",
            Templated(
                "too little was observed to know how many cases a day come:"
                " %(observed)s, and it takes %(minimum)s",
                observed=bench.window.observed.told,
                minimum=MINIMUM,
            ),
        )
    return reviews


def _price_of_no_review(bench: ReplayTable, costs: Costs) -> float:
    """Return a price at which no payment of the window, nor of its amounts, is worth a review."""
    largest = float(bench.window.amounts.max(initial=0.0))
    return max(costs.friction, largest + costs.overhead) + CENT
