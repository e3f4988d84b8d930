"""The queue after a million claims: its table and indexes grow by less than themselves."""

import asyncio

import asyncpg
import pytest

from app.cli.server.place import utc_now
from app.database.server.session import connect
from app.workflows.models.serving import LoadedModels, bootstrap
from benchmarks.claim import INSERTS
from tests.models import MODELS
from tests.own_server import OwnServer, own_server

CASES, CLAIMS, AT_ONCE = 10_000, 1_000_000, 250
#: Autovacuum would come after some 200 claims, once a minute; so many are made at a desk in an hour.
CLAIMS_BETWEEN_VACUUMS = 2_000
#: What a claim and a release write; many at once, so that a million take a minute.
CLAIM = """
UPDATE cases SET holder_id = (SELECT min(id) FROM accounts WHERE role = 'analyst'), shown_at = now(),
    lease_token = gen_random_uuid(), lease_expires_at = now() + interval '5 minutes'
WHERE id = ANY($1)
"""
RELEASE = """
UPDATE cases SET holder_id = NULL, lease_token = NULL, lease_expires_at = NULL, shown_at = NULL
WHERE id = ANY($1)
"""
SIZE = "SELECT pg_total_relation_size('cases')"

pytestmark = pytest.mark.slow


def test_a_million_claims_leave_the_queue_under_twice_its_size() -> None:
    with own_server() as own:
        before, after = asyncio.run(claimed(own))
    assert after < 2 * before, f"{before:,} -> {after:,} bytes"


async def claimed(own: OwnServer) -> tuple[int, int]:
    """Return the size of the queue (bytes) before and after."""
    engine = connect(own.url)
    await bootstrap(engine, LoadedModels(MODELS, device="cpu"), utc_now)
    await engine.dispose()
    connection = await own.connected()
    try:
        await fill(connection)
        await connection.execute("VACUUM (FULL, ANALYZE) cases")
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM cases WHERE state = 'open'")]
        before = await connection.fetchval(SIZE)
        for begin in range(0, CLAIMS, AT_ONCE):
            chunk = ids[begin % len(ids) : begin % len(ids) + AT_ONCE]
            await connection.execute(CLAIM, chunk)
            await connection.execute(RELEASE, chunk)
            if begin % CLAIMS_BETWEEN_VACUUMS == 0:
                await connection.execute("VACUUM cases")
        return before, await connection.fetchval(SIZE)
    finally:
        await connection.close()


async def fill(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let so many cases wait."""
    async with connection.transaction():
        for statement in INSERTS[:-1]:
            await connection.execute(statement.replace(":rows", str(CASES)))
