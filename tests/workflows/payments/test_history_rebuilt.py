"""Histories worked out anew: what is switched in is the fold over the stored payments, beside traffic."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.payments.history import keys, stored
from app.database.payments.upkeep import partitions
from app.database.policies import lifecycle, policies
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from app.scoring.history.packing import packed, unpacked
from app.scoring.history.reading import read
from app.scoring.history.state import State
from app.scoring.schema.history_features import history_features, update_name
from app.triage.policies.state import PolicyState
from app.workflows.payments.history import rebuilding
from app.workflows.payments.history.book import entries_of
from app.workflows.payments.history.rebuilding import HistoryRebuild, PassedBy, RebuildRunning
from tests.builders import (
    PatientScorer,
    a_transaction,
    driver,
    rows,
    scored_by,
    until,
    until_somebody_waits_for_a_lock,
    value,
)
from tests.conftest import a_service
from tests.own_payments import HISTORY, train_own_model
from tests.service import Service
from tests.workflows.payments.test_history import FEATURES, KEPT, a_report, at, body

PLAIN, READING = "shop-2", "shop-1"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    train_own_model(folder, version=READING, more=HISTORY)
    return train_own_model(folder, version=PLAIN).parent


@pytest_asyncio.fixture
async def shop(database_url: str, models: Path) -> AsyncIterator[Service]:
    """A service whose active model reads no history."""
    async with a_service(database_url, models_dir=models) as service:
        yield service


async def begin_to_read(shop: Service, state: PolicyState) -> None:
    """Put the model that reads history in shadow, or let it decide."""
    serving = shop.services.models.serving
    model = serving.shelf.model(READING)
    one, other = await shop.person(Role.MANAGER), await shop.person(Role.MANAGER)
    async with transaction(shop.services.cases.claims.engine) as connection:
        policy_id = await policies.draft(
            connection, model.policy, author_id=one.id, reason="It reads history.", parent_id=None,
            certificate=None, now=utc_now(),
        )  # fmt: skip
        moved: Any = {"account_id": other.id, "now": utc_now()}
        await lifecycle.move(connection, policy_id, PolicyState.SIMULATED, **moved)
        if state is PolicyState.SHADOW:
            await lifecycle.move(connection, policy_id, PolicyState.SHADOW, **moved)
        else:
            await lifecycle.move(connection, policy_id, PolicyState.APPROVED, **moved)
            await lifecycle.activate(connection, policy_id, **moved)


def some_payments(count: int, *, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [
        body(
            card=f"card-{min(int(rng.exponential(4)), 19)}",
            device=f"device-{rng.integers(90)}",
            occurred_at=at(float(rng.normal(0, 40) - 200)),
            amount=f"{rng.gamma(2, 20):.2f}",
        )
        for _ in range(count)
    ]


async def posted(shop: Service, payments: list[dict[str, Any]]) -> None:
    answers = await asyncio.gather(*(shop.post(each) for each in payments))
    assert {each.status_code for each in answers} == {200}


async def expected(shop: Service, engine: AsyncEngine) -> dict[Any, list[Any]]:
    """Return of each key its stored payments in the order that is told: entry, and what it kept."""
    connection = await driver(engine.url.render_as_string(hide_password=False))
    prints = await keys.fingerprints(connection)
    await connection.close()
    a_payment = a_transaction(shop, features=FEATURES)
    of_key: dict[Any, list[Any]] = {}
    for row in await rows(
        engine,
        "SELECT id, occurred_at, received_at, amount, attributes, derived FROM transactions ORDER BY id",
    ):
        payment = replace(
            a_payment, occurred_at=row.occurred_at, amount=row.amount, attributes=row.attributes
        )
        (entry,) = entries_of(payment, (KEPT,), prints)
        of_key.setdefault(entry.key, []).append((row, entry, row.derived.get(update_name(KEPT))))
    return {key: _in_order(each) for key, each in of_key.items()}


def _in_order(payments: list[Any]) -> list[Any]:
    numbered = sorted((each for each in payments if each[2] is not None), key=lambda each: each[2])
    reached, placed = 0, list[Any]()
    for each in numbered:
        reached = max(reached, each[0].id)
        placed.append(((reached, each[2], 0, 0), each))
    others = [each for each in payments if each[2] is None]
    for each in others:
        commit = max(one[0].id for one in others if one[0].received_at == each[0].received_at)
        placed.append(((commit, 0, each[0].occurred_at.timestamp(), each[0].id), each))
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


async def frauds_now(engine: AsyncEngine) -> set[int]:
    found = await rows(
        engine,
        "SELECT transaction_id FROM standing_labels GROUP BY transaction_id HAVING bool_or(label = 'fraud')",
    )
    return {row.transaction_id for row in found}


def content(state: State) -> bytes:
    """What a state holds, but for how often it changed."""
    return packed(replace(state, updates=0))


async def differences(shop: Service, engine: AsyncEngine) -> list[Any]:
    """Return the keys whose state is not the fold of all their stored payments, with the frauds of now."""
    held = {
        row.key: row.state for row in await rows(engine, "SELECT key, state, updates FROM history_states")
    }
    frauds = await frauds_now(engine)
    wrong = []
    for key, payments in (await expected(shop, engine)).items():
        state = State(history=KEPT)
        for _, entry, _ in payments:
            state.add(entry.payment)
        for row, entry, _ in payments:
            if row.id in frauds:
                state.know_fraud(entry.payment.seconds, count=1)
        if key not in held or content(unpacked(KEPT, held[key])) != content(state):
            wrong.append(key)
    return wrong


async def ledger_differs(engine: AsyncEngine) -> bool:
    counted = await rows(engine, "SELECT payment_id FROM history_frauds GROUP BY 1 HAVING sum(count) > 0")
    return {row.payment_id for row in counted} != await frauds_now(engine)


def a_rebuild(engine: AsyncEngine, watch: Any = lambda _: None) -> HistoryRebuild:
    return HistoryRebuild(engine, clock=utc_now, watch=watch)


async def test_a_history_that_begins_late_is_whole_after_a_rebuild_beside_traffic(
    shop: Service, engine: AsyncEngine, database_url: str, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "MOST_KEYS", 3)
    before = some_payments(150, seed=1)
    await posted(shop, before)
    for each in before[::5]:
        await a_report(shop, each["transaction_id"], "fraud", hours=-0.3)
    await a_report(shop, before[0]["transaction_id"], "withdrawn", hours=-0.2)
    async with a_service(database_url, models_dir=models) as other:
        first, second = replace(shop, key=other.key), other
        await begin_to_read(shop, PolicyState.SHADOW)
        # The other replica hears of the shadow later: its payments pass the history by until then.
        await shop.services.models.serving.refresh()
        meanwhile = some_payments(90, seed=2)
        traffic = asyncio.gather(posted(first, meanwhile[::2]), posted(second, meanwhile[1::2]))
        rebuilt = asyncio.create_task(a_rebuild(engine).run([KEPT]))
        await a_report(first, before[3]["transaction_id"], "fraud", hours=-0.25)
        await second.services.models.serving.refresh()
        await asyncio.gather(traffic, posted(second, some_payments(40, seed=3)))
        (told,) = await rebuilt
        for replica in (first, second):
            await replica.services.payments.maturing.tick()
    assert told.payments >= len(before)
    assert await differences(shop, engine) == []
    assert not await ledger_differs(engine)
    unnumbered = await value(
        engine, "SELECT count(*) FROM transactions WHERE NOT derived ? :name", name=update_name(KEPT)
    )
    assert unnumbered >= len(before)


async def test_what_is_read_after_the_switch_is_the_fold_of_all_that_is_stored(
    shop: Service, engine: AsyncEngine
) -> None:
    await posted(shop, some_payments(120, seed=4))
    await begin_to_read(shop, PolicyState.ACTIVE)
    await shop.services.models.serving.refresh()
    await a_rebuild(engine).run([KEPT])
    await posted(shop, some_payments(60, seed=5))
    names = [each.name for each in history_features(KEPT)]
    compared = 0
    for payments in (await expected(shop, engine)).values():
        state = State(history=KEPT)
        for row, entry, number in payments:
            if number is not None:
                assert read(state, entry.payment) == [row.derived[name] for name in names]
                compared += 1
            state.add(entry.payment)
    assert compared == 60
    assert await differences(shop, engine) == []


async def test_frauds_of_payments_from_before_are_counted_and_taken_back(
    shop: Service, engine: AsyncEngine
) -> None:
    await posted(shop, before := some_payments(20, seed=6))
    await begin_to_read(shop, PolicyState.ACTIVE)
    await shop.services.models.serving.refresh()
    await a_rebuild(engine).run([KEPT])
    await a_report(shop, before[4]["transaction_id"], "fraud", hours=-2)
    await shop.services.payments.maturing.tick()
    assert await value(engine, "SELECT count(*) FROM history_frauds") == 1
    assert await differences(shop, engine) == []
    await a_report(shop, before[4]["transaction_id"], "withdrawn", hours=-1)
    await shop.services.payments.maturing.tick()
    assert await value(engine, "SELECT sum(count) FROM history_frauds") == 0
    assert await differences(shop, engine) == []


async def test_keys_that_a_shadow_reads_hear_of_frauds(shop: Service, engine: AsyncEngine) -> None:
    await begin_to_read(shop, PolicyState.SHADOW)
    await shop.services.models.serving.refresh()
    await posted(shop, payments := some_payments(10, seed=9))
    await a_report(shop, payments[2]["transaction_id"], "fraud", hours=-2)
    await shop.services.payments.maturing.tick()
    assert await value(engine, "SELECT sum(count) FROM history_frauds") == 1
    assert await differences(shop, engine) == []


async def test_whatever_names_a_key_and_its_partner_and_however_small_the_amount(
    shop: Service, engine: AsyncEngine
) -> None:
    """Fingerprints, moments and amounts that the database works out are those of the service, bit for bit."""
    odd = [
        body(card=card, device=device, amount=amount, occurred_at=at(-hours))
        for card, device, amount, hours in (
            ("k\u00e4rtchen \U0001f600", "\u30c7\u30d0\u30a4\u30b9", "0.0001", 3.000000123),
            ("k\u00e4rtchen \U0001f600", 'it\'s \\ "one"', "123456789012.3456", 2.9),
            ("{}", "NULL", "0.1", 1.7),
        )
    ]
    nameless = body(attributes={"card": "{}"}, occurred_at=at(-1))
    await posted(shop, [*odd, nameless])
    await begin_to_read(shop, PolicyState.ACTIVE)
    await shop.services.models.serving.refresh()
    await a_rebuild(engine).run([KEPT])
    assert await value(engine, "SELECT count(*) FROM history_states") == 2
    assert await differences(shop, engine) == []


def until_killed(url: str) -> None:
    """Rebuild two keys at a time and be killed after the sixth, as by `kill -9`."""

    def watch(switched: int) -> None:
        if switched >= 6:
            os.kill(os.getpid(), signal.SIGKILL)

    async def rebuild() -> None:
        await a_rebuild(connect(url), watch).run([KEPT])

    rebuilding.MOST_KEYS = 2
    asyncio.run(rebuild())


async def test_one_that_was_killed_leaves_whole_states_and_is_begun_anew(
    shop: Service, engine: AsyncEngine, database_url: str
) -> None:
    await posted(shop, some_payments(80, seed=7))
    await begin_to_read(shop, PolicyState.SHADOW)
    await shop.services.models.serving.refresh()
    killed = get_context("spawn").Process(target=until_killed, args=(database_url,))
    killed.start()
    await asyncio.to_thread(killed.join)
    assert killed.exitcode == -signal.SIGKILL
    assert await value(engine, "SELECT count(*) FROM history_states") == 6
    assert len(await differences(shop, engine)) == len(await expected(shop, engine)) - 6
    assert await value(engine, "SELECT count(*) FROM history_rebuilds") == 0

    async def ended() -> bool:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7239005"
        return bool(await value(engine, locks) == 0)

    await until(ended)
    await a_rebuild(engine).run([KEPT])
    assert await differences(shop, engine) == []
    before = await rows(engine, "SELECT * FROM history_states ORDER BY key")
    await a_rebuild(engine).run([KEPT])
    assert await rows(engine, "SELECT * FROM history_states ORDER BY key") == before


async def test_a_commit_under_way_is_waited_for_and_counted(shop: Service, engine: AsyncEngine) -> None:
    """Red without the lock: the rebuilt state overwrites what the payment in between wrote."""
    await begin_to_read(shop, PolicyState.ACTIVE)
    await shop.services.models.serving.refresh()
    await posted(shop, [body(card="card-1", occurred_at=at(-5))])
    PatientScorer.asked.clear()
    PatientScorer.let.clear()
    async with scored_by(shop, PatientScorer):
        under_way = asyncio.create_task(posted(shop, [body(card="card-1")]))
        await asyncio.to_thread(PatientScorer.asked.wait)
        rebuilt = asyncio.create_task(a_rebuild(engine).run([KEPT]))
        waits = asyncio.create_task(until_somebody_waits_for_a_lock(shop.services.cases.claims.engine))
        await asyncio.wait([waits, rebuilt], return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        PatientScorer.let.set()
        await asyncio.gather(under_way, rebuilt)
    assert await value(engine, "SELECT updates FROM history_states") == 2
    assert await differences(shop, engine) == []


async def test_one_at_a_time_rebuilds(engine: AsyncEngine, database_url: str) -> None:
    other = await driver(database_url)
    await other.execute("SELECT pg_advisory_lock(7239005)")
    with pytest.raises(RebuildRunning):
        await a_rebuild(engine).run([KEPT])
    await other.close()


async def test_a_replica_that_passes_the_history_by_is_told(
    shop: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "MOST_ROUNDS", 3)
    real = stored.sure_mark

    async def with_one_more(connection: Any) -> Any:
        await posted(shop, [body(card="card-7")])
        return await real(connection)

    monkeypatch.setattr(stored, "sure_mark", with_one_more)
    with pytest.raises(PassedBy):
        await a_rebuild(engine).run([KEPT])


async def test_a_payment_that_passed_by_after_the_switch_of_its_key_is_counted(
    shop: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red without the look for such payments: its replica has not heard of the history yet."""
    await posted(shop, some_payments(30, seed=10))
    real, asked = stored.sure_mark, list[int]()

    async def with_one_after_the_switch(connection: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            await posted(shop, [body(card="card-1", occurred_at=at(-300)), body(card="card-new")])
        return await real(connection)

    monkeypatch.setattr(stored, "sure_mark", with_one_after_the_switch)
    await a_rebuild(engine).run([KEPT])
    assert await differences(shop, engine) == []
    assert len(asked) == 3


async def test_keys_whose_payments_were_detached_keep_their_states(
    shop: Service, engine: AsyncEngine
) -> None:
    await begin_to_read(shop, PolicyState.ACTIVE)
    await shop.services.models.serving.refresh()
    await posted(shop, some_payments(10, seed=8))
    before = await rows(engine, "SELECT * FROM history_states ORDER BY key")
    async with transaction(engine) as connection:
        await partitions.detach(connection, utc_now().date().replace(day=1))
    (told,) = await a_rebuild(engine).run([KEPT])
    assert (told.payments, told.oldest_at) == (0, None)
    assert await rows(engine, "SELECT * FROM history_states ORDER BY key") == before
