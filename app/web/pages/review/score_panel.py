"""The model's score of one case: its probability, and a scale with both thresholds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.triage.policies.bounds import bounds_at
from app.triage.policies.policy import Policy
from app.web.languages.sentences import worded
from app.web.pages import formatting

# Air left and right of the outermost mark, as a share of the scale.
MARGIN = 0.12
# A label this near to an edge (percent) would be cut off when centred.
EDGE = 16.0
# What a bound's own label needs beside it (percent).
ROOM = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place on the scale: in percent of its width, with a label and the side that has room for it."""

    at: float
    label: str
    anchor: str

    @property
    def text_at(self) -> float:
        """Where the label starts, centres or ends; a breath away from its mark."""
        return self.at + {"start": 0.8, "end": -0.8}.get(self.anchor, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The bounds, this case, and the middle nine tenths of its passes."""

    approve: Mark
    decline: Mark
    this: Mark
    low: float
    high: float

    @property
    def is_crowded(self) -> bool:
        """Whether the labels of the two bounds would run into each other on one line."""
        is_same_side = self.approve.anchor == self.decline.anchor
        return is_same_side and self.decline.at - self.approve.at < ROOM

    @property
    def between(self) -> float:
        """Width of what people decide, in percent; nothing where the bounds are out of order."""
        return max(self.decline.at - self.approve.at, 0.0)

    @property
    def interval(self) -> float:
        """Width of the interval, in percent."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The model's opinion of one case."""

    probability: str
    frequency: str
    #: What the passes' 5 and 95 % quantiles mean as probabilities; empty for another model's case.
    range: str
    #: None when the case was scored by another model, whose bounds lay on another scale.
    scale: Scale | None
    #: The scale in one sentence, for those who hear the page.
    spoken: str
    #: The same on the scale that policies are set on.
    logits: str


#: From a logit to P(fraud), as a person reads it.
AsProbability = Callable[[float], str]


def opinion(file: CaseFile, model: Model, policy: Policy) -> Opinion | None:
    """Return what the model said of this case; None when it said nothing."""
    score = file.score
    if score is None or (probability := score["probability"]) is None:
        return None
    is_same = file.model_version == model.version

    def told(logit: float) -> str:
        return formatting.fine_percent(float(model.scorer.calibrator.probability(np.array([logit]))[0]))

    low, high = score["interval_low"], score["interval_high"]
    reach = ""
    if is_same and low is not None and high is not None:
        least, most = model.scorer.calibrator.probability(np.array([low, high])).tolist()
        reach = worded("%(low)s to %(high)s", low=formatting.percent(least), high=formatting.percent(most))
    return Opinion(
        probability=formatting.percent(probability),
        frequency=_frequency(probability),
        range=reach,
        scale=scale(file, policy, told) if is_same else None,
        spoken=_spoken(file, policy, told) if is_same else "",
        logits=_logits(file, policy) if is_same else "",
    )


def scale(file: CaseFile, policy: Policy, told: AsProbability) -> Scale | None:
    """Return where the case lies on the scale of the thresholds; None without a score.

    Places are those of the logits, labels are probabilities: the calibration never falls, so a bound on the
    one is the same bound on the other.
    """
    numbers = _numbers(file)
    if numbers is None:
        return None
    evidence, low, high = numbers
    bounds = bounds_at(policy, float(file.amount))
    shown = (bounds.approve_at_most, bounds.decline_at_least, low, high)
    start, end = min(shown), max(shown)
    air = max(end - start, 1e-6) * MARGIN
    start, end = start - air, end + air

    def at(value: float) -> float:
        return round((value - start) / (end - start) * 100, 2)

    return Scale(
        approve=Mark(
            at=at(bounds.approve_at_most),
            label=worded("approve below %(approve_at_most)s", approve_at_most=told(bounds.approve_at_most)),
            anchor="start" if at(bounds.approve_at_most) < ROOM else "end",
        ),
        decline=Mark(
            at=at(bounds.decline_at_least),
            label=worded(
                "decline above %(decline_at_least)s", decline_at_least=told(bounds.decline_at_least)
            ),
            anchor="end" if at(bounds.decline_at_least) > 100 - ROOM else "start",
        ),
        this=Mark(
            at=at(evidence),
            label=worded("this payment %(evidence)s", evidence=told(evidence)),
            anchor=_centred(at(evidence)),
        ),
        low=at(low),
        high=at(high),
    )


def _numbers(file: CaseFile) -> tuple[float, float, float] | None:
    if file.score is None:
        return None
    evidence, low, high = (file.score[name] for name in ("evidence_fraud", "interval_low", "interval_high"))
    if evidence is None:
        return None
    return evidence, evidence if low is None else low, evidence if high is None else high


def _centred(at: float) -> str:
    if at < EDGE:
        return "start"
    return "end" if at > 100 - EDGE else "middle"


def _frequency(probability: float) -> str:
    many = formatting.one_in(probability)
    begun = f"{many[:1].upper()}{many[1:]}"
    # One in so many is; several in ten are.
    if probability < 0.45:
        return worded("%(many)s such payments is fraud.", many=begun)
    return worded("%(many)s such payments are fraud.", many=begun)


def _spoken(file: CaseFile, policy: Policy, told: AsProbability) -> str:
    numbers = _numbers(file)
    if numbers is None:
        return ""
    evidence, low, high = (told(value) for value in numbers)
    bounds = bounds_at(policy, float(file.amount))
    return worded(
        "Probability of fraud %(evidence)s, model range %(low)s to %(high)s. Payments"
        " are approved below %(approve_at_most)s and declined above %(decline_at_least)s.",
        evidence=evidence,
        low=low,
        high=high,
        approve_at_most=told(bounds.approve_at_most),
        decline_at_least=told(bounds.decline_at_least),
    )


def _logits(file: CaseFile, policy: Policy) -> str:
    numbers = _numbers(file)
    if numbers is None:
        return ""
    evidence, low, high = (formatting.number(value) for value in numbers)
    bounds = bounds_at(policy, float(file.amount))
    return worded(
        "This payment %(evidence)s, 90 %% of the estimates %(low)s to %(high)s; approve"
        " up to %(approve_at_most)s, decline from %(decline_at_least)s.",
        evidence=evidence,
        low=low,
        high=high,
        approve_at_most=formatting.number(bounds.approve_at_most),
        decline_at_least=formatting.number(bounds.decline_at_least),
    )
