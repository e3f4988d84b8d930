"""Earlier payments of a payment's entities: the newest of each, whether or not their links are written."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.links.earlier import EARLIER, LOOKED_AT, earlier_payments
from tests.builders import NOON
from tests.database.payments.stored_payments import paid
from tests.database.plans import nodes_of, scanned
from tests.database.world import a_world
from tests.payments_written import indexed

BEFORE = NOON - timedelta(hours=1)


async def test_only_what_came_before_is_found_of_what_is_asked(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    old = await paid(connection, world, card="1", device="d", several=2, at=BEFORE)
    await paid(connection, world, card="2", merchant="m", at=BEFORE)
    (own,) = await paid(connection, world, card="1", merchant="m", device="d")
    await paid(connection, world, card="1", merchant="m", device="d")
    for _ in range(2):
        found = await earlier_payments(connection, own, ["card", "merchant", "ip"])
        assert [each.key for each in found["card"]] == old[::-1]
        assert len(found["merchant"]) == 1
        assert found["ip"] == []
        assert found["card"][0].attributes == {"card": "1", "device": "d"}
        await indexed(connection)


async def test_what_was_received_before_a_late_payment_is_found_whenever_it_occurred(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    (newer,) = await paid(connection, world, card="1", at=NOON + timedelta(hours=1))
    (own,) = await paid(connection, world, card="1")
    assert [each.key for each in (await earlier_payments(connection, own, ["card"]))["card"]] == [newer]


async def test_of_a_busy_merchant_so_many_are_looked_at_by_their_index(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await paid(connection, world, several=20_000, merchant="busy", at=BEFORE)
    (own,) = await paid(connection, world, merchant="busy")
    await indexed(connection)
    await connection.execute(text("ANALYZE payments, payment_links"))
    found = await earlier_payments(connection, own, ["merchant"])
    assert len(found["merchant"]) == LOOKED_AT
    nodes = await nodes_of(connection, EARLIER, key=own, entities=["merchant"])
    assert scanned(nodes, begins="payment") == set()
    assert max(each["Actual Rows"] for each in nodes) <= 2 * LOOKED_AT
