"""Keys: remembered for a moment, replaced with an overlap, revoked at once, and when they were used."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access.accounts import NameTaken
from app.review.access.administration import COMMAND_LINE, AccessChanged, AccessUnchanged, KeyRevoked
from app.workflows.access.api_keys import (
    KEY_ASKED_AGAIN_SECONDS,
    USE_NOTED_SECONDS,
    ApiKeys,
    KeyAdministration,
    KeyUnknown,
)
from tests.builders import NOON, Clock, run, value


class Ticks:
    """A monotonic clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def keys(engine: AsyncEngine, ticks: Ticks) -> ApiKeys:
    return ApiKeys(engine, monotonic=ticks)


@pytest.fixture
def office(engine: AsyncEngine) -> KeyAdministration:
    return KeyAdministration(engine=engine, clock=Clock())


async def test_a_key_is_remembered_for_half_a_second_at_most(
    engine: AsyncEngine, keys: ApiKeys, ticks: Ticks
) -> None:
    key = await keys.add("shop", NOON)
    client = await keys.client_id(key)
    await run(engine, "UPDATE clients SET revoked_at = now()")
    ticks.now = KEY_ASKED_AGAIN_SECONDS - 0.01
    assert await keys.client_id(key) == client
    ticks.now = KEY_ASKED_AGAIN_SECONDS
    with pytest.raises(KeyUnknown):
        await keys.client_id(key)


async def test_what_was_being_looked_up_when_keys_changed_is_not_remembered(
    engine: AsyncEngine, keys: ApiKeys
) -> None:
    key = await keys.add("shop", NOON)
    asking = asyncio.create_task(keys.client_id(key))
    await asyncio.sleep(0)
    keys.forget()
    await asking
    await run(engine, "UPDATE clients SET revoked_at = now()")
    with pytest.raises(KeyUnknown):
        await keys.client_id(key)


async def test_a_replaced_key_works_no_longer(keys: ApiKeys) -> None:
    old = await keys.add("shop", NOON)
    client = await keys.client_id(old)
    with pytest.raises(NameTaken):
        await keys.add("shop", NOON)
    new = await keys.add("shop", NOON, replace=True)
    keys.forget()
    assert await keys.client_id(new) == client
    with pytest.raises(KeyUnknown):
        await keys.client_id(old)


async def test_a_rotated_key_works_for_the_overlap_and_each_keeps_its_own_end(
    engine: AsyncEngine, keys: ApiKeys, office: KeyAdministration
) -> None:
    first = await keys.add("shop", NOON)
    client = await keys.client_id(first)
    second = await office.rotate(COMMAND_LINE, client, reason="yearly", overlap=timedelta(hours=2))
    third = await office.rotate(COMMAND_LINE, client, reason="lost it", overlap=timedelta(hours=1))
    keys.forget()
    assert [await keys.client_id(key) for key in (first, second, third)] == [client] * 3
    await run(engine, "UPDATE retiring_keys SET ends_at = now() WHERE ends_at < now() + interval '90 min'")
    keys.forget()
    assert await keys.client_id(first) == client
    with pytest.raises(KeyUnknown):
        await keys.client_id(second)
    await office.rotate(COMMAND_LINE, client, reason="leaked", overlap=timedelta())
    keys.forget()
    for key in (first, second, third):
        with pytest.raises(KeyUnknown):
            await keys.client_id(key)


async def test_a_revoked_key_takes_the_earlier_ones_with_it_and_stays_revoked(
    keys: ApiKeys, office: KeyAdministration
) -> None:
    first = await keys.add("shop", NOON)
    client = await keys.client_id(first)
    second = await office.rotate(COMMAND_LINE, client, reason="yearly", overlap=timedelta(hours=2))
    await office.revoke(COMMAND_LINE, client, reason="leaked")
    keys.forget()
    for key in (first, second):
        with pytest.raises(KeyUnknown):
            await keys.client_id(key)
    with pytest.raises(KeyRevoked):
        await office.rotate(COMMAND_LINE, client, reason="again", overlap=timedelta())
    with pytest.raises(AccessUnchanged):
        await office.revoke(COMMAND_LINE, client, reason="again")


async def test_a_form_pressed_twice_replaces_a_key_once(keys: ApiKeys, office: KeyAdministration) -> None:
    client = await keys.client_id(await keys.add("shop", NOON))
    _, seen = await office.key(client)
    heard = await asyncio.gather(
        *(
            office.rotate(COMMAND_LINE, client, reason="yearly", overlap=timedelta(hours=1), seen=seen)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, str) for each in heard) == 1
    assert sum(isinstance(each, AccessChanged) for each in heard) == 4


async def test_use_is_written_once_a_minute_and_beside_the_calls(
    engine: AsyncEngine, keys: ApiKeys, ticks: Ticks
) -> None:
    last = "SELECT last_used_at FROM clients"
    key = await keys.add("shop", NOON)
    await keys.client_id(key)
    assert await value(engine, last) is None
    await keys.note_use(NOON)
    assert await value(engine, last) == NOON
    await keys.client_id(key)
    ticks.now = USE_NOTED_SECONDS - 1
    await keys.note_use(NOON + timedelta(seconds=59))
    assert await value(engine, last) == NOON
    await keys.client_id(key)
    ticks.now = USE_NOTED_SECONDS
    await keys.note_use(NOON + timedelta(seconds=60))
    assert await value(engine, last) == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("key", ["", "tertium_guess", "x" * 10_000, "\x00", "ü"])
async def test_a_guessed_key_is_unknown(engine: AsyncEngine, keys: ApiKeys, key: str) -> None:
    with pytest.raises(KeyUnknown):
        await keys.client_id(key)
    assert await value(engine, "SELECT count(*) FROM clients") == 0
