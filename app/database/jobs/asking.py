"""Jobs as people ask for them, cancel them and try them again: each once, however often it is pressed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.jobs.queue import enqueue
from app.review.jobs import Asking, Job, JobEnded, JobKind, JobNotFound, JobNotToBeRetried, JobState

ADD = text("""
INSERT INTO jobs (kind, subject, arguments, form, asked_by, asked_at, retry_of, state)
VALUES (:kind, :subject, CAST(CAST(:arguments AS text) AS jsonb), :form, :asked_by, :now, :retry_of, 'queued')
ON CONFLICT DO NOTHING RETURNING id
""")
#: The one that was asked for already: by the same form, as the same retry, or about the same.
ALREADY = text("""
SELECT id FROM jobs
WHERE form = :form OR retry_of = CAST(:retry_of AS bigint)
    OR (kind = :kind AND subject = :subject AND ended_at IS NULL)
ORDER BY (form = :form) DESC, coalesce(retry_of = CAST(:retry_of AS bigint), false) DESC, id DESC LIMIT 1
""")
LOCKED = text("SELECT state FROM jobs WHERE id = :id FOR UPDATE")
CANCEL_QUEUED = text("""
UPDATE jobs SET state = 'cancelled', ended_at = :now, cancel_asked_by = :by, cancel_asked_at = :now,
    outcome = 'Cancelled before it began.' WHERE id = :id
""")
CANCEL_RUNNING = text("""
UPDATE jobs SET cancel_asked_by = :by, cancel_asked_at = :now WHERE id = :id AND cancel_asked_at IS NULL
""")
SELECTED = """
SELECT j.id, j.kind, j.subject, j.arguments::text AS arguments, a.display_name AS asked_by, j.asked_at,
    j.retry_of, (SELECT r.id FROM jobs r WHERE r.retry_of = j.id) AS retried_by, j.state, j.attempts,
    j.progress, j.saying, j.heartbeat_at, c.display_name AS cancel_asked_by, j.cancel_asked_at, j.ended_at,
    j.outcome, j.produced
FROM jobs j JOIN accounts a ON a.id = j.asked_by LEFT JOIN accounts c ON c.id = j.cancel_asked_by
"""
ONE = text(f"{SELECTED} WHERE j.id = :id")
NEWEST = text(f"""{SELECTED}
WHERE CAST(:before AS bigint) IS NULL OR j.id < :before ORDER BY j.id DESC LIMIT :limit
""")
STANDING = text("""
SELECT subject, bool_or(ended_at IS NULL) AS is_live FROM jobs
WHERE kind = :kind AND subject = ANY(CAST(:subjects AS text[])) GROUP BY subject
""")


async def ask(connection: AsyncConnection, asking: Asking, *, form: UUID, by: int, now: datetime) -> int:
    """Ask for a job and return its id; of one that was asked for already, that one's."""
    return await _added(connection, asking, form=form, by=by, now=now, retry_of=None)


async def cancel(connection: AsyncConnection, job_id: int, *, by: int, now: datetime) -> None:
    """Cancel a job: at once where it waits, else whoever runs it ends it. Twice is as good as once.

    Raises `JobNotFound` and `JobEnded`.
    """
    state = await _state(connection, job_id)
    asked = {"id": job_id, "by": by, "now": now}
    if state is JobState.QUEUED:
        await connection.execute(CANCEL_QUEUED, asked)
    elif state is JobState.RUNNING:
        await connection.execute(CANCEL_RUNNING, asked)
    elif state is not JobState.CANCELLED:
        raise JobEnded


async def retry(connection: AsyncConnection, job_id: int, *, form: UUID, by: int, now: datetime) -> int:
    """Ask for the same once more and return the new job's id, the same one however often it is pressed.

    Raises `JobNotFound` and `JobNotToBeRetried`.
    """
    state = await _state(connection, job_id)
    if state not in {JobState.FAILED, JobState.CANCELLED}:
        raise JobNotToBeRetried
    before = await job(connection, job_id)
    asking = Asking(kind=before.kind, subject=before.subject, arguments=before.arguments)
    return await _added(connection, asking, form=form, by=by, now=now, retry_of=job_id)


async def job(connection: AsyncConnection, job_id: int) -> Job:
    """Return one job; raises `JobNotFound`."""
    found = (await connection.execute(ONE, {"id": job_id})).mappings().one_or_none()
    if found is None:
        raise JobNotFound
    return _job(found)


async def newest(connection: AsyncConnection, *, before: int | None, limit: int) -> list[Job]:
    """Return the newest jobs, those below an id where one is given."""
    found = await connection.execute(NEWEST, {"before": before, "limit": limit})
    return [_job(row) for row in found.mappings()]


async def live_by_subject(
    connection: AsyncConnection, kind: JobKind, subjects: Sequence[str]
) -> Mapping[str, bool]:
    """Return of each subject that jobs were about whether one still is."""
    found = await connection.execute(STANDING, {"kind": kind.value, "subjects": list(subjects)})
    return {row.subject: row.is_live for row in found}


async def _added(
    connection: AsyncConnection, asking: Asking, *, form: UUID, by: int, now: datetime, retry_of: int | None
) -> int:
    values: Mapping[str, Any] = {
        "kind": asking.kind.value,
        "subject": asking.subject,
        "arguments": orjson.dumps(dict(asking.arguments)).decode(),
        "form": form,
        "asked_by": by,
        "now": now,
        "retry_of": retry_of,
    }
    added: int | None = await connection.scalar(ADD, values)
    if added is not None:
        await enqueue(connection, asking.kind, added)
        return added
    already = {name: values[name] for name in ("form", "retry_of", "kind", "subject")}
    found: int = (await connection.execute(ALREADY, already)).scalar_one()
    return found


async def _state(connection: AsyncConnection, job_id: int) -> JobState:
    """Return how a job stands, held so until this transaction ends."""
    found = await connection.scalar(LOCKED, {"id": job_id})
    if found is None:
        raise JobNotFound
    return JobState(found)


def _job(row: RowMapping) -> Job:
    kept = {"kind": JobKind(row["kind"]), "state": JobState(row["state"])}
    return Job(**{**row, **kept, "arguments": orjson.loads(row["arguments"])})
