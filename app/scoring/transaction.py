"""The payment being judged, as its client described it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.scoring.schema.feature import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A validated payment; `transaction_id` is unique per client."""

    client_id: int
    transaction_id: str
    #: Of the validated, normalised body: what a repeat is compared with.
    body_sha256: bytes
    occurred_at: datetime
    amount: Decimal
    currency: str
    features: Mapping[str, Value]
    attributes: Mapping[str, str]
    respond_by: datetime | None
    #: What the model read of history, and under which update of each key; empty where it reads none.
    derived: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def read(self) -> Mapping[str, Value]:
        """What a model reads of it beside amount and moment."""
        return {**self.features, **self.derived} if self.derived else self.features

    @property
    def identity(self) -> tuple[int, str]:
        """What makes two submissions the same transaction."""
        return self.client_id, self.transaction_id
