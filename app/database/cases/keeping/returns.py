"""Cases that came back from their wait at its moment, told to whoever let them wait."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from

#: What came back longer ago than this is no news: after a long stop nobody is told of all of it.
IS_NEWS = timedelta(hours=1)

# One that somebody was given meanwhile is no news, either: a claim ends the wait of its row. Another process
# may tell of the same return at the same time: the index `uq_messages_one_return` lets one of them. One that
# somebody changes just now is told of the next time, and holds up no other.
TELL = text(f"""
INSERT INTO messages (account_id, kind, case_id, words, told_at)
SELECT w.account_id, 'returned', c.id, w.reason, w.until
FROM cases c
JOIN case_waits w ON w.case_id = c.id AND w.until = c.waits_until AND w.ended_at IS NULL
JOIN accounts a ON a.id = w.account_id AND a.is_active
WHERE c.waits_until IS NOT NULL AND c.waits_until <= CAST(:now AS timestamptz)
    AND c.waits_until > CAST(:now AS timestamptz) - CAST(:is_news AS interval)
    AND NOT {is_kept_from("c", "w.account_id")}
    AND NOT EXISTS (
        SELECT 1 FROM messages told
        WHERE told.case_id = c.id AND told.account_id = w.account_id AND told.told_at = w.until
            AND told.kind = 'returned'
    )
ORDER BY c.id
FOR KEY SHARE OF c SKIP LOCKED
ON CONFLICT DO NOTHING
""")


async def tell(connection: AsyncConnection, now: datetime) -> int:
    """Tell of cases whose moment has just come, once of each; return of how many."""
    return (await connection.execute(TELL, {"now": now, "is_news": IS_NEWS})).rowcount
