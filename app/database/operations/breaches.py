"""Cases that passed their due time, told to whoever has them and to seniors."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_kept_from
from app.database.leases import is_held
from app.database.service_levels import DUE_AT, NOW, level_parameters
from app.review.access.people import Role
from app.review.queue.service_level import ServiceLevels

#: What passed its time longer ago than this is no news: after a long stop nobody is told of all of it.
IS_NEWS = timedelta(hours=1)
#: Cases at once: those in somebody's hands first, then the most urgent ones.
MOST_CASES = 100
#: Of so many breaches that somebody has not read they hear; they know by then where to look.
MOST_UNREAD = 20

# Whoever holds a case, and whom it is offered or assigned to, are told of it, and all seniors. Another
# process may tell of the same case at the same time: the index `uq_messages_one_breach` lets one of them.
# A case that somebody changes just now is told of the next time: whoever waited for it with the others in
# hand would hold those up, and two who wait for each other wait in a circle.
TELL = text(f"""
WITH late AS (
    SELECT c.id, c.not_for, c.first_case_id, c.priority_key,
        CASE WHEN {is_held("c", NOW)} AND NOT c.is_reserved THEN c.holder_id END AS holder_id,
        CASE WHEN c.offered_until > {NOW} THEN c.offered_to END AS offered_to,
        CASE WHEN c.assigned_until > {NOW} THEN c.assigned_to END AS assigned_to
    FROM cases c
    WHERE c.state IN ('open', 'escalated') AND {DUE_AT} <= {NOW}
        AND {DUE_AT} > {NOW} - CAST(:is_news AS interval)
        AND NOT EXISTS (
            SELECT 1 FROM messages told WHERE told.case_id = c.id AND told.kind = 'breach'
        )
    ORDER BY coalesce(c.holder_id, c.offered_to, c.assigned_to) IS NULL, c.priority_key DESC, c.id
    LIMIT :most_cases FOR KEY SHARE OF c SKIP LOCKED
), wanted AS (
    SELECT late.id AS case_id, a.id AS account_id, late.priority_key
    FROM late JOIN accounts a ON a.is_active AND (
        a.id IN (late.holder_id, late.offered_to, late.assigned_to) OR a.id = ANY(CAST(:seniors AS bigint[]))
    )
    WHERE NOT {is_kept_from("late", "a.id")}
), bounded AS (
    SELECT wanted.*, row_number() OVER (PARTITION BY account_id ORDER BY priority_key DESC, case_id)
        + (
        SELECT count(*) FROM messages unread
        WHERE unread.account_id = wanted.account_id AND unread.read_at IS NULL AND unread.kind = 'breach'
    ) AS place
    FROM wanted
)
INSERT INTO messages (account_id, kind, case_id, words, told_at)
SELECT account_id, 'breach', case_id, '', {NOW} FROM bounded WHERE place <= :most_unread
ORDER BY case_id, account_id
ON CONFLICT DO NOTHING
RETURNING case_id
""")
SENIORS = text("""
SELECT id FROM accounts WHERE is_active AND role = ANY(CAST(:roles AS text[])) ORDER BY id
""")


async def tell(
    connection: AsyncConnection, levels: ServiceLevels, now: datetime, *, seniors: Sequence[Role]
) -> int:
    """Tell of cases that have just passed their due time, each person once of a case; return how often."""
    found = await connection.execute(SENIORS, {"roles": [role.value for role in seniors]})
    asked = level_parameters(levels, now) | {
        "seniors": list(found.scalars()), "is_news": IS_NEWS, "most_cases": MOST_CASES,
        "most_unread": MOST_UNREAD,
    }  # fmt: skip
    return len((await connection.execute(TELL, asked)).all())
