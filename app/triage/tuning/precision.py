"""A decline bound with certified precision: of those declined, at least this share is fraud.

The lower Clopper-Pearson bound of TPR and the upper one of FPR, each with half the risk, give a lower
bound of precision at the population's fraud rate. All bounds of a grid that was fixed before the labels
were looked at share the risk (Bonferroni), so that whichever of them is then chosen keeps its promise.
"""

from math import ceil, log

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.templated_text import Templated
from app.triage.binomial import clopper_pearson, precision_lower_bound
from app.triage.certificate import PromiseInfeasible
from app.triage.written_numbers import count, exact_percent

NAME = "precision by Clopper-Pearson bounds over a fixed grid"
#: Every half logit, from even odds far up: more would cost confidence, fewer would cost frauds caught.
DECLINE_BOUNDS: Floats = np.arange(-5.0, 25.01, 0.5)


def decline_bound(
    fraud_evidence: Floats,
    legit_evidence: Floats,
    *,
    legits: int,
    legit_floor: float,
    precision: float,
    base_rate: float,
    confidence: float,
) -> float:
    """Return the smallest of `DECLINE_BOUNDS` that keeps the precision with this confidence.

    Evidence of known frauds and of the highest of so many known legits, -inf for rows a gate keeps
    from being declined; legits below `legit_floor` were counted and not kept, so no bound below it can
    be proved.

    Raises `PromiseInfeasible`, with the numbers that would do.
    """
    frauds = fraud_evidence.size
    if frauds == 0 or legits == 0:
        raise PromiseInfeasible(Templated("known frauds and known legits are needed to promise a precision"))
    each = 1 - (1 - confidence) / DECLINE_BOUNDS.size
    for bound in DECLINE_BOUNDS[legit_floor <= DECLINE_BOUNDS].tolist():
        kept = precision_lower_bound(
            int((fraud_evidence >= bound).sum()),
            frauds,
            int((legit_evidence >= bound).sum()),
            legits,
            base_rate=base_rate,
            confidence=each,
        )
        if kept >= precision:
            return float(bound)
    raise _too_little(frauds, legits, precision=precision, base_rate=base_rate, confidence=each)


def _too_little(
    frauds: int, legits: int, *, precision: float, base_rate: float, confidence: float
) -> PromiseInfeasible:
    """Say how many legits would do if all known frauds were declined and no legit was."""
    tpr, _ = clopper_pearson(frauds, frauds, (1 + confidence) / 2)
    # precision <= pi TPR / (pi TPR + (1 - pi) FPR), and 0 of n legits bound FPR by 1 - (risk / 2)^(1/n).
    largest_fpr = base_rate * tpr * (1 - precision) / (precision * (1 - base_rate))
    needed = ceil(log((1 - confidence) / 2) / log(1 - min(largest_fpr, 1 - 1e-12)))
    if needed <= legits:
        return PromiseInfeasible(
            Templated(
                "no decline bound keeps a precision of %(share)s on what is known: %(frauds)s frauds and"
                " %(legits)s legits overlap too much",
                share=exact_percent(precision),
                frauds=count(frauds),
                legits=count(legits),
            )
        )
    return PromiseInfeasible(
        Templated(
            "a precision of %(share)s needs at least %(needed)s known legits, none of them declined, where"
            " one payment in %(one_in)s is fraud; there are %(legits)s",
            share=exact_percent(precision),
            needed=count(needed),
            one_in=count(round(1 / base_rate)),
            legits=count(legits),
        ),
        legits_needed=needed,
    )
