"""Operations in numbers: what waits, what came and went, who works, who holds what.

`depth` is one pass over all that waits, joined to its decisions: 1.6 s with 1,000,000 cases, so whoever asks
again and again gives it rest. Everything else reads a few rows by an index, or counts a day (70 ms with as
many cases) or a week (0.5 s) of an index on a time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.blindness import is_hidden
from app.database.keeping import waits
from app.database.leases import is_held
from app.database.service_levels import AGE_BAND, PRIORITY, TIMELINESS, level_parameters
from app.review.case import CaseState
from app.review.queue.depth import AgeBand, Depth, DepthCell
from app.review.queue.forecast import HOUR, HOURS_OF_DAY, Arrivals, arrivals_between
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness
from app.triage.labels import Reason

# For so long back an hour of the day is looked at on as many days.
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowHour:
    """What came and went in an hour: opened, judged by people, and settled without them."""

    begins_at: datetime
    opened: int
    judged: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A case that somebody holds."""

    case_id: int
    holder_id: int
    holder: str
    token: UUID
    is_reserved: bool
    is_escalated: bool
    claimed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What somebody got done lately; `median_seconds` is None where all was judged in groups."""

    account_id: int
    name: str
    cases: int
    median_seconds: float | None


# PostgreSQL expects as many groups as rows where it groups by what it cannot look up, and would sort a
# million rows on disk to find a hundred groups.
COUNT_BY_HASHING = text("""
SELECT set_config('enable_sort', 'off', true), set_config('work_mem', '64MB', true)
""")
DEPTH = text(f"""
SELECT c.state, CASE WHEN NOT {is_hidden("c", "d")} THEN d.reason END AS reason, {AGE_BAND} AS age,
    {PRIORITY} AS priority, {TIMELINESS} AS timeliness,
    count(*) AS cases, min(c.opened_at) AS oldest,
    count(*) FILTER (WHERE {waits("c")}) AS awaiting_customer
FROM cases c JOIN decisions d ON (d.transaction_id, d.id) = (c.transaction_id, c.decision_id)
WHERE c.state IN ('open', 'escalated')
GROUP BY 1, 2, 3, 4, 5
""")
OPENED = text("""
SELECT date_trunc('hour', opened_at) AS begins_at, count(*) AS cases FROM cases
WHERE opened_at >= :since AND opened_at <= :now GROUP BY 1
""")
ENDED = text("""
SELECT date_trunc('hour', closed_at) AS begins_at,
    count(*) FILTER (WHERE state = 'judged') AS judged, count(*) FILTER (WHERE state = 'closed') AS closed
FROM cases WHERE closed_at >= :since AND closed_at <= :now GROUP BY 1
""")
FIRST_OPENED = text("SELECT min(opened_at) FROM cases")
BY_HOUR = text("""
SELECT CAST(extract(hour FROM opened_at) AS integer) AS hour, count(*) AS cases FROM cases
WHERE opened_at >= :since AND opened_at <= :now GROUP BY 1
""")
HOLDS = text(f"""
SELECT c.id AS case_id, c.holder_id, a.display_name AS holder, c.lease_token AS token, c.is_reserved,
    c.state = 'escalated' AS is_escalated, cl.claimed_at, c.lease_expires_at AS expires_at
FROM cases c JOIN accounts a ON a.id = c.holder_id JOIN claims cl ON cl.token = c.lease_token
WHERE {is_held("c")}
ORDER BY a.display_name, a.id, c.is_reserved, cl.claimed_at
""")
# Time out of sight is not time spent. What was judged as a group took one look, which says nothing of each.
PACES = text("""
SELECT v.account_id, a.display_name AS name, count(DISTINCT v.case_id) AS cases,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY (v.milliseconds_to_decide - v.hidden_milliseconds) / 1000.0)
        FILTER (WHERE v.group_id IS NULL) AS median_seconds
FROM verdicts v JOIN accounts a ON a.id = v.account_id
WHERE v.judged_at > :since AND v.judged_at <= :now AND v.corrects_id IS NULL AND a.role <> 'system'
GROUP BY 1, 2 ORDER BY 2, 1
""")


async def count_by_hashing(connection: AsyncConnection) -> None:
    """Let the counts of this transaction be made without sorting; what must be in order still is."""
    await connection.execute(COUNT_BY_HASHING)


async def depth(connection: AsyncConnection, levels: ServiceLevels, now: datetime) -> Depth:
    """Return how much waits, by all that is counted at once."""
    rows = (await connection.execute(DEPTH, level_parameters(levels, now))).all()
    return Depth(
        cells=tuple(
            DepthCell(
                state=CaseState(row.state),
                reason=Reason(row.reason) if row.reason is not None else None,
                age=AgeBand(row.age),
                priority=Priority(row.priority),
                timeliness=Timeliness(row.timeliness),
                cases=row.cases,
                awaiting_customer=row.awaiting_customer,
            )
            for row in rows
        ),
        oldest_opened_at=min((row.oldest for row in rows), default=None),
    )


async def flow(connection: AsyncConnection, now: datetime) -> tuple[FlowHour, ...]:
    """Return the last 24 hours of the clock, the running one included."""
    first = now.replace(minute=0, second=0, microsecond=0) - (HOURS_OF_DAY - 1) * HOUR
    window = {"since": first, "now": now}
    opened = {row.begins_at: row.cases for row in await connection.execute(OPENED, window)}
    ended = {row.begins_at: row for row in await connection.execute(ENDED, window)}
    hours = [first + step * HOUR for step in range(HOURS_OF_DAY)]
    return tuple(
        FlowHour(
            begins_at=hour,
            opened=opened.get(hour, 0),
            judged=ended[hour].judged if hour in ended else 0,
            closed=ended[hour].closed if hour in ended else 0,
        )
        for hour in hours
    )


async def arrivals(connection: AsyncConnection, now: datetime) -> Arrivals:
    """Return what arrived in the last week by hour of the day; less where there was less."""
    first = await connection.scalar(FIRST_OPENED)
    since = max(now - WEEK, min(first or now, now))
    rows = await connection.execute(BY_HOUR, {"since": since, "now": now})
    return arrivals_between(since, now, {row.hour: row.cases for row in rows})


async def holds(connection: AsyncConnection, now: datetime) -> tuple[Hold, ...]:
    """Return every claimed case; of each person the current one before the reserved one."""
    rows = await connection.execute(HOLDS, {"now": now})
    return tuple(Hold(**row) for row in rows.mappings())


async def paces(connection: AsyncConnection, since: datetime, now: datetime) -> tuple[Pace, ...]:
    """Return what each person judged between two moments."""
    rows = await connection.execute(PACES, {"since": since, "now": now})
    return tuple(Pace(**row) for row in rows.mappings())
