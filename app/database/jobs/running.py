"""Jobs as whoever runs them writes them: taken up, kept alive, ended. Who has lost a job writes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.server.session import transaction
from app.review.jobs import Ending, Step, StepKind

#: Waits, or is held by somebody who was not heard of for too long; and nobody else runs one of its kind.
TAKE_UP = text("""
UPDATE jobs SET state = 'running', run = :run, attempts = attempts + 1, heartbeat_at = :now
WHERE id = :id AND (state = 'queued' OR (state = 'running' AND heartbeat_at < :lost))
    AND NOT EXISTS (SELECT FROM jobs o WHERE o.kind = jobs.kind AND o.state = 'running' AND o.id <> jobs.id)
RETURNING id
""")
HAS_ENDED = text("SELECT ended_at IS NOT NULL FROM jobs WHERE id = :id")
BEAT = text("""
UPDATE jobs SET heartbeat_at = :now, progress = :progress, saying = :saying WHERE id = :id AND run = :run
RETURNING cancel_asked_at IS NOT NULL AS is_cancelled
""")
END = text("""
UPDATE jobs SET state = CAST(:state AS text), run = NULL, ended_at = :now, outcome = :outcome,
    produced = :produced, saying = '',
    progress = CASE WHEN CAST(:state AS text) = 'succeeded' THEN 1 ELSE progress END
WHERE id = :id AND run = :run RETURNING id
""")
# Given back by whoever stops in good order: that was no attempt.
GIVE_BACK = text("""
UPDATE jobs SET state = 'queued', run = NULL, attempts = attempts - 1, progress = 0, saying = ''
WHERE id = :id AND run = :run
""")
SAY = text("INSERT INTO job_steps (job_id, happened_at, kind, text) VALUES (:job_id, :now, :kind, :text)")
STEPS = text("SELECT happened_at, kind, text FROM job_steps WHERE job_id = :job_id ORDER BY id LIMIT :limit")
#: Steps of one job that are shown; none says nearly so many.
MOST_STEPS = 1000


class TakingUp(Enum):
    """What became of taking up a job."""

    TAKEN = "taken"
    #: Somebody runs it, or another of its kind: to be asked again.
    BUSY = "busy"
    OVER = "over"


async def take_up(
    engine: AsyncEngine, job_id: int, run: UUID, *, now: datetime, lost_after: timedelta
) -> TakingUp:
    """Take up a job under a name of one's own. Raises `DatabaseUnavailable`."""
    try:
        async with transaction(engine) as connection:
            asked = {"id": job_id, "run": run, "now": now, "lost": now - lost_after}
            if await connection.scalar(TAKE_UP, asked) is not None:
                return TakingUp.TAKEN
            has_ended = await connection.scalar(HAS_ENDED, {"id": job_id})
            # A job that is not there was never committed, or its queue outlived it.
            return TakingUp.BUSY if has_ended is False else TakingUp.OVER
    except IntegrityError:
        return TakingUp.BUSY  # at the same moment somebody took up another one


async def beat(
    connection: AsyncConnection, job_id: int, run: UUID, *, progress: float, saying: str, now: datetime
) -> bool | None:
    """Say that a job goes on; return whether it is to be cancelled, None where it was lost to another."""
    told = {"id": job_id, "run": run, "progress": progress, "saying": saying, "now": now}
    is_cancelled: bool | None = await connection.scalar(BEAT, told)
    return is_cancelled


async def end(connection: AsyncConnection, job_id: int, run: UUID, ending: Ending, *, now: datetime) -> bool:
    """End a job; False where it was lost to another."""
    told = {
        "id": job_id,
        "run": run,
        "state": ending.state.value,
        "outcome": ending.outcome,
        "produced": ending.produced,
        "now": now,
    }
    return await connection.scalar(END, told) is not None


async def give_back(connection: AsyncConnection, job_id: int, run: UUID) -> None:
    """Let somebody else begin a job anew; nothing where it was lost already."""
    await connection.execute(GIVE_BACK, {"id": job_id, "run": run})


async def say(connection: AsyncConnection, job_id: int, steps: Sequence[Step]) -> None:
    """Write what a job said."""
    if steps:
        told = [
            {"job_id": job_id, "now": each.happened_at, "kind": each.kind.value, "text": each.text}
            for each in steps
        ]
        await connection.execute(SAY, told)


async def steps_of(connection: AsyncConnection, job_id: int) -> list[Step]:
    """Return what a job said, in its order."""
    found = await connection.execute(STEPS, {"job_id": job_id, "limit": MOST_STEPS})
    return [Step(**{**row, "kind": StepKind(row["kind"])}) for row in found.mappings()]
