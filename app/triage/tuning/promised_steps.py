"""A few promises that differ, each with the bounds that keep it: what a manager chooses from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.triage.certificate import Certificate, Promise, PromiseInfeasible
from app.triage.policies.policy import Policy
from app.triage.tuning import neyman_pearson
from app.triage.tuning.certified import confidence_of_each, propose_by_order
from app.triage.tuning.evidence import LabelledScores

#: Miss rates worth comparing, the loosest first; known before anybody looks.
LADDER = (0.20, 0.17, 0.15, 0.12, 0.10, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedStep:
    """A promise with the policy that keeps it."""

    promise: Promise
    policy: Policy
    certificate: Certificate


def promised_steps(policy: Policy, evidence: LabelledScores, promise: Promise) -> tuple[PromisedStep, ...]:
    """Return the steps, the loosest first, each worked out so that any may be chosen after looking.

    `promise` gives the confidence, and what is promised of declines; its miss rate is not read. The bounds
    are order statistics: those of `propose_by_order`.

    Raises `PromiseInfeasible` where not even one step can be promised.
    """
    rates = offered(evidence, promise)
    steps = []
    for rate in rates:
        of_rate = replace(promise, miss_rate=rate, chosen_among=len(rates))
        found, certificate = propose_by_order(policy, evidence, of_rate)
        steps.append(PromisedStep(promise=of_rate, policy=found, certificate=certificate))
    return tuple(steps)


def offered(evidence: LabelledScores, promise: Promise) -> tuple[float, ...]:
    """Return the miss rates that the known frauds can promise together, no two by the same order.

    They follow from the number of frauds and the drawing alone: what is offered was not chosen by costs.

    Raises `PromiseInfeasible`.
    """
    rates: Sequence[float] = LADDER
    while True:
        try:
            orders = [_order(evidence, promise, rate, steps=len(rates)) for rate in rates]
        except PromiseInfeasible:
            # The strictest asks for most; fewer steps ask for less.
            if len(rates) == 1:
                raise
            rates = rates[:-1]
            continue
        # Of two promises with one bound, or with orders drawn the wrong way round, the stricter says more.
        kept = [
            rate for place, rate in enumerate(rates) if orders[place] > max(orders[place + 1 :], default=0)
        ]
        if len(kept) == len(rates):
            return tuple(rates)
        rates = kept


def _order(evidence: LabelledScores, promise: Promise, miss_rate: float, *, steps: int) -> int:
    asked = replace(promise, miss_rate=miss_rate, chosen_among=steps)
    return neyman_pearson.order_of(
        frauds=evidence.frauds,
        miss_rate=miss_rate,
        confidence=confidence_of_each(asked, evidence),
        rows_sha256=evidence.drawn_by,
    )
