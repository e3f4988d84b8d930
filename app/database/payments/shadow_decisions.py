"""What a policy in shadow said beside the decisions that counted, and which of them were right."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.truth import truth_among
from app.review.outcome import GroundTruth
from app.triage.labels import Label, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCell:
    """Transactions counted by the active and the shadow label."""

    live: Label
    shadow: Label
    transactions: int
    #: Added up as the numbers stand, whatever the currency.
    amount: Decimal
    known_frauds: int
    known_frauds_amount: Decimal
    known_legits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowComparison:
    """A shadow beside the decisions that counted: cells that hold something, and when they were filled."""

    cells: tuple[ShadowCell, ...]
    first_at: datetime | None
    last_at: datetime | None

    @property
    def transactions(self) -> int:
        """How many transactions both decided."""
        return sum(cell.transactions for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A transaction that the shadow would have labelled otherwise."""

    key: int
    transaction_id: str
    decided_at: datetime
    amount: Decimal
    currency: str
    live: Label
    live_reason: Reason
    shadow: Label
    shadow_reason: Reason
    #: None while nothing is known.
    truth: GroundTruth | None


_TRUTH = f"truth AS ({truth_among('IN (SELECT pair.transaction_id FROM pair)')})"
_PAIR = """
SELECT s.transaction_id, s.decided_at, d.label AS live, d.reason AS live_reason, s.label AS shadow,
    s.reason AS shadow_reason, t.transaction_id AS name, t.amount, t.currency
FROM shadow_decisions s
JOIN decisions d ON d.transaction_id = s.transaction_id AND d.attempt = 1
JOIN transactions t ON t.id = s.transaction_id
WHERE s.policy_id = :policy_id
"""
COMPARED = text(f"""
WITH pair AS MATERIALIZED ({_PAIR}),
{_TRUTH}
SELECT live, shadow, count(*) AS transactions, sum(amount) AS amount,
    count(*) FILTER (WHERE label = 'fraud') AS known_frauds,
    coalesce(sum(amount) FILTER (WHERE label = 'fraud'), 0) AS known_frauds_amount,
    count(*) FILTER (WHERE label = 'legit') AS known_legits,
    min(decided_at) AS first_at, max(decided_at) AS last_at
FROM pair LEFT JOIN truth USING (transaction_id)
GROUP BY live, shadow
""")
DISAGREEMENTS = text(f"""
WITH pair AS MATERIALIZED (
    {_PAIR}
    AND d.label <> s.label AND (CAST(:live AS text) IS NULL OR d.label = :live)
    AND (CAST(:shadow AS text) IS NULL OR s.label = :shadow)
    AND (CAST(:before AS bigint) IS NULL OR s.transaction_id < :before)
    ORDER BY s.transaction_id DESC LIMIT :limit
),
{_TRUTH}
SELECT pair.*, truth.label AS truth FROM pair LEFT JOIN truth USING (transaction_id)
ORDER BY transaction_id DESC
""")


async def compared(connection: AsyncConnection, policy_id: int) -> ShadowComparison:
    """Return the labels of a shadow beside the active ones, with the truths known since."""
    rows = (await connection.execute(COMPARED, {"policy_id": policy_id})).all()
    cells = [
        ShadowCell(
            live=Label(row.live),
            shadow=Label(row.shadow),
            transactions=row.transactions,
            amount=row.amount,
            known_frauds=row.known_frauds,
            known_frauds_amount=row.known_frauds_amount,
            known_legits=row.known_legits,
        )
        for row in rows
    ]
    return ShadowComparison(
        cells=tuple(sorted(cells, key=_place)),
        first_at=min((row.first_at for row in rows), default=None),
        last_at=max((row.last_at for row in rows), default=None),
    )


async def disagreements(
    connection: AsyncConnection,
    policy_id: int,
    *,
    live: Label | None,
    shadow: Label | None,
    limit: int,
    before: int | None,
) -> list[Disagreement]:
    """Return transactions labelled otherwise in shadow, the newest first, below the key `before`.

    `live` and `shadow` narrow it to these labels; None: any.
    """
    rows = await connection.execute(
        DISAGREEMENTS,
        {"policy_id": policy_id, "live": live, "shadow": shadow, "limit": limit, "before": before},
    )
    return [
        Disagreement(
            key=row.transaction_id,
            transaction_id=row.name,
            decided_at=row.decided_at,
            amount=row.amount,
            currency=row.currency,
            live=Label(row.live),
            live_reason=Reason(row.live_reason),
            shadow=Label(row.shadow),
            shadow_reason=Reason(row.shadow_reason),
            truth=GroundTruth(row.truth) if row.truth is not None else None,
        )
        for row in rows
    ]


def _place(cell: ShadowCell) -> tuple[int, int]:
    order = list(Label)
    return order.index(cell.live), order.index(cell.shadow)
