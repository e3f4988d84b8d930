"""The threshold layer: which transactions the machine decides, and which a person must.

Precedence, the first that speaks decides:

1. ``model_unavailable``     the model failed, timed out or gave no finite number: unknown
2. ``currency_unsupported``  the model never learned this currency: unknown
3. ``novel``                 farther from the training data than the policy allows: unknown
4. ``passes_disagree``       the spread over the dropout passes is above the policy's limit: unknown
5. the bounds                fraud, legit, or between them: unknown
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from app.scoring.uncertainty import Scores


class Label(StrEnum):
    """What the machine says of a transaction."""

    LEGIT = "legit"
    UNKNOWN = "unknown"
    FRAUD = "fraud"


class Reason(StrEnum):
    """Which rule of the policy spoke."""

    MODEL_UNAVAILABLE = "model_unavailable"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    NOVEL = "novel"
    PASSES_DISAGREE = "passes_disagree"
    EVIDENCE_FRAUD = "evidence_fraud"
    EVIDENCE_LEGIT = "evidence_legit"
    AMBIGUOUS = "ambiguous"
    UNFAMILIAR = "unfamiliar"
    BETWEEN_BOUNDS = "between_bounds"


class Fallback(StrEnum):
    """What becomes of an unknown nobody judged by its deadline."""

    WAIT = "wait"
    APPROVE = "approve"
    DECLINE = "decline"


class Standing(StrEnum):
    """Whether a transaction has a score, and if not, why not."""

    SCORED = "scored"
    MODEL_UNAVAILABLE = "model_unavailable"
    CURRENCY_UNSUPPORTED = "currency_unsupported"


#: Labels and reasons by the code that `decide` returns; the label codes rise with the fraud evidence.
LABELS: tuple[Label, ...] = tuple(Label)
REASONS: tuple[Reason, ...] = tuple(Reason)
STANDINGS: tuple[Standing, ...] = tuple(Standing)

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Bounds and gates on one model version's scale, and what the desk does with the rest.

    Raises `PolicyImpossible` when the values contradict each other.
    """

    #: The one model version on whose scale the bounds were set.
    model_version: str
    #: Fraud evidence (logit) at or below which a transaction is approved.
    approve_at_most: float
    #: Fraud evidence (logit) at or above which a transaction is declined.
    decline_at_least: float
    #: For heads with their own evidence for legit: approve only at or above this; None: no such bound.
    approve_legit_at_least: float | None = None
    #: For heads with their own evidence for legit: decline only at or below this; None: no such bound.
    decline_legit_at_most: float | None = None
    #: Largest spread (logits) over the passes that the machine may decide on; None: no limit.
    spread_at_most: float | None = None
    #: Largest novelty (percentile of the training data, 0-100) it may decide on; None: no limit.
    novelty_at_most: float | None = None
    #: Share of automatic approvals, and of automatic declines, that a person looks at all the same.
    audit_share_approved: float = 0.005
    audit_share_declined: float = 0.02
    #: What an unknown becomes at its `respond_by`.
    deadline_fallback: Fallback = Fallback.WAIT
    #: Minutes in which waiting makes a case e times more urgent (tau of the queue's order).
    patience_minutes: float = 30.0
    #: What a missed fraud costs beside its amount, in the transaction's currency.
    chargeback_fee: float = 20.0

    def __post_init__(self) -> None:
        """Refuse values no policy can mean."""
        for name in NUMBERS:
            value = getattr(self, name)
            if value is not None and not isfinite(value):
                raise PolicyImpossible(name, f"{name} must be a finite number, not {value}")
        for name, lowest, highest, meaning in RANGES:
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise PolicyImpossible(name, f"{name} is {meaning}, not {value:g}")
        if self.approve_at_most > self.decline_at_least:
            raise PolicyImpossible(
                "approve_at_most",
                f"the approve bound ({self.approve_at_most:g}) lies above the decline bound"
                f" ({self.decline_at_least:g})",
            )


NUMBERS = (
    "approve_at_most",
    "decline_at_least",
    "approve_legit_at_least",
    "decline_legit_at_most",
    "spread_at_most",
    "novelty_at_most",
    "audit_share_approved",
    "audit_share_declined",
    "patience_minutes",
    "chargeback_fee",
)


RANGES = (
    ("spread_at_most", 0, inf, "a limit that cannot be negative"),
    ("novelty_at_most", 0, 100, "a percentile between 0 and 100"),
    ("audit_share_approved", 0, 1, "a share between 0 and 1"),
    ("audit_share_declined", 0, 1, "a share between 0 and 1"),
    ("patience_minutes", 1, inf, "at least one minute"),
    ("chargeback_fee", 0, inf, "an amount that cannot be negative"),
)


class PolicyImpossible(ValueError):
    """The values of this policy contradict each other."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Decisions:
    """Labels and reasons of many transactions, as codes into `LABELS` and `REASONS`.

    Shape of each: (transactions,).
    """

    labels: Codes
    reasons: Codes


def decide(scores: Scores, standings: Codes, policy: Policy) -> Decisions:
    """Label every transaction, each with exactly one reason, in the precedence of this module.

    `standings` holds codes into `STANDINGS`, shape (transactions,); where it is not SCORED the
    score columns are not read. Pure, total, and the same for one row or a million.

    Raises ValueError when the columns differ in length.
    """
    if standings.shape != scores.evidence_fraud.shape:
        raise ValueError(f"one standing per score: {standings.shape=}, {scores.evidence_fraud.shape=}")
    by_bounds = _by_bounds(scores, policy)
    gates = (
        (_unavailable(scores, standings), Reason.MODEL_UNAVAILABLE),
        (standings == STANDINGS.index(Standing.CURRENCY_UNSUPPORTED), Reason.CURRENCY_UNSUPPORTED),
        (_above(scores.novelty, policy.novelty_at_most), Reason.NOVEL),
        (_above(scores.spread, policy.spread_at_most), Reason.PASSES_DISAGREE),
    )
    stopped = [stop for stop, _ in gates]
    reasons = np.select(stopped, [REASONS.index(reason) for _, reason in gates], by_bounds.reasons)
    labels = np.where(np.logical_or.reduce(stopped), LABELS.index(Label.UNKNOWN), by_bounds.labels)
    return Decisions(labels=labels.astype(np.int8), reasons=reasons.astype(np.int8))


def _unavailable(scores: Scores, standings: Codes) -> NDArray[np.bool_]:
    """No score, or none that a bound could be compared with."""
    numbers = [scores.evidence_fraud, scores.spread, scores.novelty]
    if scores.evidence_legit is not None:
        numbers.append(scores.evidence_legit)
    broken = ~np.logical_and.reduce([np.isfinite(column) for column in numbers])
    scored = standings == STANDINGS.index(Standing.SCORED)
    absent = standings == STANDINGS.index(Standing.MODEL_UNAVAILABLE)
    result: NDArray[np.bool_] = absent | (scored & broken)
    return result


def _above(column: NDArray[np.float64], limit: float | None) -> NDArray[np.bool_]:
    if limit is None:
        return np.zeros(column.shape, dtype=np.bool_)
    return column > limit


def _by_bounds(scores: Scores, policy: Policy) -> Decisions:
    """What the bounds alone say; at lo = hi the bound itself declines, so that nothing is between."""
    fraud, legit = scores.evidence_fraud, scores.evidence_legit
    declined = fraud >= policy.decline_at_least
    approved = fraud <= policy.approve_at_most
    contradicted = unsupported = np.zeros(fraud.shape, dtype=np.bool_)
    if legit is not None:
        if policy.decline_legit_at_most is not None:
            contradicted = declined & (legit > policy.decline_legit_at_most)
        if policy.approve_legit_at_least is not None:
            unsupported = approved & (legit < policy.approve_legit_at_least)
    rules = (
        (contradicted, Label.UNKNOWN, Reason.AMBIGUOUS),
        (declined, Label.FRAUD, Reason.EVIDENCE_FRAUD),
        (unsupported, Label.UNKNOWN, Reason.UNFAMILIAR),
        (approved, Label.LEGIT, Reason.EVIDENCE_LEGIT),
    )
    conditions = [condition for condition, _, _ in rules]
    label_codes = [LABELS.index(label) for _, label, _ in rules]
    reason_codes = [REASONS.index(reason) for _, _, reason in rules]
    labels = np.select(conditions, label_codes, LABELS.index(Label.UNKNOWN))
    reasons = np.select(conditions, reason_codes, REASONS.index(Reason.BETWEEN_BOUNDS))
    return Decisions(labels=labels.astype(np.int8), reasons=reasons.astype(np.int8))
