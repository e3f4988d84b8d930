"""The steps of a promise as numbers."""

from pydantic import BaseModel, Field

from app.triage.tuning.staircase import chosen_confidence
from app.web.api.policies.charts import LookedAt
from app.web.api.policies.documents import PolicyDocument
from app.web.api.policies.responses import CertificateOut
from app.web.api.policies.simulations import WindowOut
from app.workflows.policies.lab.trials import Span
from app.workflows.policies.promise_steps import CountedOn, PricedStep, PricedSteps


class StepOut(BaseModel):
    """A promise that can be made, and what it costs."""

    miss_rate: float = Field(description="Frauds approved / all frauds, at most.")
    review_rate: float | None = Field(description="Unknowns / all; null: not known.")
    document: PolicyDocument = Field(description="The policy with the bounds that keep it.")
    certificate: CertificateOut

    @classmethod
    def of(cls, step: PricedStep) -> "StepOut":
        """Return a step as it goes out."""
        return cls(
            miss_rate=step.promise.miss_rate,
            review_rate=step.review_rate,
            document=PolicyDocument.of(step.policy),
            certificate=CertificateOut.model_validate(step.certificate),
        )


class StepsOut(LookedAt):
    """The promises to choose from, the loosest first."""

    counted_on: CountedOn = Field(
        description="What review rates are shares of: the window's payments, or, where it says too little,"
        " the rows that taught the model (out-of-fold, without gates, by its card)."
    )
    chosen_among: int = Field(description="How many there are: whoever chooses one sends this with it.")
    confidence: float = Field(description="Which the chosen one keeps.")
    each_confidence: float = Field(description="With which each is worked out for that.")
    steps: list[StepOut]

    @classmethod
    def of(cls, priced: PricedSteps, span: Span) -> "StepsOut":
        """Return the steps as they go out."""
        confidence = priced.steps[0].promise.confidence
        return cls(
            window=WindowOut.model_validate(span),
            model_version=priced.steps[0].policy.model_version,
            transactions=priced.transactions,
            counted_on=priced.counted_on,
            chosen_among=len(priced.steps),
            confidence=confidence,
            each_confidence=chosen_confidence(confidence, steps=priced.steps[0].certificate.chosen_among),
            steps=[StepOut.of(each) for each in priced.steps],
        )
