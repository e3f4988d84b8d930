"""Why the machine asks a person, in plain words."""

from dataclasses import dataclass

from app.database.cases.cases import CaseFile
from app.triage.labels import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A tag, one sentence, and what it means for the reader."""

    tag: str
    sentence: str
    meaning: str


BLIND = Cause(
    tag="Fresh eyes",
    sentence="You judge this one without the machine's opinion.",
    meaning="On some cases it keeps its score to itself, so that yours is your own.",
)

_UNEXPECTED = Cause(
    tag="Your judgement",
    sentence="A person should look at this payment.",
    meaning="Judge it by what you see.",
)

CAUSES: dict[Reason, Cause] = {
    Reason.BETWEEN_BOUNDS: Cause(
        tag="Between the bounds",
        sentence="Too suspicious to approve, not enough to decline.",
        meaning="The evidence lies between what the policy lets the machine decide.",
    ),
    Reason.PASSES_DISAGREE: Cause(
        tag="Passes disagree",
        sentence="The machine contradicts itself on this payment.",
        meaning="Its passes spread wider than the policy allows; trust its number little.",
    ),
    Reason.NOVEL: Cause(
        tag="Novel",
        sentence="It has hardly seen a payment like this.",
        meaning="This lies far from all it learned from; its number may mean nothing here.",
    ),
    Reason.AMBIGUOUS: Cause(
        tag="Ambiguous",
        sentence="It looks like fraud and like a legit payment at once.",
        meaning="More of the same data would not help the machine; what you know may.",
    ),
    Reason.UNFAMILIAR: Cause(
        tag="Unfamiliar",
        sentence="It looks like neither fraud nor a legit payment.",
        meaning="The machine learned too little of this kind; your verdict teaches it.",
    ),
    Reason.EPISTEMIC_DOUBT: Cause(
        tag="Learned too little",
        sentence="The machine has learned too little to be sure of its number.",
        meaning="Its passes would tell it more than the policy lets it guess; trust its number little.",
    ),
    Reason.CONTESTED: Cause(
        tag="Claimed by both",
        sentence="The bounds both claim it: clear enough to approve, and to decline.",
        meaning="The policy's bounds are out of order here, so a person decides.",
    ),
    Reason.LARGE_EXPOSURE: Cause(
        tag="Large exposure",
        sentence="The machine would approve it, but too much is at stake.",
        meaning="The expected loss is above what the policy lets it risk alone.",
    ),
    Reason.UNUSUAL_FEED: Cause(
        tag="Unusual feed",
        sentence="All that this client sends is unlike what the model learned from.",
        meaning="The score may mean nothing: something between the client and the model is wrong.",
    ),
    Reason.MODEL_UNAVAILABLE: Cause(
        tag="No score",
        sentence="The model did not answer when this payment came.",
        meaning="Nothing was calculated; judge it by what you see.",
    ),
    Reason.FEATURES_UNSUPPORTED: Cause(
        tag="Other columns",
        sentence="It carries the columns of another model, which was active when it came.",
        meaning="Nothing was calculated; judge it by what you see.",
    ),
    Reason.CURRENCY_UNSUPPORTED: Cause(
        tag="Unknown currency",
        sentence="The model never learned amounts in this currency.",
        meaning="Nothing was calculated; judge it by what you see.",
    ),
}


def cause_of(file: CaseFile, *, is_blind: bool) -> Cause:
    """Return why a person is asked, without giving the machine's decision away."""
    if is_blind:
        return BLIND
    return CAUSES.get(file.reason, _UNEXPECTED)
