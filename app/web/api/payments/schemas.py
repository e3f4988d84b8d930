"""What goes in and out of the API, validated at the door."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.review.answer import Answer
from app.review.outcome import GroundTruth, OutcomeSource, Report
from app.scoring.features import FeatureSchema
from app.scoring.numbers import decimal_of
from app.scoring.transaction import Transaction
from app.triage.labels import Label, Reason
from app.triage.simulation.window import SMALLEST_CHANCE, TOO_SMALL
from app.web.api.payments.meaning import sha256_of_meaning
from app.web.problems import FieldProblem, InvalidTransaction

# Clocks differ, and some systems write local time as if it were UTC: at most half a day and a bit.
FUTURE_AT_MOST = timedelta(days=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
#: The fields of a body that make a payment the same as another.
MEANING = (
    "transaction_id", "occurred_at", "amount", "currency", "features", "attributes", "respond_by",
)  # fmt: skip


def _only_text(value: object) -> object:
    # A number as text would be read as seconds since 1970.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("must be text in ISO 8601 with a zone, such as 2026-05-01T12:00:00Z")
    return value


def _plain_number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004
    # Python would also read 1_000, full-width digits and spaces around it.
    if isinstance(value, str):
        return decimal_of(value)
    return value


def _utc(moment: datetime) -> datetime:
    # Compared before it is converted: a zone can push the first or the last year over the edge.
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"must lie between the years {EARLIEST.year} and {LATEST.year}")
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text), AfterValidator(_utc)]
# No control characters: PostgreSQL text cannot hold NUL, and nobody can read the others.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Any text but what is none: half a surrogate pair, or signs nobody can read.
FeatureName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
AttributeText = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=0, max_digits=16, decimal_places=4)]
Feature = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _not_too_small(propensity: float) -> float:
    if propensity < SMALLEST_CHANCE:
        raise ValueError(TOO_SMALL)
    return propensity


Propensity = Annotated[float, Field(strict=True, allow_inf_nan=False, le=1), AfterValidator(_not_too_small)]


class TransactionIn(BaseModel):
    """A payment to be decided."""

    model_config = ConfigDict(extra="forbid")

    transaction_id: Identifier = Field(
        description="Yours, unique per client; repeat it to hear the same answer."
    )
    occurred_at: Instant
    amount: Amount = Field(description="Decimal, in units of the currency; as text when exactness matters.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217.")
    features: dict[FeatureName, Feature] = Field(
        description="What the model reads; GET /v1/model names them."
    )
    attributes: dict[AttributeName, AttributeText] = Field(
        default_factory=dict,
        max_length=32,
        description="What a person may want to see: card, merchant, country, device, ip, ...",
    )
    respond_by: Instant | None = Field(
        default=None, description="When the policy's fallback becomes the outcome of an unknown."
    )

    @field_validator("respond_by")
    @classmethod
    def _answered_after_it_occurred(
        cls, respond_by: datetime | None, others: ValidationInfo
    ) -> datetime | None:
        occurred_at = others.data.get("occurred_at")
        if respond_by is not None and occurred_at is not None and respond_by <= occurred_at:
            raise ValueError("must lie after occurred_at")
        return respond_by

    def checked(self, schema: FeatureSchema, client_id: int, now: datetime) -> Transaction:
        """Return the transaction; raises `InvalidTransaction`.

        Refused are features that are not the model's, and a payment from a day that is yet to come. One
        whose `respond_by` has passed is taken: it gets its policy's fallback at once.
        """
        problems = schema.problems(self.features)
        if self.occurred_at > now + FUTURE_AT_MOST:
            raise InvalidTransaction(
                [FieldProblem(field="occurred_at", detail="lies more than a day in the future")]
            )
        if problems:
            raise InvalidTransaction(
                [
                    FieldProblem(field=f"features.{name}"[:200], detail=detail[:200])
                    for name, detail in problems[:50]
                ]
            )
        return self.transaction(client_id)

    def transaction(self, client_id: int) -> Transaction:
        """Return the transaction, whatever any model would say of its features."""
        meaning: dict[str, Any] = {name: getattr(self, name) for name in MEANING}
        return Transaction(client_id=client_id, body_sha256=sha256_of_meaning(**meaning), **meaning)


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


class LabelIn(BaseModel):
    """What turned out to be true of a transaction."""

    model_config = ConfigDict(extra="forbid")

    transaction_id: Identifier
    label: Report = Field(
        description=(
            "`withdrawn` withdraws all that the same source said of this transaction up to `learned_at`;"
            " what other sources say stands. Send it again with a later `learned_at`."
        )
    )
    source: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")] = (
        Field(description="chargeback, audit, customer, ...")
    )
    occurred_at: Instant
    learned_at: Instant
    propensity: Propensity | None = Field(
        default=None,
        description=(
            "The chance with which this source would have reported this transaction whatever the truth: 1"
            " for a source that reports every transaction; left out where it cannot say, as for chargebacks,"
            f" and of what is withdrawn. At least {SMALLEST_CHANCE}."
        ),
        json_schema_extra={"minimum": SMALLEST_CHANCE},
    )

    @model_validator(mode="after")
    def _learned_after_it_occurred(self) -> Self:
        if self.learned_at < self.occurred_at:
            raise ValueError("learned_at must not lie before occurred_at")
        return self

    @model_validator(mode="after")
    def _withdrawn_without_propensity(self) -> Self:
        if self.label is Report.WITHDRAWN and self.propensity is not None:
            raise ValueError("what is withdrawn has no propensity")
        return self


class LabelsIn(BaseModel):
    """Ground truth, at most 10,000 rows at once."""

    model_config = ConfigDict(extra="forbid")

    labels: list[LabelIn] = Field(min_length=1, max_length=10_000)


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


class ModelOut(BaseModel):
    """What the active model reads."""

    version: str
    policy_version: int
    features: list[str]
    currencies: list[str]


def example_transaction(schema: FeatureSchema) -> dict[str, Any]:
    """Return a body that this schema accepts, for the documentation."""
    return {
        "transaction_id": "order-48213",
        "occurred_at": "2026-05-01T12:00:00+02:00",
        "amount": "41.90",
        "currency": schema.currencies[0],
        "features": {
            name: round(float(centre), 2) for name, centre in zip(schema.names, schema.centre, strict=False)
        },
        "attributes": {"card": "•••• 8841", "merchant": "M-20417", "country": "BE"},
        "respond_by": "2026-05-01T12:15:00+02:00",
    }
