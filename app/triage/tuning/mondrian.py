"""Class-conditional (Mondrian) conformal bounds: right on average, certified never.

lo: strictly below the floor(e1 (n1 + 1))-th smallest evidence of frauds is approved; hi: strictly above
the floor(e0 (n0 + 1))-th largest of legits is declined. Then P(approved | fraud) <= e1 and
P(declined | legit) <= e0, on average over calibration draws (Vovk 2012). Where lo > hi, so that the
prediction set between them would be empty, a proposal approves up to hi only: that keeps both promises.
"""

from math import inf, isinf

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.templated_text import Templated
from app.triage.certificate import PromiseInfeasible
from app.triage.tuning.neyman_pearson import RESOLUTION, just_below
from app.triage.written_numbers import count, exact_percent

NAME = "Mondrian conformal prediction (Vovk 2012)"


def approve_bound(fraud_slack: Floats, *, miss_rate: float) -> tuple[float, int]:
    """Return the approve bound, and its order statistic; `fraud_slack` of shape (frauds,).

    Raises `PromiseInfeasible` for fewer frauds than 1 / miss rate - 1.
    """
    # Rounded: 0.05 x 20 must not come to the 0.9999... below 1.
    order = int(np.floor(round(miss_rate * (fraud_slack.size + 1), 9)))
    if order < 1:
        needed = int(np.ceil(round(1 / miss_rate - 1, 9)))
        raise PromiseInfeasible(
            Templated(
                "%(needed)s known frauds are needed to miss at most %(share)s on average;"
                " there are %(frauds)s",
                needed=count(needed),
                share=exact_percent(miss_rate),
                frauds=count(fraud_slack.size),
            ),
            frauds_needed=needed,
        )
    return just_below(float(np.partition(fraud_slack, order - 1)[order - 1])), order


def decline_bound(legit_evidence: Floats, legits: int, *, false_decline_rate: float) -> float:
    """Return the decline bound; `legit_evidence` holds the highest ones of so many legits, -inf when gated.

    -inf when gates alone keep the promise.

    Raises `PromiseInfeasible` for too few legits, or when fewer were kept than the bound needs.
    """
    order = int(np.floor(round(false_decline_rate * (legits + 1), 9)))
    if order < 1:
        needed = int(np.ceil(round(1 / false_decline_rate - 1, 9)))
        raise PromiseInfeasible(
            Templated(
                "%(needed)s known legit payments are needed to decline at most %(share)s of them on average;"
                " there are %(legits)s",
                needed=count(needed),
                share=exact_percent(false_decline_rate),
                legits=count(legits),
            ),
            legits_needed=needed,
        )
    if order > legit_evidence.size:
        raise PromiseInfeasible(
            Templated(
                "to decline %(share)s of good customers the evidence of %(needed)s legit payments is needed;"
                " %(kept)s were kept",
                share=exact_percent(false_decline_rate),
                needed=count(order),
                kept=count(legit_evidence.size),
            )
        )
    highest = float(np.partition(legit_evidence, legit_evidence.size - order)[legit_evidence.size - order])
    return -inf if isinf(highest) else round(highest + RESOLUTION, 6)
