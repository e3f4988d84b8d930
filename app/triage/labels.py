"""The words of a decision: its label, the rule that spoke, and whether there was a score to judge by."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Label(StrEnum):
    """What the machine says of a transaction."""

    LEGIT = "legit"
    UNKNOWN = "unknown"
    FRAUD = "fraud"


class Reason(StrEnum):
    """Which rule of the policy spoke."""

    BLOCKED = "blocked"
    ALLOWED = "allowed"
    MODEL_UNAVAILABLE = "model_unavailable"
    FEATURES_UNSUPPORTED = "features_unsupported"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    UNUSUAL_FEED = "unusual_feed"
    NOVEL = "novel"
    PASSES_DISAGREE = "passes_disagree"
    EPISTEMIC_DOUBT = "epistemic_doubt"
    EVIDENCE_FRAUD = "evidence_fraud"
    EVIDENCE_LEGIT = "evidence_legit"
    AMBIGUOUS = "ambiguous"
    UNFAMILIAR = "unfamiliar"
    CONTESTED = "contested"
    LARGE_EXPOSURE = "large_exposure"
    BETWEEN_BOUNDS = "between_bounds"


class Standing(StrEnum):
    """Whether a transaction has a score that its feed does not put in doubt, and if not, why not."""

    SCORED = "scored"
    MODEL_UNAVAILABLE = "model_unavailable"
    #: The features are those of another model: it was active when the payment was checked, and is no more.
    FEATURES_UNSUPPORTED = "features_unsupported"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    #: There is a score, but all that this client sends is unlike what the model learned from.
    UNUSUAL_FEED = "unusual_feed"


class Listed(StrEnum):
    """What the lists say of a payment: one of its entities is blocked, or else one is allowed."""

    BLOCK = "block"
    ALLOW = "allow"


#: Reasons that lists gave, not the score, and what was listed: neither an error nor a success of the model.
BY_LIST = {Reason.BLOCKED: Listed.BLOCK, Reason.ALLOWED: Listed.ALLOW}

#: Labels and reasons by the code that `decide` returns; the label codes rise with the fraud evidence.
LABELS: tuple[Label, ...] = tuple(Label)
REASONS: tuple[Reason, ...] = tuple(Reason)
STANDINGS: tuple[Standing, ...] = tuple(Standing)
LISTINGS: tuple[Listed | None, ...] = (None, *Listed)

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Labels and reasons of many transactions, as codes into `LABELS` and `REASONS`.

    Shape of each: (transactions,).
    """

    labels: Codes
    reasons: Codes
