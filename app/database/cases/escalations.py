"""Cases pending for a senior colleague: escalated by somebody, or with two verdicts that disagree."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import hides_words, is_kept_from
from app.database.leases import is_held


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatedCase:
    """One case of the inbox; who has it is named by account."""

    case_id: int
    amount: Decimal
    currency: str
    is_ruling: bool
    #: Who escalated it, why; None where two people disagree.
    escalated_by: str | None
    note: str | None
    #: Why is kept from the reader for now.
    is_note_kept_back: bool
    #: When it came to wait for a senior colleague.
    waits_since: datetime
    respond_by: datetime | None
    holder_id: int | None
    holder: str | None
    held_until: datetime | None
    #: Whose it is by an assignment, and who assigned it; why is not told here.
    assigned_to: int | None
    assignee: str | None
    assigned_by: str | None
    #: It waits for the customer, unless that is past.
    waits_until: datetime | None


_READER = "CAST(:reader AS bigint)"
_KEEPS_NOTE = f"(said.account_id <> {_READER} AND {hides_words('h', 'd', _READER)})"
_KEPT = is_kept_from("cases", _READER)
# In the order in which review hands them out; nobody hears of a ruling on a verdict of their own.
INBOX = text(f"""
WITH head AS (
    SELECT id, transaction_id, decision_id, kind, state, opened_at, respond_by, holder_id, lease_expires_at,
        priority_key, assigned_to, waits_until
    FROM cases WHERE state = 'escalated' AND NOT {_KEPT} ORDER BY priority_key DESC, id LIMIT :limit
)
SELECT h.id AS case_id, t.amount, t.currency, h.kind = 'ruling' AS is_ruling,
    who.display_name AS escalated_by, CASE WHEN NOT {_KEEPS_NOTE} THEN said.note END AS note,
    said.note IS NOT NULL AND {_KEEPS_NOTE} AS is_note_kept_back,
    coalesce(said.judged_at, h.opened_at) AS waits_since, h.respond_by,
    CASE WHEN {is_held("h")} THEN h.holder_id END AS holder_id,
    CASE WHEN {is_held("h")} THEN holder.display_name END AS holder,
    CASE WHEN {is_held("h")} THEN h.lease_expires_at END AS held_until,
    h.assigned_to, assignee.display_name AS assignee, assigner.display_name AS assigned_by, h.waits_until
FROM head h
JOIN transactions t ON t.id = h.transaction_id
JOIN decisions d ON (d.transaction_id, d.id) = (h.transaction_id, h.decision_id)
LEFT JOIN LATERAL (
    SELECT account_id, note, judged_at FROM verdicts
    WHERE case_id = h.id AND judgement = 'escalate' ORDER BY id DESC LIMIT 1
) said ON true
LEFT JOIN accounts who ON who.id = said.account_id
LEFT JOIN accounts holder ON holder.id = h.holder_id
LEFT JOIN case_assignments s ON h.assigned_to IS NOT NULL AND s.case_id = h.id AND s.ended_at IS NULL
LEFT JOIN accounts assignee ON assignee.id = s.assignee_id
LEFT JOIN accounts assigner ON assigner.id = s.by_id
ORDER BY h.priority_key DESC, h.id
""")
COUNT = text(f"SELECT count(*) FROM cases WHERE state = 'escalated' AND NOT {_KEPT}")


async def inbox(
    connection: AsyncConnection, now: datetime, *, reader_id: int, limit: int
) -> tuple[EscalatedCase, ...]:
    """Return the cases that wait for a senior colleague such as this one, the most urgent first."""
    rows = await connection.execute(INBOX, {"now": now, "reader": reader_id, "limit": limit})
    return tuple(EscalatedCase(**row) for row in rows.mappings())


async def count(connection: AsyncConnection, *, reader_id: int) -> int:
    """Return how many wait."""
    waiting: int = (await connection.execute(COUNT, {"reader": reader_id})).scalar_one()
    return waiting
