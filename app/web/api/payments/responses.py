"""What goes out of the API about payments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from app.review.answer import Answer
from app.review.outcome import GroundTruth, OutcomeSource
from app.scoring.schema.feature import NUMBERS, Feature, Kind
from app.triage.labels import Label, Reason


class ScoreOut(BaseModel):
    """What the model says; logits where not said otherwise."""

    model_config = ConfigDict(from_attributes=True)

    probability: float = Field(description="Calibrated P(fraud).")
    evidence_fraud: float
    evidence_legit: float | None = Field(description="Null where the model has only the margin.")
    margin: float
    spread: float = Field(description="Standard deviation over the dropout passes.")
    interval_low: float = Field(description="5 % quantile over the passes.")
    interval_high: float = Field(description="95 % quantile over the passes.")
    entropy: float = Field(description="All doubt (nats).")
    expected_entropy: float = Field(description="Ambiguity: looks like both (nats).")
    mutual_information: float = Field(
        description="Epistemic uncertainty: mutual information between model and label (nats)."
    )
    predictive_variance: float
    novelty: float = Field(description="Distance to the training data, as percentile of it (0-100).")


class AnswerOut(BaseModel):
    """The machine's first decision on a transaction."""

    transaction_id: str
    decision_id: int
    label: Label
    reason: Reason
    score: ScoreOut | None = Field(description="Null when the model could not say.")
    model_version: str
    policy_version: int
    case_id: int | None = Field(description="The case a person will look at, if any.")
    decided_at: datetime

    @classmethod
    def of(cls, answer: Answer) -> "AnswerOut":
        """Return the answer as it goes out; its values were made by us and need no second check."""
        values: dict[str, Any] = dict(answer.score or {})
        score = ScoreOut.model_construct(None, **values) if answer.score is not None else None
        return cls.model_construct(
            None,
            transaction_id=answer.transaction_id,
            decision_id=answer.decision_id,
            label=answer.label,
            reason=answer.reason,
            score=score,
            model_version=answer.model_version,
            policy_version=answer.policy_version,
            case_id=answer.case_id,
            decided_at=answer.decided_at,
        )


class VerdictOut(BaseModel):
    """What a person decided."""

    verdict: GroundTruth
    judged_at: datetime


class TransactionOut(BaseModel):
    """What became of a transaction so far."""

    transaction_id: str
    received_at: datetime
    decision: AnswerOut = Field(description="The newest automated decision.")
    verdict: VerdictOut | None
    outcome: str = Field(description="fraud | legit | pending: what you may act on, settled once.")
    outcome_source: OutcomeSource | None = Field(description="machine | verdict | deadline.")
    settled_at: datetime | None


class OutcomeOut(BaseModel):
    """One settled outcome."""

    transaction_id: str
    outcome: GroundTruth
    source: OutcomeSource
    settled_at: datetime
    cursor: str = Field(description="Pass as `after` to go on behind this one.")


class OutcomesOut(BaseModel):
    """The next settled outcomes, in the order in which they were settled."""

    outcomes: list[OutcomeOut]
    next_cursor: str = Field(description="Pass as `after` next time; nothing is skipped or told twice.")


class LabelResult(BaseModel):
    """What became of one label."""

    transaction_id: str
    accepted: bool
    repeated: bool = Field(default=False, description="The very same report was kept before.")
    detail: str | None = None


class LabelsOut(BaseModel):
    """How many labels were appended, and which were not."""

    accepted: int
    repeated: int = Field(default=0, description="How many of the accepted ones were kept before.")
    results: list[LabelResult]


class ReplayOut(BaseModel):
    """A stored decision made again."""

    decision_id: int
    equal: bool
    differences: Mapping[str, float] = Field(description="New minus stored, of what differs.")
    stored_label: Label
    label: Label
    stored_reason: Reason
    reason: Reason
    stored_device: str | None
    device: str
    model_version: str
    policy_version: int


class FeatureOut(BaseModel):
    """What a payment may hold under one name."""

    name: str
    kind: Kind
    unit: str
    about: str
    least: float | None = Field(description="Of numbers.")
    most: float | None = Field(description="Of numbers.")
    may_be_missing: bool = Field(description="Whether it may be null or left out.")


def feature_out(feature: Feature) -> FeatureOut:
    """Return a feature of a schema as the API tells it."""
    is_number = feature.kind in NUMBERS
    return FeatureOut(
        name=feature.name,
        kind=feature.kind,
        unit=feature.unit,
        about=feature.about,
        least=feature.least if is_number else None,
        most=feature.most if is_number else None,
        may_be_missing=feature.may_be_missing,
    )


class ModelOut(BaseModel):
    """What the active model reads."""

    version: str
    policy_version: int
    features: list[str]
    columns: list[FeatureOut] = Field(description="The same features, with what each of them may hold.")
    currencies: list[str]
