"""Requests about payments, validated on arrival."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.review.card_numbers.rule import CardNumberRule
from app.review.outcome import Report
from app.scoring.features import FeatureSchema
from app.scoring.schema.feature import Feature, Kind, Value
from app.scoring.transaction import Transaction
from app.triage.simulation.window import SMALLEST_CHANCE
from app.web.api.payments.meaning import sha256_of_meaning
from app.web.api.payments.values import (
    Amount,
    AttributeName,
    AttributeText,
    FeatureName,
    FeatureValue,
    Identifier,
    Instant,
    NoCardNumber,
    Propensity,
)
from app.web.problems import FieldProblem, InvalidTransaction

# Clocks differ, and some systems write local time as if it were UTC: at most half a day and a bit.
FUTURE_AT_MOST = timedelta(days=1)
#: The fields of a body that make a payment the same as another.
MEANING = (
    "transaction_id", "occurred_at", "amount", "currency", "features", "attributes", "respond_by",
)  # fmt: skip


class TransactionIn(BaseModel):
    """A payment to be decided."""

    model_config = ConfigDict(extra="forbid")

    transaction_id: Identifier = Field(
        description="Yours, unique per client; repeat it to hear the same answer."
    )
    occurred_at: Instant
    amount: Amount = Field(description="Decimal, in units of the currency; as text when exactness matters.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217.")
    features: dict[FeatureName, FeatureValue] = Field(
        description="What the model reads; GET /v1/model names them."
    )
    attributes: dict[AttributeName, AttributeText] = Field(
        default_factory=dict,
        max_length=32,
        description="What a person may want to see: card, merchant, country, device, ip, ... Of a card its"
        " last four digits or a token: a card number is refused, or masked where the installation says so.",
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

    def checked(
        self, schema: FeatureSchema, client_id: int, now: datetime, card_numbers: CardNumberRule
    ) -> Transaction:
        """Return the transaction; raises `InvalidTransaction`.

        Refused are features that are not the model's, a payment from a day that is yet to come, and card
        numbers where none may stand; where they may, they are masked from here on. One whose `respond_by`
        has passed is taken: it gets its policy's fallback at once.
        """
        problems = [(f"features.{name}", detail) for name, detail in schema.problems(self.features)]
        problems += card_numbers.faults(self.transaction_id, self.features, self.attributes)
        if self.occurred_at > now + FUTURE_AT_MOST:
            raise InvalidTransaction(
                [FieldProblem(field="occurred_at", detail="lies more than a day in the future")]
            )
        if problems:
            raise InvalidTransaction(
                [FieldProblem(field=name[:200], detail=detail[:200]) for name, detail in problems[:50]]
            )
        return self.transaction(client_id, card_numbers)

    def transaction(self, client_id: int, card_numbers: CardNumberRule) -> Transaction:
        """Return the transaction, whatever any model would say of its features."""
        meaning: dict[str, Any] = {name: getattr(self, name) for name in MEANING}
        meaning |= {name: card_numbers.kept(meaning[name]) for name in ("features", "attributes")}
        return Transaction(client_id=client_id, body_sha256=sha256_of_meaning(**meaning), **meaning)


class LabelIn(BaseModel):
    """What turned out to be true of a transaction."""

    model_config = ConfigDict(extra="forbid")

    transaction_id: Annotated[Identifier, NoCardNumber]
    label: Report = Field(
        description=(
            "`withdrawn` withdraws all that the same source said of this transaction up to `learned_at`;"
            " what other sources say stands. Send it again with a later `learned_at`."
        )
    )
    source: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"),
        NoCardNumber,
    ] = Field(description="chargeback, audit, customer, ...")
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


def example_transaction(schema: FeatureSchema) -> dict[str, Any]:
    """Return a body that this schema accepts, for the documentation."""
    return {
        "transaction_id": "order-48213",
        "occurred_at": "2026-05-01T12:00:00+02:00",
        "amount": "41.90",
        "currency": schema.currencies[0],
        "features": {each.name: _example(each, schema) for each in schema.described.features},
        "attributes": {"card": "•••• 8841", "merchant": "M-20417", "country": "BE"},
        "respond_by": "2026-05-01T12:15:00+02:00",
    }


def _example(feature: Feature, schema: FeatureSchema) -> Value:
    """Return a value that a payment may have under this name."""
    if feature.kind is Kind.CATEGORY:
        return next(iter(schema.encoding.words[feature.name].common), "other")
    if feature.kind is Kind.BOOLEAN:
        return False
    if feature.kind is Kind.TIME:
        return "2026-04-01T12:00:00Z"
    if feature.kind is Kind.NUMERIC:
        centre = float(schema.centre[schema.columns_of[feature.name][0]])
        return min(max(round(centre, 2), feature.least), feature.most)
    return max(feature.least, 1.0)
