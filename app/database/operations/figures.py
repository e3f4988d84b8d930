"""What operators are told of the database in numbers: what waits, and what holds outcomes back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.service_levels import PRIORITY, level_parameters
from app.review.queue.service_level import ServiceLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCases:
    """How many cases of a kind and priority wait, and since when the oldest does."""

    state: str
    kind: str
    priority: str
    cases: int
    oldest_opened_at: datetime


# One pass over all that waits, as the count on the operations page.
WAITING = text(f"""
SELECT c.state, c.kind, {PRIORITY} AS priority, count(*) AS cases, min(c.opened_at) AS oldest_opened_at
FROM cases c WHERE c.state IN ('open', 'escalated') GROUP BY 1, 2, 3
""")
# Outcomes are handed out in the order of their transactions: one that goes on holds back all after it.
HELD_BACK = text("""
SELECT CAST(coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS double precision)
FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL
""")


async def waiting_cases(
    connection: AsyncConnection, levels: ServiceLevels, now: datetime
) -> list[WaitingCases]:
    """Return what waits for people, by state, kind and priority."""
    parameters = {
        name: value for name, value in level_parameters(levels, now).items() if name.endswith("_from")
    }
    rows = await connection.execute(WAITING, parameters)
    return [WaitingCases(**row) for row in rows.mappings()]


async def outcomes_held_back_seconds(connection: AsyncConnection) -> float:
    """Return for how long the oldest writing transaction has been open; 0: there is none."""
    return float(await connection.scalar(HELD_BACK) or 0.0)
