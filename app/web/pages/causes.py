"""The reasons of decisions in plain words: why a person is asked, and by which threshold none was."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.review.access.languages import Language
from app.triage.labels import BY_LIST, Reason
from app.web.languages.reader import reader
from app.web.languages.sentences import marked, worded


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A tag, one sentence, and what it means for the reader."""

    tag: str
    sentence: str
    meaning: str


BLIND = Cause(
    tag=marked("Blind review"),
    sentence=marked("The score is hidden until you decide."),
    meaning=marked("On some cases the model's score is held back, so that your decision is your own."),
)

#: Of what a machine decided by itself, a person is told no more.
_UNEXPECTED = Cause(
    tag=marked("Manual review"),
    sentence=marked("A person should look at this payment."),
    meaning=marked("Decide by what you see."),
)

CAUSES: dict[Reason, Cause] = {
    Reason.BETWEEN_BOUNDS: Cause(
        tag=marked("Score in review range"),
        sentence=marked("Too suspicious to approve, not enough to decline."),
        meaning=marked("The score lies between the thresholds for approving and declining."),
    ),
    Reason.PASSES_DISAGREE: Cause(
        tag=marked("Model uncertain"),
        sentence=marked("The model contradicts itself on this payment."),
        meaning=marked("Its estimates spread wider than the policy allows; rely little on its score."),
    ),
    Reason.NOVEL: Cause(
        tag=marked("Novel payment"),
        sentence=marked("The model has hardly seen a payment like this."),
        meaning=marked("It lies far from all training payments; the score may mean nothing here."),
    ),
    Reason.AMBIGUOUS: Cause(
        tag=marked("Ambiguous"),
        sentence=marked("It looks like fraud and like a legit payment at once."),
        meaning=marked("More of the same data would not help the model; what you know may."),
    ),
    Reason.UNFAMILIAR: Cause(
        tag=marked("Unlike known payments"),
        sentence=marked("It looks like neither fraud nor a legit payment."),
        meaning=marked("Training data of this kind is scarce; your verdict adds to it."),
    ),
    Reason.EPISTEMIC_DOUBT: Cause(
        tag=marked("Insufficient training data"),
        sentence=marked("The model has too little training data to be sure of its score."),
        meaning=marked("Its estimates disagree more than the policy allows; rely little on its score."),
    ),
    Reason.CONTESTED: Cause(
        tag=marked("Conflicting evidence"),
        sentence=marked("Both thresholds apply: clear enough to approve, and to decline."),
        meaning=marked("The policy's thresholds are out of order here, so a person decides."),
    ),
    Reason.LARGE_EXPOSURE: Cause(
        tag=marked("High exposure"),
        sentence=marked("The model would approve it, but too much is at stake."),
        meaning=marked("The expected loss is above the policy's limit for automated approval."),
    ),
    Reason.UNUSUAL_FEED: Cause(
        tag=marked("Unusual feed"),
        sentence=marked("All that this client sends is unlike what the model learned from."),
        meaning=marked("The score may mean nothing: something between the client and the model is wrong."),
    ),
    Reason.MODEL_UNAVAILABLE: Cause(
        tag=marked("No score"),
        sentence=marked("The model did not answer when this payment came."),
        meaning=marked("Nothing was calculated; decide by what you see."),
    ),
    Reason.FEATURES_UNSUPPORTED: Cause(
        tag=marked("Sent for another model"),
        sentence=marked("Its data fits another model, which was active when it came."),
        meaning=marked("Nothing was calculated; decide by what you see."),
    ),
    Reason.CURRENCY_UNSUPPORTED: Cause(
        tag=marked("Unknown currency"),
        sentence=marked("The model never learned amounts in this currency."),
        meaning=marked("Nothing was calculated; decide by what you see."),
    ),
}


#: The tag of every reason, also of those by which nobody is asked.
TAGS: Mapping[Reason, str] = {
    Reason.BLOCKED: marked("On the block list"),
    Reason.ALLOWED: marked("On the allow list"),
    Reason.EVIDENCE_FRAUD: marked("Above the decline threshold"),
    Reason.EVIDENCE_LEGIT: marked("Below the approve threshold"),
} | {reason: cause.tag for reason, cause in CAUSES.items()}


def cause_of(reason: Reason, *, is_blind: bool = False) -> Cause:
    """Return why a person is asked, without giving the machine's decision away."""
    return BLIND if is_blind else CAUSES.get(reason, _UNEXPECTED)


def rule_of(reason: Reason) -> str:
    """Return a reason's tag within a sentence, in the reader's language: German keeps its capitals."""
    tag = worded(TAGS[reason])
    return tag.lower() if reader().language is Language.ENGLISH else tag


def decider_of(reason: Reason) -> str:
    """Return who decided, where a sentence begins with it."""
    return worded("A list") if reason in BY_LIST else worded("The model")
