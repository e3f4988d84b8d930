"""What a policy said in shadow, as it goes out."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from app.database.payments.shadow_decisions import ShadowComparison
from app.database.policies.policies import PolicyVersion
from app.triage.betting.paired import Comparison
from app.triage.labels import Label
from app.triage.policies.state import PolicyState
from app.web.api.policies.simulations import Out
from app.workflows.policies.comparing import ComparisonReport, WhyNotCompared


class ShadowCellOut(Out):
    """Transactions by what was decided and what the shadow said."""

    live: Label
    shadow: Label
    transactions: int
    amount: Decimal = Field(description="Added up as the numbers stand, whatever the currency.")
    known_frauds: int
    known_frauds_amount: Decimal
    known_legits: int


class ComparisonOut(BaseModel):
    """Challenger beside champion, on payments of one age that both scored."""

    champion: str = Field(description="The model that decided.")
    challenger: str
    verdict: Comparison
    why_not: WhyNotCompared | None = Field(description="Why nothing is said yet; null: a verdict is given.")
    saved: float | None = Field(
        description="Brier loss a payment that the challenger saves; null: none is old enough."
    )
    saved_low: float | None = Field(
        description="Between these ends it lies with 95 % confidence, however often it is read."
    )
    saved_high: float | None
    payments: int = Field(description="Scored by both, and old enough.")
    frauds: int = Field(description="Of these, the frauds seen.")
    drawn: int = Field(description="Payments drawn for people.")
    unanswered: int = Field(description="Those of them without a verdict at that age.")
    age_days: float = Field(description="The age at which payments enter.")
    through: datetime | None = Field(description="Payments received before this have entered.")

    @classmethod
    def of(cls, report: ComparisonReport) -> "ComparisonOut":
        """Return a report as it goes out."""
        saved = report.saved
        return cls(
            champion=report.champion,
            challenger=report.challenger,
            verdict=report.verdict,
            why_not=report.why_not,
            saved=saved and saved.mean,
            saved_low=saved and saved.low,
            saved_high=saved and saved.high,
            payments=report.payments,
            frauds=report.frauds,
            drawn=report.drawn,
            unanswered=report.unanswered,
            age_days=report.rule.age.total_seconds() / 86_400,
            through=report.through,
        )


class ShadowOut(BaseModel):
    """A shadow beside the decisions that counted."""

    policy_id: int
    state: PolicyState
    transactions: int = Field(description="Decided by both.")
    first_at: datetime | None = Field(description="Null: it has said nothing yet.")
    last_at: datetime | None
    cells: list[ShadowCellOut] = Field(description="Only those that hold a transaction.")
    comparison: ComparisonOut | None = Field(
        description="Its model beside the one that decides; null: it never was in shadow."
    )

    @classmethod
    def of(
        cls, version: PolicyVersion, compared: ShadowComparison, report: ComparisonReport | None
    ) -> "ShadowOut":
        """Return a comparison as it goes out."""
        return cls(
            policy_id=version.id,
            state=version.state,
            transactions=compared.transactions,
            first_at=compared.first_at,
            last_at=compared.last_at,
            cells=[ShadowCellOut.model_validate(cell) for cell in compared.cells],
            comparison=None if report is None else ComparisonOut.of(report),
        )
