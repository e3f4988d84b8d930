"""What other bounds would have done to scores that are known already."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, Codes, Label
from app.triage.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How many transactions carry each label."""

    fraud: int
    legit: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.fraud + self.legit + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How many transactions go from one label to another."""

    before: Label
    after: Label
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The same scores under two policies."""

    before: LabelCounts
    after: LabelCounts
    moves: tuple[Move, ...]
    #: Transactions known to be fraud, and how many of them each policy approves.
    known_frauds: int
    known_frauds_approved_before: int
    known_frauds_approved_after: int
    #: Cases each policy gives to people, its audits counted as their expectation.
    reviews_before: float
    reviews_after: float


def replay(
    scores: Scores,
    standings: Codes,
    amounts: NDArray[np.float64],
    is_known_fraud: NDArray[np.bool_],
    *,
    before: Policy,
    after: Policy,
) -> Replayed:
    """Decide the same scores by both policies and compare; all arrays of shape (transactions,)."""
    old = decide(scores, standings, amounts, before).labels
    new = decide(scores, standings, amounts, after).labels
    pairs = np.bincount(old.astype(np.intp) * len(LABELS) + new, minlength=len(LABELS) ** 2)
    moves = tuple(
        Move(before=was, after=becomes, count=int(pairs[i * len(LABELS) + j]))
        for i, was in enumerate(LABELS)
        for j, becomes in enumerate(LABELS)
        if i != j and pairs[i * len(LABELS) + j]
    )
    legit = LABELS.index(Label.LEGIT)
    return Replayed(
        before=count_labels(old),
        after=count_labels(new),
        moves=moves,
        known_frauds=int(is_known_fraud.sum()),
        known_frauds_approved_before=int((is_known_fraud & (old == legit)).sum()),
        known_frauds_approved_after=int((is_known_fraud & (new == legit)).sum()),
        reviews_before=_reviews(count_labels(old), before),
        reviews_after=_reviews(count_labels(new), after),
    )


def count_labels(labels: Codes) -> LabelCounts:
    """Count codes into `LABELS`."""
    counts = dict(zip(LABELS, np.bincount(labels, minlength=len(LABELS)).tolist(), strict=True))
    return LabelCounts(fraud=counts[Label.FRAUD], legit=counts[Label.LEGIT], unknown=counts[Label.UNKNOWN])


def _reviews(counts: LabelCounts, policy: Policy) -> float:
    return (
        counts.unknown
        + counts.legit * policy.audit_share_approved
        + counts.fraud * policy.audit_share_declined
    )
