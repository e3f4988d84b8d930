"""Failed logins: counted per name and source for a while, then forgotten."""

from datetime import datetime

from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.people import LoginAttemptRow
from app.review.access.login_limits import ATTEMPTS_KEPT, CROWD_ALLOWED, Failures

#: More are never kept, whoever guesses how fast.
MOST_KEPT = 100_000
#: Counting further than this changes nothing.
COUNTED = 2 * CROWD_ALLOWED

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name || chr(10) || :source, 0))")
COUNT = text("""
SELECT
    (SELECT count(*) FROM (
        SELECT 1 FROM login_attempts WHERE name = :name AND source = :source AND failed_at > :since
        LIMIT :counted) pair) AS of_pair,
    (SELECT max(failed_at) FROM login_attempts
        WHERE name = :name AND source = :source AND failed_at > :since) AS last_at,
    (SELECT count(*) FROM (
        SELECT 1 FROM login_attempts WHERE name = :name AND failed_at > :since LIMIT :counted) named
    ) AS of_name,
    (SELECT count(*) FROM (
        SELECT 1 FROM login_attempts WHERE source = :source AND failed_at > :since LIMIT :counted) sent
    ) AS of_source
""")
PRUNE = text("""
DELETE FROM login_attempts WHERE failed_at <= :since
    OR id <= (SELECT id FROM login_attempts ORDER BY id DESC OFFSET :most LIMIT 1)
""")


async def failures(connection: AsyncConnection, name: str, source: str, now: datetime) -> Failures:
    """Count what still counts; logins of this name from this source wait until this transaction ends."""
    await connection.execute(LOCK, {"name": name, "source": source})
    parameters = {"name": name, "source": source, "since": now - ATTEMPTS_KEPT, "counted": COUNTED}
    row = (await connection.execute(COUNT, parameters)).one()
    return Failures(of_pair=row.of_pair, last_at=row.last_at, of_name=row.of_name, of_source=row.of_source)


async def add(connection: AsyncConnection, name: str, source: str, now: datetime) -> None:
    """Count a login as failed; it is until it proves right."""
    await connection.execute(insert(LoginAttemptRow).values(name=name, source=source, failed_at=now))


async def forget(connection: AsyncConnection, name: str, source: str) -> None:
    """Forget the failures of somebody who then knew the password."""
    await connection.execute(
        delete(LoginAttemptRow).where(LoginAttemptRow.name == name, LoginAttemptRow.source == source)
    )


async def prune(connection: AsyncConnection, now: datetime) -> int:
    """Delete what counts no more, and of too many the oldest; return how many."""
    parameters = {"since": now - ATTEMPTS_KEPT, "most": MOST_KEPT}
    return (await connection.execute(PRUNE, parameters)).rowcount
