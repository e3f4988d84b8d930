"""Cases that wait for a senior colleague: handed on by somebody, or two people disagree."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """One case of the inbox; who must not judge it, and who has it, are named by account."""

    case_id: int
    amount: Decimal
    currency: str
    is_ruling: bool
    #: Who handed it on, why; None where two people disagree.
    escalated_by: str | None
    note: str | None
    #: When it came to wait for a senior colleague.
    waits_since: datetime
    respond_by: datetime | None
    not_for: int | None
    holder_id: int | None
    holder: str | None
    held_until: datetime | None


# In the order in which the desk hands them out.
INBOX = text("""
WITH head AS (
    SELECT id, transaction_id, kind, opened_at, respond_by, not_for, holder_id, lease_expires_at, priority_key
    FROM cases WHERE state = 'escalated' ORDER BY priority_key DESC, id LIMIT :limit
)
SELECT h.id AS case_id, t.amount, t.currency, h.kind = 'ruling' AS is_ruling,
    who.display_name AS escalated_by, said.note, coalesce(said.judged_at, h.opened_at) AS waits_since,
    h.respond_by, h.not_for,
    CASE WHEN h.lease_expires_at > :now THEN h.holder_id END AS holder_id,
    CASE WHEN h.lease_expires_at > :now THEN holder.display_name END AS holder,
    CASE WHEN h.lease_expires_at > :now THEN h.lease_expires_at END AS held_until
FROM head h
JOIN transactions t ON t.id = h.transaction_id
LEFT JOIN LATERAL (
    SELECT account_id, note, judged_at FROM verdicts
    WHERE case_id = h.id AND judgement = 'escalate' ORDER BY id DESC LIMIT 1
) said ON true
LEFT JOIN accounts who ON who.id = said.account_id
LEFT JOIN accounts holder ON holder.id = h.holder_id
ORDER BY h.priority_key DESC, h.id
""")
COUNT = text("SELECT count(*) FROM cases WHERE state = 'escalated'")


async def inbox(connection: AsyncConnection, now: datetime, *, limit: int) -> tuple[Escalated, ...]:
    """Return the cases that wait for a senior colleague, the most urgent first."""
    rows = await connection.execute(INBOX, {"now": now, "limit": limit})
    return tuple(Escalated(**row) for row in rows.mappings())


async def count(connection: AsyncConnection) -> int:
    """Return how many wait."""
    waiting: int = (await connection.execute(COUNT)).scalar_one()
    return waiting
