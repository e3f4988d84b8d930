"""Payments linked with a case: which, how many, and never what would give a truth away."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.links.linked import (
    COUNTED,
    LINKED,
    SHOWN,
    STRANGERS_FRAUDS,
    first_judged_at,
    linked,
)
from app.database.tables.links import LINKS
from app.review.outcome import GroundTruth
from app.triage.labels import Label
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, judged, paid, reported
from tests.database.plans import nodes_of
from tests.database.world import a_world
from tests.payments_written import indexed

LATER = NOON + timedelta(hours=1)
BEFORE = NOON - timedelta(hours=1)


async def test_what_shares_more_than_the_merchant_comes_first(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    (old,) = await paid(connection, world, card="1", device="d")
    (own,) = await paid(connection, world, card="1", device="d", merchant="m", ip="9.9.9.9")
    (new,) = await paid(connection, world, merchant="m")
    await paid(connection, world, card="2", device="e", color="d")
    found = await linked(connection, own, as_of=LATER)
    assert [(each.transaction_key, each.links) for each in found.payments] == [
        (old, ("card", "device")),
        (new, ("merchant",)),
    ]
    assert found.counts == {"card": 1, "device": 1, "merchant": 1, "ip": 0}


async def test_a_busy_merchant_leaves_room_for_the_card(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    (old,) = await paid(connection, world, card="1")
    await paid(connection, world, merchant="busy", several=70)
    (own,) = await paid(connection, world, card="1", merchant="busy")
    found = await linked(connection, own, as_of=LATER)
    assert len(found.payments) == SHOWN
    assert found.payments[0].transaction_key == old
    assert found.counts == {"card": 1, "merchant": COUNTED + 1}


async def test_known_frauds_come_first_then_what_is_no_strangers_then_the_newest(
    connection: AsyncConnection,
) -> None:
    """However long ago a fraud was; the newest is what occurred last, and not what was received last."""
    world = await a_world(connection)
    (at_shop,) = await paid(connection, world, merchant="m", at=BEFORE)
    (on_card,) = await paid(connection, world, card="1", at=BEFORE)
    strangers = await paid(connection, world, merchant="m", several=2)
    (late,) = await paid(connection, world, card="1", at=LATER)
    cards = await paid(connection, world, card="1", device="d", several=2)
    for key in (at_shop, on_card):
        await reported(connection, key, "fraud")
    await reported(connection, cards[0], "legit")
    (own,) = await paid(connection, world, card="1", merchant="m")
    found = await linked(connection, own, as_of=LATER)
    keys = [each.transaction_key for each in found.payments]
    assert keys == [on_card, at_shop, late, *cards[::-1], *strangers[::-1]]
    assert found.frauds == (on_card, at_shop)


async def test_strangers_frauds_leave_room_for_the_card_and_are_counted(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    cards = await paid(connection, world, card="1", several=3)
    for key in (strangers := await paid(connection, world, merchant="m", several=10)):
        await reported(connection, key, "fraud")
    (own,) = await paid(connection, world, card="1", merchant="m")
    found = await linked(connection, own, as_of=LATER)
    keys = [each.transaction_key for each in found.payments]
    assert keys[: STRANGERS_FRAUDS + 3] == [*strangers[: -STRANGERS_FRAUDS - 1 : -1], *cards[::-1]]
    assert found.frauds == tuple(strangers[::-1])


async def test_nothing_is_linked_by_what_a_payment_lacks(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await paid(connection, world, color="red", several=3)
    (own,) = await paid(connection, world, color="red")
    assert await linked(connection, own, as_of=LATER) == await linked(connection, -1, as_of=LATER)


async def test_a_report_counts_before_a_verdict(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    both, only_judged = await paid(connection, world, card="1", several=2)
    for key in (both, only_judged):
        await judged(connection, key, world.author, "fraud")
    await reported(connection, both, "legit")
    (own,) = await paid(connection, world, card="1")
    second, first = (await linked(connection, own, as_of=LATER)).payments
    assert (first.truth, first.truth_source) == (GroundTruth.LEGIT, "chargeback")
    assert (second.truth, second.truth_source) == (GroundTruth.FRAUD, "verdict")
    assert first.decision is Label.LEGIT


async def test_nothing_is_told_of_what_somebody_has_yet_to_judge(connection: AsyncConnection) -> None:
    """A second look at it could be the reader's own next case."""
    world = await a_world(connection)
    (key,) = await paid(connection, world, card="1")
    verdict = await judged(connection, key, world.author, "fraud")
    await reported(connection, key, "fraud")
    await case_of(connection, key, kind="second", first=verdict)
    (newer,) = await paid(connection, world, card="1")
    (own,) = await paid(connection, world, card="1")
    found = await linked(connection, own, as_of=LATER)
    known, live = found.payments
    assert (known.transaction_key, found.frauds) == (newer, ()), "its place would tell it"
    assert (live.is_live, live.decision, live.truth, live.truth_source) == (True, None, None, None)


async def test_a_look_into_the_past_sees_what_was_known_then(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    (earlier,) = await paid(connection, world, card="1", at=BEFORE)
    (own,) = await paid(connection, world, card="1", at=BEFORE)
    await paid(connection, world, card="1", at=LATER)
    await reported(connection, earlier, "fraud", at=LATER)
    await judged(connection, own, world.author, at=NOON)
    assert await first_judged_at(connection, own) == NOON
    then = await linked(connection, own, as_of=NOON)
    (only,) = then.payments
    assert (only.transaction_key, only.truth, then.frauds) == (earlier, None, ())
    assert len((await linked(connection, own, as_of=LATER)).payments) == 2


async def test_cases_judged_at_one_moment_tell_nothing_of_each_other(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    one, other = await paid(connection, world, card="1", several=2, at=BEFORE)
    for key in (one, other):
        await judged(connection, key, world.author, at=NOON)
    assert [each.truth for each in (await linked(connection, one, as_of=NOON)).payments] == [None]


async def test_of_twenty_thousand_payments_at_a_merchant_the_newest_fifty_are_read(
    connection: AsyncConnection,
) -> None:
    world = await a_world(connection)
    for card in ("1", "2"):
        await paid(
            connection, world, several=10_000, merchant="busy", card=card, device="d", ip="i", at=BEFORE
        )
    (own,) = await paid(connection, world, merchant="busy", card="1", device="d", ip="i", at=BEFORE)
    await paid(connection, world, several=5_000, merchant="busy", card="3", at=LATER)
    await indexed(connection)
    await connection.execute(text("ANALYZE payments, payment_links"))
    for as_of in (BEFORE, LATER):
        nodes = await nodes_of(connection, LINKED, transaction_key=own, as_of=as_of, reader=None)
        read = [node for node in nodes if node.get("Index Name") == "payment_links_default_pkey"]
        assert len(read) == len(LINKS)
        scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        assert not scanned & {"payments_default", "payment_links_default"}
        # The past has an edge of a thousand keys, whose order within a moment nobody knows.
        most = COUNTED + 1 if as_of == LATER else COUNTED + 1 + 1000
        assert max(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) <= most + 1
