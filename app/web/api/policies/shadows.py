"""What a policy said in shadow, as it goes out."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from app.database.payments.shadow_decisions import ShadowComparison
from app.database.policies.policies import PolicyVersion
from app.triage.labels import Label
from app.triage.policies.state import PolicyState
from app.web.api.policies.simulations import Out


class ShadowCellOut(Out):
    """Transactions by what was decided and what the shadow said."""

    live: Label
    shadow: Label
    transactions: int
    amount: Decimal = Field(description="Added up as the numbers stand, whatever the currency.")
    known_frauds: int
    known_frauds_amount: Decimal
    known_legits: int


class ShadowOut(BaseModel):
    """A shadow beside the decisions that counted."""

    policy_id: int
    state: PolicyState
    transactions: int = Field(description="Decided by both.")
    first_at: datetime | None = Field(description="Null: it has said nothing yet.")
    last_at: datetime | None
    cells: list[ShadowCellOut] = Field(description="Only those that hold a transaction.")

    @classmethod
    def of(cls, version: PolicyVersion, compared: ShadowComparison) -> "ShadowOut":
        """Return a comparison as it goes out."""
        return cls(
            policy_id=version.id,
            state=version.state,
            transactions=compared.transactions,
            first_at=compared.first_at,
            last_at=compared.last_at,
            cells=[ShadowCellOut.model_validate(cell) for cell in compared.cells],
        )
