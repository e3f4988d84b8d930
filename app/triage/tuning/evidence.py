"""What a promise is set on: payments whose truth is known, scored by what was not fitted to them."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.templated_text import Templated
from app.scoring.uncertainty import Scores
from app.triage.certificate import Kind, PromiseInfeasible
from app.triage.deciding import decide
from app.triage.labels import LABELS, Codes, Label
from app.triage.policies.policy import Bounds, Policy, widest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledScores:
    """Scored payments with their truth; columns of shape (rows,)."""

    scores: Scores
    standings: Codes
    #: In the transactions' currency; None where they were not kept.
    amounts: Floats | None
    is_fraud: Flags
    #: All legit rows there were; those kept may be only the ones at or above `legit_floor`.
    legits: int
    legit_floor: float = -inf
    #: Share of frauds in the population.
    base_rate: float
    rows_sha256: str
    #: In words, such as "the model's calibration part".
    source: str
    kind: Kind = Kind.HELD_OUT
    #: Models whose bounds on these rows were compared before this one was taken.
    chosen_among: int = 1

    @property
    def frauds(self) -> int:
        """How many known frauds there are."""
        return int(self.is_fraud.sum())

    @property
    def drawn_by(self) -> str | None:
        """What draws the order of a bound; None: the plain one, as cross-fitted scores need."""
        return self.rows_sha256 if self.kind is Kind.HELD_OUT else None

    def amounts_for(self, policy: Policy) -> Floats:
        """Return the amounts, or zeros where the policy does not look at them, shape (rows,).

        Raises `PromiseInfeasible` when it does and none were kept.
        """
        amounts = self.amounts
        if amounts is None:
            if policy.bands or policy.expected_loss_at_most is not None:
                raise PromiseInfeasible(
                    Templated(
                        "%(source)s holds no amounts: a promise over amount bands or expected losses needs"
                        " labelled payments of your own",
                        source=self.source,
                    )
                )
            return np.zeros(self.is_fraud.size)
        return amounts

    def labels(self, policy: Policy) -> Codes:
        """Decide the rows by a policy; codes into `LABELS`. Raises `PromiseInfeasible` as `amounts_for`."""
        return decide(self.scores, self.standings, self.amounts_for(policy), policy).labels

    def slack(self, policy: Policy) -> Floats:
        """Return `slack_of` these rows; raises `PromiseInfeasible` as `amounts_for`.

        The spread of a few members is not that of all: cross-fitted, it is trusted to stop nothing.
        """
        if self.kind is Kind.CROSS_FITTED:
            policy = replace(policy, spread_at_most=None, mutual_information_at_most=None)
        return slack_of(self.scores, self.standings, self.amounts_for(policy), policy)


def slack_of(scores: Scores, standings: Codes, amounts: Floats, policy: Policy) -> Floats:
    """Return by how much each row's evidence lies above its approve bound, shape (rows,).

    +inf for rows that no approve bound would approve: stopped by a gate, by too little evidence for
    legit, by the loss they put at risk, or declined.
    """
    approvable = decide(scores, standings, amounts, widest(policy)).labels == LABELS.index(Label.LEGIT)
    bounds = np.array([band.bounds.approve_at_most for band in policy.all_bands])
    place = np.zeros(amounts.shape, dtype=np.intp)
    for band in policy.bands:
        place += amounts >= band.amount_from
    # Evidence and bounds are multiples of one step; their difference is one again.
    return np.where(approvable, np.round(scores.evidence_fraud - bounds[place], 6), inf)


def shifted(policy: Policy, by: float) -> Policy:
    """Return the policy with the approve bounds of all bands moved together, none above its decline bound.

    Where a bound would pass it, what lies between is declined already.
    """

    def moved(bounds: Bounds) -> Bounds:
        return replace(
            bounds, approve_at_most=min(round(bounds.approve_at_most + by, 6), bounds.decline_at_least)
        )

    base = moved(policy.base_bounds)
    bands = tuple(replace(band, bounds=moved(band.bounds)) for band in policy.bands)
    return replace(policy, approve_at_most=base.approve_at_most, bands=bands)
