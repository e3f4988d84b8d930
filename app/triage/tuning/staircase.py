"""What each order statistic of the known frauds promises, and what it costs in reviews.

With n frauds a promise is not any number: approving below the k-th smallest evidence keeps one miss rate with
the given confidence, the next order another. Between two steps nothing is gained.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from app.scoring.arrays import Floats
from app.scoring.templated_text import Templated
from app.triage.certificate import Certificate
from app.triage.tuning.neyman_pearson import just_below
from app.triage.written_numbers import exact_percent, percent, plural

#: Stricter and looser promises are of no use to anybody.
LOOSEST_MISS_RATE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One promise that can be made."""

    order: int
    #: The least that the order promises with the confidence.
    miss_rate_at_most: float
    approve_at_most: float
    #: Share of all payments that is not approved, and not declined.
    review_rate: float


def staircase(
    frauds: Floats, legits: Floats, *, decline_at_least: float, base_rate: float, confidence: float
) -> tuple[Step, ...]:
    """Return the steps, the strictest first.

    `frauds`, `legits`: evidence, shape (frauds,) and (legits,). The k-th order promises the alpha with
    P(Binomial(n, alpha) <= k - 1) = 1 - confidence: the upper Clopper-Pearson bound of k - 1 misses.
    """
    ordered, of_legits = np.sort(frauds), np.sort(legits)
    steps = []
    for order in range(1, ordered.size + 1):
        miss_rate = float(stats.beta.ppf(confidence, order, ordered.size - order + 1))
        if miss_rate > LOOSEST_MISS_RATE:
            break
        bound = just_below(float(ordered[order - 1]))
        steps.append(
            Step(
                order=order,
                miss_rate_at_most=miss_rate,
                approve_at_most=bound,
                review_rate=base_rate * _between(ordered, bound, decline_at_least)
                + (1 - base_rate) * _between(of_legits, bound, decline_at_least),
            )
        )
    return tuple(steps)


def chosen_confidence(confidence: float, *, steps: int) -> float:
    """Return the confidence each of several steps needs so that the one chosen after looking keeps its own.

    Bonferroni: 1 - (1 - confidence) / steps.

    >>> chosen_confidence(0.95, steps=5)
    0.99
    """
    return round(1 - (1 - confidence) / steps, 12)


def chosen_in_words(what: str, *, confidence: float, among: int) -> str:
    """Say what choosing after looking costs; `what` was looked at, such as `12 steps`, in all so many."""
    return Templated(
        "Chosen among %(what)s after looking: each is worked out with %(each)s confidence,"
        " so that the one chosen keeps %(confidence)s.",
        what=what,
        each=percent(chosen_confidence(confidence, steps=among)),
        confidence=exact_percent(confidence),
    )


def choice_told(certificate: Certificate) -> tuple[str, ...]:
    """Return the sentence on how a promise was chosen; none where it was made without looking."""
    if certificate.confidence is None or certificate.chosen_among == 1:
        return ()
    among = certificate.chosen_among
    bounds = plural(among, "bound", "bounds")
    return (chosen_in_words(bounds, confidence=certificate.confidence, among=among),)


def _between(ordered: Floats, approve_at_most: float, decline_at_least: float) -> float:
    """Return the share above one bound and below the other."""
    begin = int(np.searchsorted(ordered, approve_at_most, side="right"))
    end = int(np.searchsorted(ordered, decline_at_least, side="left"))
    return max(end - begin, 0) / max(ordered.size, 1)
