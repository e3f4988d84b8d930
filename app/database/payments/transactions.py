"""Transactions with all that was made of them: as they are written, and as they are answered again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.answer import Answer
from app.review.case import CaseKind
from app.review.lists.in_force import Hit, Print
from app.scoring.transaction import Transaction
from app.triage.labels import Label, Reason
from app.triage.policies.choices import Fallback

#: The columns that hold what the network said, in the order they are written.
SCORE_COLUMNS = (
    "evidence_fraud",
    "evidence_legit",
    "margin",
    "spread",
    "interval_low",
    "interval_high",
    "probability",
    "entropy",
    "expected_entropy",
    "mutual_information",
    "predictive_variance",
    "novelty",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDecision:
    """What a policy in shadow decides of a transaction; it has no effect."""

    policy_id: int
    model_version: str
    label: Label
    reason: Reason
    #: Its own model's; None where that is the active model, or gave none.
    score: Mapping[str, float | None] | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindDraw:
    """What chance drew of a case that hides the machine's opinion, or might have."""

    is_blind: bool
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A transaction with all that intake made of it, ready to be written."""

    transaction: Transaction
    score: Mapping[str, float | None] | None
    label: Label
    reason: Reason
    label_propensity: float
    #: Why a person looks at it; None when nobody does.
    case: CaseKind | None
    #: In the transaction's currency: what the machine expects, and by what the queue goes.
    expected_loss: float
    queue_loss: float
    #: To the base currency; None: no rate is known.
    queue_rate: float | None
    priority_key: float
    #: None where nothing could be hidden.
    blind: BlindDraw | None
    awaits_model: bool
    shadows: tuple[ShadowDecision, ...] = ()
    #: The entry of a list that speaks on it, and by which rule it would be decided without lists.
    listed: Hit | None = None
    unlisted_reason: Reason | None = None

    @property
    def derived(self) -> Mapping[str, float | None]:
        """What is kept of what its model read of history."""
        return self.transaction.derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a batch of decisions has in common."""

    policy_id: int
    model_version: str
    fallback: Fallback
    device: str
    now: datetime
    #: Up to which version of the lists, and which values were looked for; None: any change since counts.
    lists_version: int
    list_prints: frozenset[Print] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Keys of one written row; `decision_id` is None when the transaction existed already."""

    decision_id: int | None
    case_id: int | None


ANSWERS_BY_IDENTITY = text(f"""
SELECT t.client_id, t.transaction_id, t.body_sha256, d.id AS decision_id, d.label, d.reason,
    d.model_version, d.policy_id, d.decided_at, d.is_scored,
    (SELECT min(id) FROM cases WHERE cases.transaction_id = t.id) AS case_id,
    {", ".join(f"d.{name}" for name in SCORE_COLUMNS)}
FROM unnest(CAST(:client_ids AS bigint[]), CAST(:transaction_ids AS text[]))
    AS wanted(client_id, transaction_id)
JOIN payment_keys ON payment_keys.key = payment_identity(wanted.client_id, wanted.transaction_id)
JOIN transactions t ON t.id = payment_keys.payment_id
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
""")


async def first_answers(
    connection: AsyncConnection, identities: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], tuple[bytes, Answer]]:
    """Return body hash and first answer of each of these transactions that exists."""
    result = await connection.execute(
        ANSWERS_BY_IDENTITY,
        {
            "client_ids": [client_id for client_id, _ in identities],
            "transaction_ids": [transaction_id for _, transaction_id in identities],
        },
    )
    return {
        (row["client_id"], row["transaction_id"]): (row["body_sha256"], _answer(row))
        for row in result.mappings()
    }


def _answer(row: RowMapping) -> Answer:
    return Answer(
        transaction_id=row["transaction_id"],
        decision_id=row["decision_id"],
        label=Label(row["label"]),
        reason=Reason(row["reason"]),
        score={name: row[name] for name in SCORE_COLUMNS} if row["is_scored"] else None,
        model_version=row["model_version"],
        policy_version=row["policy_id"],
        case_id=row["case_id"],
        decided_at=row["decided_at"],
        is_repeat=True,
    )
