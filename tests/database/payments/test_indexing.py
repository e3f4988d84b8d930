"""Links and words follow the commits: in order, none missed, however late one commits."""

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.upkeep import indexing
from app.database.server.session import transaction
from tests.builders import driver, rows, until, value
from tests.service import Service

#: As intake numbers a payment: its transaction has its own number first.
ARRIVE = """
WITH own AS MATERIALIZED (SELECT pg_current_xact_id())
INSERT INTO payment_keys (key, payment_id)
SELECT gen_random_uuid(), payment_base(now()) + nextval('payment_numbers') FROM own RETURNING payment_id
"""
COPY = """
INSERT INTO payments (id, position, occurred_at, received_at, label_propensity, client_id, policy_id,
    feature_list, transaction_id, body_sha256, amount, currency, label, reason, features, attributes, margin)
SELECT $1, position, occurred_at, received_at, label_propensity, client_id, policy_id, feature_list,
    transaction_id || '-late', body_sha256, amount, currency, label, reason, features, attributes, margin
FROM payments ORDER BY id LIMIT 1
"""
LINKED = "SELECT DISTINCT payment_id FROM payment_links ORDER BY 1"


async def look(engine: AsyncEngine) -> None:
    """Index what can be indexed now; a mark is taken in one go and followed in the next."""
    for _ in range(3):
        async with transaction(engine) as connection:
            await indexing.index_some(connection, most=100)


async def index_all(engine: AsyncEngine) -> None:
    """Index everything: transactions of other tests on this server may have to end first."""

    async def is_done() -> bool:
        await look(engine)
        async with transaction(engine) as connection:
            return (await indexing.progress(connection)).ahead == 0

    await until(is_done, seconds=60)


async def arrived(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    key: int = await connection.fetchval(ARRIVE)
    await connection.execute(COPY, key)
    return key


async def test_what_is_posted_is_linked_and_found_by_its_words(service: Service, engine: AsyncEngine) -> None:
    body = service.body(attributes={"card": "4711", "merchant": "M-1", "note": "blue bicycle"})
    key = (await service.post(body)).json()["decision_id"]
    await index_all(engine)
    assert await rows(engine, "SELECT entity, payment_id FROM payment_links ORDER BY 1") == [
        (1, key),
        (3, key),
    ]
    assert await value(engine, "SELECT count(*) FROM payment_words WHERE words @@ 'bicycle'") == 1
    fingerprint = await value(engine, "SELECT link_fingerprint(1::smallint, '4711')")
    assert await value(engine, "SELECT fingerprint FROM payment_links WHERE entity = 1") == fingerprint
    async with transaction(engine) as connection:
        told = await indexing.progress(connection)
    assert (told.indexed_to, told.ahead) == (key, 0)
    assert not told.misses_some


async def test_one_that_commits_late_is_waited_for(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    first = (await service.post(service.body())).json()["decision_id"]
    slow = await driver(database_url)
    running = slow.transaction()
    await running.start()
    late = await arrived(slow)
    after = (await service.post(service.body())).json()["decision_id"]
    assert first < late < after
    await look(engine)
    assert late not in [key for (key,) in await rows(engine, LINKED)]
    assert after not in [key for (key,) in await rows(engine, LINKED)]
    await running.commit()
    await slow.close()
    await index_all(engine)
    assert await rows(engine, LINKED) == [(first,), (late,), (after,)]


async def test_a_mark_taken_between_number_and_commit_misses_nothing(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    """Red with a mark that trusts the newest payment alone: it would pass over the one in between."""
    await service.post(service.body())
    slow = await driver(database_url)
    running = slow.transaction()
    await running.start()
    late: int = await slow.fetchval(ARRIVE)
    after = (await service.post(service.body())).json()["decision_id"]
    await look(engine)
    await slow.execute(COPY, late)
    await running.commit()
    await slow.close()
    await index_all(engine)
    assert (late,) in await rows(engine, LINKED)
    assert (after,) in await rows(engine, LINKED)


async def test_one_replica_indexes_while_another_leaves_it_to_it(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    await service.post(service.body())
    other = await driver(database_url)
    held = other.transaction()
    await held.start()
    await other.execute("SELECT FROM link_progress FOR UPDATE")
    await look(engine)
    assert await rows(engine, LINKED) == []
    await held.rollback()
    await other.close()
    await index_all(engine)
    assert len(await rows(engine, LINKED)) == 1


async def test_links_hold_no_value_and_are_other_numbers_elsewhere(engine: AsyncEngine) -> None:
    one = await value(engine, "SELECT link_fingerprint(1::smallint, '4111111111111111')")
    other = await value(engine, "SELECT link_fingerprint(2::smallint, '4111111111111111')")
    async with transaction(engine) as connection:
        await connection.exec_driver_sql("ALTER TABLE link_keys DISABLE TRIGGER append_only")
        await connection.exec_driver_sql("UPDATE link_keys SET inner_pad = outer_pad")
    assert (
        len({one, other, await value(engine, "SELECT link_fingerprint(1::smallint, '4111111111111111')")})
        == 3
    )
