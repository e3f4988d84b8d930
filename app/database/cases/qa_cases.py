"""Cases that check verdicts: second reviews, rulings, and control cases of known truth."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.case import CaseKind, CaseState
from app.review.outcome import GroundTruth
from app.triage.labels import Label
from app.triage.policies.choices import Fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A case to be opened."""

    transaction_key: int
    decision_id: int
    kind: CaseKind
    state: CaseState
    #: In the transaction's currency: what the machine expects, and by what the queue goes.
    expected_loss: float
    queue_loss: float
    #: To the base currency; None: no rate is known.
    queue_rate: float | None
    priority_key: float
    #: As the payment's own case had it: nothing may tell a review of it apart.
    fallback: Fallback
    is_blind: bool
    first_case_id: int | None = None
    truth: GroundTruth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCandidate:
    """A judged case whose truth was reported later."""

    transaction_key: int
    decision_id: int
    expected_loss: float
    fallback: Fallback
    amount: Decimal
    currency: str
    label: Label
    has_score: bool
    truth: GroundTruth
    judged_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstVerdict:
    """The verdict that a second review checks."""

    case_id: int
    judgement: str


# A deadline that has passed is none: an unknown would have opened before it. At most one second look and one
# ruling of a case: a repeat opens nothing.
OPEN = text("""
WITH opened AS (
    INSERT INTO cases (
        transaction_id, decision_id, kind, state, amount, expected_loss, queue_loss, queue_rate, priority_key,
        respond_by, fallback, opened_at, first_case_id, not_for, truth, drawn_with
    )
    SELECT id, :decision_id, :kind, :state, amount, :expected_loss, :queue_loss, CAST(:queue_rate AS float8),
        :priority_key, CASE WHEN respond_by > :now THEN respond_by END, :fallback, :now,
        CAST(:first_case_id AS bigint), :not_for, :truth,
        CAST(:drawn_with AS float8)
    FROM transactions WHERE id = :transaction_key
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO blind_draws (case_id, is_blind, probability, drawn_at)
SELECT id, true, 1, :now FROM opened WHERE CAST(:is_blind AS boolean)
""")
FIRST = text("""
SELECT v.case_id, v.judgement FROM cases second
JOIN standing_verdicts v ON v.case_id = second.first_case_id
WHERE second.id = :case_id
""")
# Somewhere among the reports, then the next that fits: a few thousand at most are looked at.
SOME_GOLD = text("""
WITH span AS (SELECT min(id) AS low, max(id) AS high FROM labels),
near AS (
    SELECT l.id, l.transaction_id, l.label FROM standing_labels l, span
    WHERE l.id >= span.low + floor(:place * (span.high - span.low + 1)) ORDER BY l.id LIMIT 2000
)
SELECT c.transaction_id AS transaction_key, c.decision_id, c.expected_loss, c.fallback, t.amount, t.currency,
    d.label, d.is_scored AS has_score, near.label AS truth, v.account_id AS judged_by
FROM near
JOIN transactions t ON t.id = near.transaction_id
JOIN cases c ON c.transaction_id = near.transaction_id AND c.kind = 'unknown' AND c.state = 'judged'
JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
JOIN standing_verdicts v ON v.case_id = c.id
WHERE NOT EXISTS (SELECT 1 FROM cases g WHERE g.transaction_id = c.transaction_id AND g.kind = 'gold')
ORDER BY near.id LIMIT 1
""")


async def open_review(
    connection: AsyncConnection,
    review: Review,
    *,
    not_for: int,
    drawn_with: float | None,
    now: datetime,
) -> None:
    """Open a case that somebody other than `not_for` shall judge."""
    await connection.execute(
        OPEN,
        {
            "transaction_key": review.transaction_key,
            "decision_id": review.decision_id,
            "kind": review.kind.value,
            "state": review.state.value,
            "expected_loss": review.expected_loss,
            "queue_loss": review.queue_loss,
            "queue_rate": review.queue_rate,
            "priority_key": review.priority_key,
            "fallback": review.fallback.value,
            "is_blind": review.is_blind,
            "first_case_id": review.first_case_id,
            "not_for": not_for,
            "truth": review.truth.value if review.truth is not None else None,
            "drawn_with": drawn_with,
            "now": now,
        },
    )


async def first_of(connection: AsyncConnection, case_id: int) -> FirstVerdict | None:
    """Return the verdict that a second review checks."""
    row = (await connection.execute(FIRST, {"case_id": case_id})).mappings().one_or_none()
    return None if row is None else FirstVerdict(**row)


async def some_gold(connection: AsyncConnection, *, place: float) -> ControlCandidate | None:
    """Return a case whose truth is known; `place` in [0, 1) says where among the reports to look."""
    row = (await connection.execute(SOME_GOLD, {"place": place})).mappings().one_or_none()
    if row is None:
        return None
    told = {
        "truth": GroundTruth(row["truth"]),
        "label": Label(row["label"]),
        "fallback": Fallback(row["fallback"]),
    }
    return ControlCandidate(**{**row, **told})
