"""History is exact: what a payment read is what the stored order of its keys' updates gives, bit for bit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio

from app.database.payments.history import keys, states
from app.database.payments.intake.statements import STATEMENTS
from app.database.server.session import transaction
from app.scoring.schema.history import KeptHistory
from benchmarks.history_exact import stored_order
from tests.builders import driver, rows, value
from tests.conftest import a_service
from tests.own_payments import HISTORY, train_own_model
from tests.service import NOON, Service

KEPT = KeptHistory(entity="card", partners=("device",), delay_days=1, currency="EUR")
FEATURES: dict[str, Any] = {"distance": 12.5, "orders_before": 3, "category": "food", "chip": True}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_own_model(tmp_path_factory.mktemp("history"), more=HISTORY).parent


@pytest_asyncio.fixture
async def shop(database_url: str, models: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=models) as service:
        yield service


def body(*, card: str = "card-1", device: str = "device-1", **changes: Any) -> dict[str, Any]:
    return {
        "transaction_id": uuid4().hex,
        "occurred_at": NOON.isoformat(),
        "amount": "41.90",
        "currency": "EUR",
        "features": FEATURES,
        "attributes": {"card": card, "device": device},
    } | changes


def at(hours: float) -> str:
    return (NOON + timedelta(hours=hours)).isoformat()


async def derived(shop: Service, transaction_id: str) -> dict[str, Any]:
    statement = "SELECT derived FROM transactions WHERE transaction_id = :id"
    found: dict[str, Any] = await value(shop.services.cases.claims.engine, statement, id=transaction_id)
    return found


async def mismatches(shop: Service) -> int:
    """Return how many stored values, updates and states are not those that the order of updates gives."""
    engine = shop.services.cases.claims.engine
    connection = await driver(engine.url.render_as_string(hide_password=False))
    try:
        found = await stored_order.mismatches(connection, [KEPT])
    finally:
        await connection.close()
    assert found.compared > 0
    return found.total


async def test_a_payment_reads_what_its_card_did_before_and_not_itself(shop: Service) -> None:
    first, second = body(amount="10"), body(amount="30", occurred_at=at(1))
    for each in (first, second):
        assert (await shop.post(each)).status_code == 200
    before, after = [await derived(shop, each["transaction_id"]) for each in (first, second)]
    assert before["card: payments in 7 days"] == 0
    assert before["card: hours since the payment before"] is None
    assert before["card: device is new"] == 1
    assert after["card: payments in 7 days"] == 1
    assert after["card: payments, half-life 1 hour"] == 0.5
    assert after["card: mean amount in 7 days"] == 10
    assert after["card: hours since the payment before"] == 1
    assert after["card: device is new"] == 0
    assert after["card: different device in 30 days"] == 1


async def test_a_repeat_is_counted_once(shop: Service) -> None:
    first = body()
    await shop.post(first)
    await shop.post(first)
    await shop.post(first | {"amount": "99"})
    await shop.post(last := body())
    assert (await derived(shop, last["transaction_id"]))["card: payments in 1 day"] == 1


async def test_payments_without_the_entity_and_in_other_currencies_enter_no_history(shop: Service) -> None:
    nameless, foreign = body(attributes={}), body(currency="USD")
    assert (await shop.post(nameless)).json()["label"] in {"legit", "unknown", "fraud"}
    assert (await shop.post(foreign)).json()["reason"] == "currency_unsupported"
    assert (await derived(shop, nameless["transaction_id"]))["card: payments in 1 day"] == 0
    assert await derived(shop, foreign["transaction_id"]) == {}
    engine = shop.services.cases.claims.engine
    assert await value(engine, "SELECT count(*) FROM history_states") == 0


async def test_a_decision_is_replayed_with_the_history_it_read(shop: Service) -> None:
    await shop.post(body())
    told = (await shop.post(body(occurred_at=at(2)))).json()
    await shop.post(body(occurred_at=at(3)))
    replayed = await shop.client.post(f"/v1/decisions/{told['decision_id']}/replay", headers=shop.headers)
    assert replayed.json()["equal"], replayed.text


async def test_what_two_replicas_read_at_once_is_what_the_order_of_updates_gives(
    shop: Service, database_url: str, models: Path
) -> None:
    rng = np.random.default_rng(0)
    payments = [
        body(
            card=f"card-{min(int(rng.exponential(2)), 9)}",
            device=f"device-{rng.integers(80)}",
            occurred_at=at(float(rng.normal(0, 30) - 100)),
            amount=f"{rng.gamma(2, 20):.2f}",
        )
        for _ in range(300)
    ]
    sent = [*payments, *(payments[int(place)] for place in rng.integers(len(payments), size=60))]
    async with a_service(database_url, models_dir=models) as other:
        # The key is the one that the later replica made anew.
        answers = await asyncio.gather(
            *(
                (shop, other)[number % 2].client.post("/v1/transactions", json=each, headers=other.headers)
                for number, each in enumerate(sent)
            )
        )
        known = replace(shop, key=other.key)
        for each in payments[::20]:
            await a_report(known, each["transaction_id"], "fraud", hours=-0.1)
        more = [body(card=f"card-{number % 4}", occurred_at=at(-3)) for number in range(60)]
        ticks = [each.services.payments.maturing.tick() for each in (shop, other) for _ in range(3)]
        later = asyncio.gather(*(known.post(each) for each in more))
        await asyncio.gather(later, *ticks)
    assert {each.status_code for each in (*answers, *later.result())} == {200}
    assert await mismatches(shop) == 0
    engine = shop.services.cases.claims.engine
    assert await value(engine, "SELECT sum(updates) FROM history_states") == len(payments) + 60 + 15


async def test_keys_are_locked_until_the_commit(database_url: str) -> None:
    """Red when states are read without a lock: both commits would count the same payment."""
    one, other = await driver(database_url), await driver(database_url)
    key = (await keys.fingerprints(one)).key(KEPT, "card-1")

    async def later() -> dict[Any, bytes]:
        async with other.transaction():
            return await states.locked(other, {key: "card"})

    async with one.transaction():
        assert await states.locked(one, {key: "card"}) == {key: b""}
    async with one.transaction():
        await states.locked(one, {key: "card"})
        waiting = asyncio.create_task(later())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await states.write(one, [states.MovedState(key=key, updates=1, latest=0.0, content=b"moved")])
    assert await waiting == {key: b"moved"}
    await one.close()
    await other.close()


async def test_a_key_that_another_commit_began_meanwhile_is_locked_anew(database_url: str) -> None:
    """Red when what came meanwhile is taken for new: it would be locked late, out of the order of keys."""
    one, other = await driver(database_url), await driver(database_url)
    prints = await keys.fingerprints(one)
    first, last = sorted(prints.key(KEPT, f"card-{number}") for number in range(2))
    async with one.transaction():
        await states.locked(one, {last: "card"})

        async def later() -> dict[Any, bytes]:
            async with other.transaction():
                return await states.locked(other, {first: "card", last: "card"})

        waiting = asyncio.create_task(later())
        await asyncio.sleep(0.2)
        assert not waiting.done()
    with pytest.raises(states.KeysBegun):
        await waiting
    assert await later() == {first: b"", last: b""}
    await one.close()
    await other.close()


async def test_states_are_found_by_their_keys_however_many_there_are(database_url: str) -> None:
    """Red without a condition on the keys: nested loops are off, and each chunk read all states."""
    connection = await driver(database_url)
    await connection.execute("SET enable_nestloop = off; SET plan_cache_mode = force_generic_plan")
    await connection.execute(
        "INSERT INTO history_states (key, entity, updates, latest, state)"
        " SELECT gen_random_uuid(), 'card', 1, 0, 'state' FROM generate_series(1, 20000)"
    )
    await connection.execute("ANALYZE history_states")
    stored = STATEMENTS[True, False, False, True]
    for sql, values in (
        (states.LOCK, [None]),
        (states.WRITE, [None] * 4),
        (stored.sql, [None] * len(stored.names)),
    ):
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values))
        assert "history_states_pkey" in plan
        assert "Seq Scan on history_states" not in plan
    await connection.close()


async def test_a_key_of_which_nothing_is_left_is_forgotten(shop: Service) -> None:
    await shop.post(body(card="card-1"))
    await shop.post(body(card="card-2", occurred_at=at(-24 * 899)))
    await shop.post(body(card="card-3", occurred_at=at(-24 * 890)))
    engine = shop.services.cases.claims.engine
    async with transaction(engine) as connection:
        assert await states.forget_what_is_over(connection, NOON) == 1
    assert await value(engine, "SELECT count(*) FROM history_states") == 2


async def a_report(shop: Service, transaction_id: str, label: str, *, hours: float) -> None:
    told = {"transaction_id": transaction_id, "label": label, "source": "chargeback"}
    told |= {"occurred_at": at(-100), "learned_at": at(hours)}
    answer = await shop.client.post("/v1/labels", json={"labels": [told]}, headers=shop.headers)
    assert answer.status_code < 300, answer.text


async def test_a_known_fraud_is_read_once_its_delay_is_over(shop: Service) -> None:
    await shop.post(first := body(occurred_at=at(-100)))
    await a_report(shop, first["transaction_id"], "fraud", hours=-0.5)
    for _ in range(2):
        await shop.services.payments.maturing.tick()
    await shop.post(soon := body(occurred_at=at(-79)))
    await shop.post(later := body(occurred_at=at(-70)))
    before, after = [await derived(shop, each["transaction_id"]) for each in (soon, later)]
    assert before["card: known frauds 1 to 31 days ago"] == 0
    assert after["card: known frauds 1 to 31 days ago"] == 1
    assert after["card: payments 1 to 31 days ago"] == 1
    assert after["card: fraud share 1 to 31 days ago"] == pytest.approx(1.2 / 21, rel=1e-8)
    assert await mismatches(shop) == 0


async def test_a_withdrawn_fraud_is_counted_no_more(shop: Service) -> None:
    await shop.post(first := body(occurred_at=at(-100)))
    await a_report(shop, first["transaction_id"], "fraud", hours=-2)
    await shop.services.payments.maturing.tick()
    await a_report(shop, first["transaction_id"], "withdrawn", hours=-1)
    await shop.services.payments.maturing.tick()
    await shop.post(later := body(occurred_at=at(-60)))
    assert (await derived(shop, later["transaction_id"]))["card: known frauds 1 to 31 days ago"] == 0
    engine = shop.services.cases.claims.engine
    assert [
        each.count for each in await rows(engine, "SELECT count FROM history_frauds ORDER BY updates")
    ] == [
        1,
        -1,
    ]
    assert await mismatches(shop) == 0
