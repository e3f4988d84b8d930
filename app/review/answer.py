"""The answer to a client about a transaction, the same at every repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.triage.labels import Label, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first decision on a transaction; a repeated request gets the same."""

    transaction_id: str
    decision_id: int
    label: Label
    reason: Reason
    #: Columns of `Scores` by name; None when the model could not say.
    score: Mapping[str, float | None] | None
    model_version: str
    policy_version: int
    case_id: int | None
    decided_at: datetime
    #: True when this transaction had been answered before.
    is_repeat: bool = False


class TransactionConflict(Exception):
    """This transaction id was used before, for a different transaction."""

    def __init__(self, transaction_id: str) -> None:
        super().__init__(transaction_id)
        self.transaction_id = transaction_id


class PaymentNotFound(Exception):
    """There is no such payment."""


class TransactionNotFound(Exception):
    """There is no transaction with this id among yours."""


class DecisionNotFound(Exception):
    """There is no decision with this id among yours."""
