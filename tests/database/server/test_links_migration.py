"""Payments that were there before they were linked by email and customer are found by both after it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.payments.links.entities import linked_entity, newest_keys
from app.database.server.migrations import migrate, migrate_down
from app.database.server.session import transaction
from app.review.story.entity import Entity
from tests.builders import rows
from tests.database.payments.stored_payments import paid
from tests.database.world import a_world
from tests.payments_written import indexed

ADDRESS = Entity(kind="email", value="ada@example.org")
LINKS_OF = "SELECT count(*) FROM payment_links WHERE entity = :entity"


async def test_stored_payments_are_linked_as_it_goes_up_and_no_more_as_it_goes_down(
    database_url: str,
) -> None:
    engine: AsyncEngine = create_async_engine(database_url)
    async with transaction(engine) as connection:
        world = await a_world(connection)
        keys = await paid(connection, world, several=2, email="ada@example.org", card="1")
        await paid(connection, world, customer="c-7")
        await indexed(connection)
    await engine.dispose()
    await migrate_down(database_url, revision="0022")
    assert [row.name for row in await rows(engine, "SELECT name FROM link_entities ORDER BY id")] == [
        *("card", "device", "merchant", "ip"),
    ]
    assert not await rows(engine, "SELECT 1 FROM payment_links WHERE entity IN (5, 6)")
    await engine.dispose()
    await migrate(database_url)
    async with transaction(engine) as connection:
        assert await newest_keys(connection, await linked_entity(connection, ADDRESS), most=9) == keys[::-1]
        for entity, number in ((1, 2), (5, 2), (6, 1)):
            assert await connection.scalar(text(LINKS_OF), {"entity": entity}) == number
    await engine.dispose()
