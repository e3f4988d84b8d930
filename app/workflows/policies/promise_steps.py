"""What a promise costs: a few steps, each with its review rate, and what the rate was counted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.triage.certificate import Certificate, Promise
from app.triage.policies.policy import Policy
from app.triage.simulation.review_rates import review_rates
from app.triage.simulation.window import Window
from app.triage.tuning.promised_steps import PromisedStep


class CountedOn(StrEnum):
    """What the review rates of steps are shares of."""

    #: The payments of the window, gates included.
    WINDOW = "window"
    #: The rows that taught the model, out-of-fold and without gates, as its card says.
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedStep:
    """A promise that can be made, and what it costs."""

    promise: Promise
    policy: Policy
    certificate: Certificate
    #: Unknowns / all; None where neither the window nor the card says.
    review_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSteps:
    """The steps of a policy, the loosest first; never none."""

    steps: tuple[PricedStep, ...]
    counted_on: CountedOn
    #: Transactions of the window.
    transactions: int


def priced(steps: Sequence[PromisedStep], window: Window, card: Mapping[str, Any]) -> PricedSteps:
    """Return what the steps cost: in the window where that says enough, else by the model's card."""
    counted_on = CountedOn.WINDOW if window.observed.is_enough else CountedOn.CARD
    rates: Sequence[float | None]
    if counted_on is CountedOn.WINDOW:
        rates = review_rates(window, [each.policy for each in steps])
    else:
        rates = [_rate_of_card(each.policy.base_bounds.approve_at_most, card) for each in steps]
    return PricedSteps(
        steps=tuple(
            PricedStep(
                promise=each.promise, policy=each.policy, certificate=each.certificate, review_rate=rate
            )
            for each, rate in zip(steps, rates, strict=True)
        ),
        counted_on=counted_on,
        transactions=window.size,
    )


def _rate_of_card(approve_at_most: float, card: Mapping[str, Any]) -> float | None:
    """Return the review rate of the card's loosest step that approves no more than this bound."""
    known = [step for step in card.get("staircase", ()) if step["approve_at_most"] <= approve_at_most]
    if not known:
        return None
    return float(max(known, key=lambda step: float(step["approve_at_most"]))["review_rate"])
