"""An entity's payments: the newest first, kept back where they must be, and no table is read as a whole."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.links import entities
from app.database.payments.links.entities import COUNTED, COUNTS, DETAILS, END, NEWEST, LinkedEntity
from app.review.outcome import GroundTruth
from app.review.story.entity import Entity
from app.triage.labels import Label
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, judged, paid, reported
from tests.database.plans import nodes_of, scanned
from tests.database.world import World, a_world
from tests.payments_written import indexed

LATER = NOON + timedelta(minutes=1)
SHOP = Entity(kind="merchant", value="shop")


async def the_shop(connection: AsyncConnection) -> LinkedEntity:
    return await entities.linked_entity(connection, SHOP)


async def test_the_newest_come_first_below_a_key_whether_or_not_links_are_written(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    first = await paid(connection, world, merchant="shop", several=3)
    await indexed(connection)
    second = await paid(connection, world, merchant="sh\u200bop", several=2)
    await paid(connection, world, merchant="another")
    shop = await the_shop(connection)
    ordered = [*first, *second][::-1]
    assert await entities.newest_keys(connection, shop, most=9) == ordered
    assert await entities.newest_keys(connection, shop, most=2) == ordered[:2]
    assert await entities.newest_keys(connection, shop, most=9, before=second[0]) == first[::-1]


async def test_windows_count_what_was_received_in_them(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    now = NOON + timedelta(days=100)
    for days in (40, 20, 3, 0.5, 0.01):
        await paid(connection, world, merchant="shop", at=now - timedelta(days=days))
    assert await entities.counts(connection, await the_shop(connection), now) == [1, 2, 3, 4]
    await indexed(connection)
    assert await entities.counts(connection, await the_shop(connection), now) == [1, 2, 3, 4]


@pytest.mark.parametrize("reader", [True, False])
async def test_what_somebody_is_to_judge_is_kept_from_whoever_may(
    connection: AsyncConnection, *, reader: bool
) -> None:
    world = await a_world(connection)
    live, over = await paid(connection, world, merchant="shop", several=2, label="fraud")
    case = await case_of(connection, live, kind="audit")
    for key in (live, over):
        await reported(connection, key, "fraud")
    found = await entities.payments(
        connection, [live, over], as_of=LATER, reader_id=world.author if reader else None
    )
    first, second = found
    assert (first.is_live, first.case_id, second.is_live) == (True, case, False)
    known = (Label.FRAUD, GroundTruth.FRAUD, "chargeback")
    assert (second.decision, second.truth, second.truth_source) == known
    expected = (None, None, None) if reader else known
    assert (first.decision, first.truth, first.truth_source) == expected


async def test_of_several_entities_the_newest_attributes_are_read(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await paid(connection, world, card="1", device="old")
    await paid(connection, world, card="1", device="new", several=2)
    await paid(connection, world, card="2", device="d")
    wanted = [Entity(kind="card", value=value) for value in ("1", "2", "3")]
    for _ in range(2):
        found = await entities.attributes_of(connection, wanted, most=2)
        assert [[each["device"] for each in found[one]] for one in wanted] == [["new", "new"], ["d"], []]
        await indexed(connection)


async def a_busy_shop(connection: AsyncConnection) -> World:
    """Return a world where one shop has half of the payments, in two months."""
    world = await a_world(connection)
    for days in (40, 2):
        at = NOON - timedelta(days=days)
        await paid(connection, world, merchant="shop", several=10_000, at=at)
        await paid(connection, world, merchant="another", several=10_000, at=at)
    await judged(connection, world.transaction, world.author)
    await indexed(connection)
    await connection.execute(text("ANALYZE payments, payment_links, payment_keys"))
    return world


async def test_no_question_reads_a_table_of_payments_from_end_to_end(connection: AsyncConnection) -> None:
    """What a busy shop's page costs is bounded, and rows that were read are as many as were asked for."""
    world = await a_busy_shop(connection)
    shop = await the_shop(connection)
    keys = await entities.newest_keys(connection, shop, most=200)
    since = [NOON - window for window in entities.WINDOWS]
    asked: list[tuple[TextClause, dict[str, Any], int]] = [
        (NEWEST, {**shop.parameters, "before": END, "most": 200}, 400),
        (COUNTS, {**shop.parameters, "since": since}, 2 * COUNTED + 2),
        (DETAILS, {"keys": keys, "as_of": LATER, "reader": world.author}, 400),
        (
            entities.ATTRIBUTES,
            {
                "entities": [3],
                "fingerprints": [shop.fingerprint],
                "names": ["merchant"],
                "same": [SHOP.value],
                "most": 20,
            },
            40,
        ),
    ]
    for statement, parameters, most in asked:
        nodes = await nodes_of(connection, statement, **parameters)
        assert scanned(nodes, begins="payment") == set(), statement.text
        assert max(each["Actual Rows"] for each in nodes) <= most, statement.text
    counted = await entities.counts(connection, shop, NOON)
    assert counted == [0, 0, COUNTED + 1, COUNTED + 1]
