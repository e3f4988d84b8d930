"""The reasons of decisions in plain words: why a person is asked, and by which threshold none was."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.triage.labels import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A tag, one sentence, and what it means for the reader."""

    tag: str
    sentence: str
    meaning: str


BLIND = Cause(
    tag="Blind review",
    sentence="The score is hidden until you decide.",
    meaning="On some cases the model's score is held back, so that your decision is your own.",
)

#: Of what a machine decided by itself, a person is told no more.
_UNEXPECTED = Cause(
    tag="Manual review",
    sentence="A person should look at this payment.",
    meaning="Decide by what you see.",
)

CAUSES: dict[Reason, Cause] = {
    Reason.BETWEEN_BOUNDS: Cause(
        tag="Score in review range",
        sentence="Too suspicious to approve, not enough to decline.",
        meaning="The score lies between the thresholds for approving and declining.",
    ),
    Reason.PASSES_DISAGREE: Cause(
        tag="Model uncertain",
        sentence="The model contradicts itself on this payment.",
        meaning="Its estimates spread wider than the policy allows; rely little on its score.",
    ),
    Reason.NOVEL: Cause(
        tag="Novel payment",
        sentence="The model has hardly seen a payment like this.",
        meaning="It lies far from all training payments; the score may mean nothing here.",
    ),
    Reason.AMBIGUOUS: Cause(
        tag="Ambiguous",
        sentence="It looks like fraud and like a legit payment at once.",
        meaning="More of the same data would not help the model; what you know may.",
    ),
    Reason.UNFAMILIAR: Cause(
        tag="Unlike known payments",
        sentence="It looks like neither fraud nor a legit payment.",
        meaning="Training data of this kind is scarce; your verdict adds to it.",
    ),
    Reason.EPISTEMIC_DOUBT: Cause(
        tag="Insufficient training data",
        sentence="The model has too little training data to be sure of its score.",
        meaning="Its estimates disagree more than the policy allows; rely little on its score.",
    ),
    Reason.CONTESTED: Cause(
        tag="Conflicting evidence",
        sentence="Both thresholds apply: clear enough to approve, and to decline.",
        meaning="The policy's thresholds are out of order here, so a person decides.",
    ),
    Reason.LARGE_EXPOSURE: Cause(
        tag="High exposure",
        sentence="The model would approve it, but too much is at stake.",
        meaning="The expected loss is above the policy's limit for automated approval.",
    ),
    Reason.UNUSUAL_FEED: Cause(
        tag="Unusual feed",
        sentence="All that this client sends is unlike what the model learned from.",
        meaning="The score may mean nothing: something between the client and the model is wrong.",
    ),
    Reason.MODEL_UNAVAILABLE: Cause(
        tag="No score",
        sentence="The model did not answer when this payment came.",
        meaning="Nothing was calculated; decide by what you see.",
    ),
    Reason.FEATURES_UNSUPPORTED: Cause(
        tag="Sent for another model",
        sentence="Its data fits another model, which was active when it came.",
        meaning="Nothing was calculated; decide by what you see.",
    ),
    Reason.CURRENCY_UNSUPPORTED: Cause(
        tag="Unknown currency",
        sentence="The model never learned amounts in this currency.",
        meaning="Nothing was calculated; decide by what you see.",
    ),
}


#: The tag of every reason, also of those by which nobody is asked.
TAGS: Mapping[Reason, str] = {
    Reason.BLOCKED: "On the block list",
    Reason.ALLOWED: "On the allow list",
    Reason.EVIDENCE_FRAUD: "Above the decline threshold",
    Reason.EVIDENCE_LEGIT: "Below the approve threshold",
} | {reason: cause.tag for reason, cause in CAUSES.items()}


def cause_of(reason: Reason, *, is_blind: bool = False) -> Cause:
    """Return why a person is asked, without giving the machine's decision away."""
    return BLIND if is_blind else CAUSES.get(reason, _UNEXPECTED)
