"""The queue's tables are what the installed library wants, and what has been asked for stays as it was."""

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.database.world import accepts, refused
from tests.databases import dsn

JOB = """
INSERT INTO jobs (kind, subject, arguments, form, asked_by, asked_at, state)
SELECT 'training', gen_random_uuid()::text, '{}', gen_random_uuid(), min(id), now(), 'queued' FROM accounts
"""
NEWEST = "WHERE id = (SELECT max(id) FROM jobs)"
RUNS = f"UPDATE jobs SET state = 'running', run = gen_random_uuid(), heartbeat_at = now() {NEWEST}"


async def test_the_library_would_change_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(dsn(database_url))
    try:
        plan = await Queries(AsyncpgDriver(connection)).plan_upgrade()
    finally:
        await connection.close()
    assert [*plan.statements] == []


async def test_what_was_asked_for_and_what_has_ended_never_changes(connection: AsyncConnection) -> None:
    assert await accepts(connection, JOB)
    for change in ("subject = 'x'", "asked_by = asked_by + 1", "arguments = '{\"a\": 1}'", "retry_of = 1"):
        await refused(connection, f"UPDATE jobs SET {change} {NEWEST}", because="never changed")
    assert await accepts(connection, f"UPDATE jobs SET state = 'failed', ended_at = now() {NEWEST}")
    await refused(connection, f"UPDATE jobs SET outcome = 'x' {NEWEST}", because="has ended")


async def test_a_job_runs_somewhere_or_waits_and_two_never_run(connection: AsyncConnection) -> None:
    assert await accepts(connection, JOB)
    await refused(connection, f"UPDATE jobs SET state = 'running' {NEWEST}", because="running_somewhere")
    await refused(connection, f"UPDATE jobs SET ended_at = now() {NEWEST}", because="ended_or_not")
    await refused(connection, f"UPDATE jobs SET progress = 1.5 {NEWEST}", because="progress_is_a_share")
    assert await accepts(connection, RUNS)
    assert await accepts(connection, JOB)
    await refused(connection, RUNS, because="ix_jobs_one_running")
