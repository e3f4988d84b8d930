"""An installation with withdrawn reports goes a step down: what was withdrawn is no truth there either."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.server.migrations import migrate, migrate_down
from app.database.server.session import transaction
from tests.builders import rows
from tests.database.payments.stored_payments import paid
from tests.database.world import a_world
from tests.workflows.policies.looked_back import tell


async def test_what_was_withdrawn_leaves_with_its_withdrawal(database_url: str) -> None:
    engine: AsyncEngine = create_async_engine(database_url)
    async with transaction(engine) as connection:
        await paid(connection, await a_world(connection), several=2)
    names = [row.transaction_id for row in await rows(engine, "SELECT transaction_id FROM transactions")]
    await tell(engine, dict.fromkeys(names, True), source="audit", chance=1e-160)
    async with transaction(engine) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)"
            " SELECT min(id), 'withdrawn', 'audit', now(), now(), now() FROM transactions"
        )
    assert len(await rows(engine, "SELECT 1 FROM labels")) == len(names) + 1
    await engine.dispose()
    await migrate_down(database_url, revision="0004")
    kept = await rows(engine, "SELECT label, propensity FROM labels ORDER BY id")
    assert kept == [("fraud", 1e-160)] * (len(names) - 1)
    await engine.dispose()
    await migrate(database_url)
    assert await rows(engine, "SELECT label FROM standing_labels") == [("fraud",)] * (len(names) - 1)
    assert {row.xact for row in await rows(engine, "SELECT xact FROM labels")} == {0}
    await engine.dispose()
