"""What assignments and waits add to the history of a case."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.timeline import Event, Happening

# An assignment that another one followed, or that ended with the case, is told by that. A wait that reached
# its moment came back by itself.
EVENTS = text("""
WITH happened (at, n, what, account_id, words, whom_id, until) AS (
    SELECT assigned_at, 2, 'assigned', by_id, reason, assignee_id, NULL::timestamptz
    FROM case_assignments WHERE case_id = :case_id
    UNION ALL
    SELECT ended_at, 1, CASE how WHEN 'access_ended' THEN 'assignee_left' ELSE how END, ended_by, end_reason,
        assignee_id, NULL
    FROM case_assignments
    WHERE case_id = :case_id AND how IN ('lifted', 'given_back', 'lapsed', 'access_ended')
    UNION ALL
    SELECT began_at, 3, 'waits', account_id, reason, NULL, until FROM case_waits WHERE case_id = :case_id
    UNION ALL
    SELECT coalesce(ended_at, until), 4, coalesce(how, 'returned'), ended_by, NULL, NULL, NULL
    FROM case_waits WHERE case_id = :case_id AND how IS DISTINCT FROM 'closed'
        AND (ended_at IS NOT NULL OR until <= CAST(:now AS timestamptz))
)
SELECT h.at, h.what, who.display_name AS who, h.words, whom.display_name AS whom, h.until
FROM happened h
LEFT JOIN accounts who ON who.id = h.account_id
LEFT JOIN accounts whom ON whom.id = h.whom_id
ORDER BY h.at, h.n
""")


async def events(connection: AsyncConnection, case_id: int, now: datetime) -> list[Event]:
    """Return what was done to keep a case for somebody or until a moment, in order."""
    rows = await connection.execute(EVENTS, {"case_id": case_id, "now": now})
    return [Event(**{**row, "what": Happening(row["what"])}) for row in rows.mappings()]
