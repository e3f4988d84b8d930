"""Decisions after the fact: read with what came of them, and appended when a score comes late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import draw_blind
from app.database.leases import is_held
from app.database.payments.outcomes import OUTCOME
from app.database.payments.transactions import SCORE_COLUMNS, Context, Decided
from app.database.tables.cases import CaseRow
from app.database.tables.payments import LaterDecisionRow
from app.review.case import CaseKind
from app.review.outcome import GroundTruth, OutcomeSource
from app.scoring.transaction import Transaction
from app.triage.labels import Label, Listed, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonVerdict:
    """A person's verdict on a transaction."""

    verdict: GroundTruth
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionHistory:
    """The status of a transaction: its newest decision, the verdict, the outcome."""

    key: int
    transaction_id: str
    received_at: datetime
    decision_id: int
    label: Label
    reason: Reason
    score: Mapping[str, float | None] | None
    model_version: str
    policy_version: int
    case_id: int | None
    decided_at: datetime
    verdict: PersonVerdict | None
    outcome: GroundTruth | None
    outcome_source: OutcomeSource | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayable:
    """A stored decision with what it was made of."""

    transaction: Transaction
    decision_id: int
    label: Label
    reason: Reason
    score: Mapping[str, float | None] | None
    device: str | None
    model_version: str
    policy_id: int
    #: What the lists said, and by which rule it would have been decided without them.
    listed: Listed | None
    unlisted_reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnscoredCase:
    """A case whose transaction no model has scored yet."""

    case_id: int
    key: int
    attempts: int
    is_held: bool
    transaction: Transaction


_TRANSACTION_COLUMNS = """
    t.client_id, t.transaction_id, t.body_sha256, t.occurred_at, t.amount, t.currency, t.features, t.derived,
    t.attributes, t.respond_by"""
_SCORES = ", ".join(f"d.{name}" for name in SCORE_COLUMNS)

# Most decisions have the number of their payment; those of before, and later ones, are looked up.
PAYMENT_OF_DECISION = """
    SELECT id AS payment_id FROM payments WHERE id = :decision_id AND decision_id IS NULL
    UNION ALL SELECT id FROM payments WHERE decision_id = :decision_id
    UNION ALL SELECT transaction_id FROM later_decisions WHERE id = :decision_id
"""
HISTORY = text(f"""
SELECT t.id AS key, t.transaction_id, t.received_at, d.id AS decision_id, d.label, d.reason,
    d.model_version, d.policy_id, d.decided_at, d.is_scored, {_SCORES},
    (SELECT min(id) FROM cases WHERE cases.transaction_id = t.id) AS case_id,
    v.judgement, v.judged_at, o.outcome, o.source, o.settled_at
FROM payment_keys k JOIN transactions t ON t.id = k.payment_id
JOIN LATERAL (
    SELECT * FROM decisions WHERE decisions.transaction_id = t.id ORDER BY attempt DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT judgement, judged_at FROM standing_verdicts
    WHERE standing_verdicts.transaction_id = t.id ORDER BY id DESC LIMIT 1
) v ON true
{OUTCOME}
WHERE k.key = payment_identity(:client_id, :transaction_id)
""")
REPLAYABLE = text(f"""
SELECT {_TRANSACTION_COLUMNS}, d.id AS decision_id, d.label, d.reason, d.model_version, d.policy_id,
    d.is_scored, d.device, ld.listed, ld.unlisted_reason, {_SCORES}
FROM ({PAYMENT_OF_DECISION}) of
JOIN decisions d ON d.transaction_id = of.payment_id AND d.id = :decision_id
JOIN transactions t ON t.id = of.payment_id
LEFT JOIN listed_decisions ld ON ld.transaction_id = d.transaction_id AND ld.id = d.id
WHERE t.client_id = :client_id
""")
# Held cases are taken, too: their holder sees the score, and the case stays theirs.
AWAITING = text(f"""
SELECT c.id AS case_id, t.id AS key, {_TRANSACTION_COLUMNS},
    {is_held("c")} AS is_held,
    (SELECT max(attempt) FROM decisions WHERE decisions.transaction_id = t.id) AS attempts
FROM cases c JOIN transactions t ON t.id = c.transaction_id
WHERE c.awaits_model AND c.state IN ('open', 'escalated') AND c.id <> ALL(CAST(:but AS bigint[]))
ORDER BY c.id LIMIT :limit FOR UPDATE OF c SKIP LOCKED
""")


async def history(
    connection: AsyncConnection, client_id: int, transaction_id: str
) -> TransactionHistory | None:
    """Return what became of a client's transaction, or None."""
    parameters = {"client_id": client_id, "transaction_id": transaction_id}
    row = (await connection.execute(HISTORY, parameters)).mappings().one_or_none()
    if row is None:
        return None
    verdict = None
    if row["judgement"] is not None:
        verdict = PersonVerdict(verdict=GroundTruth(row["judgement"]), judged_at=row["judged_at"])
    return TransactionHistory(
        key=row["key"],
        transaction_id=row["transaction_id"],
        received_at=row["received_at"],
        decision_id=row["decision_id"],
        label=Label(row["label"]),
        reason=Reason(row["reason"]),
        score=_score(row),
        model_version=row["model_version"],
        policy_version=row["policy_id"],
        case_id=row["case_id"],
        decided_at=row["decided_at"],
        verdict=verdict,
        outcome=GroundTruth(row["outcome"]) if row["outcome"] else None,
        outcome_source=OutcomeSource(row["source"]) if row["source"] else None,
        settled_at=row["settled_at"],
    )


async def replayable(connection: AsyncConnection, client_id: int, decision_id: int) -> Replayable | None:
    """Return a client's decision with what it was made of, or None."""
    parameters = {"client_id": client_id, "decision_id": decision_id}
    row = (await connection.execute(REPLAYABLE, parameters)).mappings().one_or_none()
    if row is None:
        return None
    return Replayable(
        transaction=_transaction(row),
        decision_id=row["decision_id"],
        label=Label(row["label"]),
        reason=Reason(row["reason"]),
        score=_score(row),
        device=row["device"],
        model_version=row["model_version"],
        policy_id=row["policy_id"],
        listed=Listed(row["listed"]) if row["listed"] else None,
        unlisted_reason=Reason(row["unlisted_reason"]) if row["unlisted_reason"] else None,
    )


async def lock_awaiting(
    connection: AsyncConnection, now: datetime, *, but: Sequence[int], limit: int
) -> list[UnscoredCase]:
    """Lock and return cases whose transactions wait for the model, `but` left out."""
    rows = await connection.execute(AWAITING, {"now": now, "but": list(but), "limit": limit})
    return [
        UnscoredCase(
            case_id=row["case_id"],
            key=row["key"],
            attempts=row["attempts"],
            is_held=row["is_held"],
            transaction=_transaction(row),
        )
        for row in rows.mappings()
    ]


async def append_late(
    connection: AsyncConnection,
    awaiting: UnscoredCase,
    decided: Decided,
    context: Context,
    *,
    propensity: float,
) -> None:
    """Append the score and the decision that came late, and let the case point to them."""
    decision = insert(LaterDecisionRow).values(
        transaction_id=awaiting.key,
        attempt=awaiting.attempts + 1,
        policy_id=context.policy_id,
        label=decided.label,
        reason=decided.reason,
        label_propensity=propensity,
        decided_at=context.now,
        device=context.device if decided.score is not None else None,
        listed=decided.listed and decided.listed.effect,
        list_entry_id=decided.listed and decided.listed.entry_id,
        unlisted_reason=decided.unlisted_reason,
        **(decided.score or {}),
    )
    decision_id = (await connection.execute(decision.returning(LaterDecisionRow.id))).scalar_one()
    values: dict[str, Any] = {
        "decision_id": decision_id,
        "awaits_model": False,
        "expected_loss": decided.expected_loss,
        "queue_loss": decided.queue_loss,
        "queue_rate": decided.queue_rate,
        "priority_key": decided.priority_key,
        "kind": CaseKind.UNKNOWN if decided.label is Label.UNKNOWN else CaseKind.AUDIT,
    }
    await connection.execute(update(CaseRow).where(CaseRow.id == awaiting.case_id).values(values))
    if decided.blind is not None:
        drawn = decided.blind
        await draw_blind(
            connection,
            awaiting.case_id,
            is_blind=drawn.is_blind,
            probability=drawn.probability,
            now=context.now,
        )


def _score(row: RowMapping) -> dict[str, float | None] | None:
    return {name: row[name] for name in SCORE_COLUMNS} if row["is_scored"] else None


def _transaction(row: RowMapping) -> Transaction:
    return Transaction(
        client_id=row["client_id"],
        transaction_id=row["transaction_id"],
        body_sha256=row["body_sha256"],
        occurred_at=row["occurred_at"],
        amount=row["amount"],
        currency=row["currency"],
        features=row["features"],
        attributes=row["attributes"],
        respond_by=row["respond_by"],
        derived=row["derived"],
    )
