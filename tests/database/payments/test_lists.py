"""Entries of the lists in the database: the same fingerprints, and what no entry may be."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.lists import in_force
from app.database.payments.lists.fingerprints import list_prints, place_of
from app.review.access.people import Account
from app.review.lists.entry import EntityKind
from app.review.lists.values import same_on_lists
from tests.builders import NOON, register_account
from tests.database.world import accepts, refused

INSERT = """INSERT INTO list_entries ({}) VALUES ({})"""


@pytest.fixture
async def people(connection: AsyncConnection) -> tuple[Account, Account]:
    return await register_account(connection), await register_account(connection)


def an_entry(maker: Account, **changes: Any) -> str:
    """Return SQL that writes an entry."""
    values: dict[str, Any] = {
        "entity": place_of(EntityKind.DEVICE), "fingerprint": 4711, "shown": "'••••'", "effect": "'block'",
        "state": "'live'", "reason": "'seen'", "made_by": maker.id, "made_at": at(NOON), "changed_in": 1,
    }  # fmt: skip
    values |= changes
    return INSERT.format(", ".join(values), ", ".join(map(str, values.values())))


def at(moment: datetime) -> str:
    return f"'{moment.isoformat()}'"


@pytest.mark.parametrize("kind", EntityKind)
@pytest.mark.parametrize("value", ["d-1", "Müller & Söhne", "\uff41\u202eb", "", "•••• 4711", "a\U0001f600"])
async def test_both_sides_know_a_value_by_the_same_fingerprint(
    connection: AsyncConnection, kind: EntityKind, value: str
) -> None:
    same, place = same_on_lists(kind, value), place_of(kind)
    told = text("SELECT link_fingerprint(CAST(:place AS smallint), :same)")
    theirs = await connection.scalar(told, {"place": place, "same": same})
    assert (await list_prints(connection)).of(kind, same) == (place, theirs)
    name = text("SELECT name FROM link_entities WHERE id = :place")
    assert await connection.scalar(name, {"place": place}) == kind.value


async def test_a_value_stands_on_one_list_once(
    connection: AsyncConnection, people: tuple[Account, Account]
) -> None:
    maker, other = people
    ended = an_entry(maker, state="'ended'", ended_by=other.id, ended_at=at(NOON))
    await accepts(connection, ended)
    await connection.execute(text(an_entry(maker)))
    allow = an_entry(other, effect="'allow'", expires_at=at(NOON + timedelta(days=1)))
    for again in (an_entry(other), allow, an_entry(other, state="'proposed'")):
        await refused(connection, again, because="uq_list_entries_standing")
    await accepts(connection, ended)


MERCHANT = {"entity": place_of(EntityKind.MERCHANT)}


async def test_what_is_listed_of_a_merchant_stands_and_falls_by_two(
    connection: AsyncConnection, people: tuple[Account, Account]
) -> None:
    one, other = people
    await accepts(connection, an_entry(one, **MERCHANT, state="'proposed'"))
    await accepts(connection, an_entry(one, **MERCHANT, approved_by=other.id))
    alone: tuple[dict[str, Any], ...] = ({}, {"approved_by": one.id})
    for approved in alone:
        await refused(connection, an_entry(one, **MERCHANT, **approved), because="merchant_by_two")
    ended: dict[str, Any] = {"state": "'ended'", "approved_by": other.id, "ended_at": at(NOON), **MERCHANT}
    asked: dict[str, Any] = {"lift_by": one.id, "lift_reason": "'closed'"}
    await accepts(connection, an_entry(one, **ended, **asked, ended_by=other.id))
    for told in ({"ended_by": other.id}, asked | {"ended_by": one.id}):
        await refused(connection, an_entry(one, **ended, **told), because="merchant_lifted_by_two")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"effect": "'allow'"}, "allow_expires"),
        ({"expires_at": at(NOON)}, "expires_later"),
        ({"lift_by": "(SELECT min(id) FROM accounts)"}, "lift_has_reason"),
        ({"ended_at": at(NOON)}, "ended_has_moment"),
        ({"state": "'refused'", "ended_at": at(NOON)}, "ended_by_somebody"),
        ({"entity": 0}, "link_entities"),
    ],
)
async def test_an_entry_is_whole(
    connection: AsyncConnection, people: tuple[Account, Account], change: dict[str, Any], because: str
) -> None:
    await refused(connection, an_entry(people[0], **change), because=because)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("effect = 'allow', changed_in = 2", "never changes its content"),
        ("expires_at = now(), changed_in = 2", "never changes its content"),
        ("lift_by = made_by, lift_reason = 'x'", "makes a new version"),
        ("state = 'proposed', changed_in = 2", "cannot go from live to proposed"),
    ],
)
async def test_an_entry_says_what_it_said(
    connection: AsyncConnection, people: tuple[Account, Account], change: str, because: str
) -> None:
    await connection.execute(text(an_entry(people[0])))
    await refused(connection, f"UPDATE list_entries SET {change}", because=because)


async def test_what_ended_stays_ended(connection: AsyncConnection, people: tuple[Account, Account]) -> None:
    ended = an_entry(people[0], state="'ended'", ended_by=people[1].id, ended_at=at(NOON))
    await connection.execute(text(ended))
    await refused(connection, "UPDATE list_entries SET changed_in = 9", because="never changes")


async def test_what_changed_is_read_up_to_a_version(
    connection: AsyncConnection, people: tuple[Account, Account]
) -> None:
    base = await in_force.version(connection)
    maker = people[0]
    expired = {"state": "'expired'", "ended_at": at(NOON), "changed_in": base + 1}
    told: tuple[dict[str, Any], ...] = (
        {"fingerprint": 4711, **expired},
        {"fingerprint": 4711, "changed_in": base + 1},
        {"fingerprint": 12, "changed_in": base + 2},
    )
    for each in told:
        await connection.execute(text(an_entry(maker, **each)))
    await connection.execute(text("UPDATE list_version SET version = version + 2"))
    place = place_of(EntityKind.DEVICE)
    for held in (in_force.NOTHING_HELD, base):
        changes = await in_force.changes_since(connection, held)
        assert changes.version == base + 2
        assert {(place, 4711), (place, 12)} == {each for each, entry in changes.entries.items() if entry}
    assert set((await in_force.changes_since(connection, base + 1)).entries) == {(place, 12)}
    assert not (await in_force.changes_since(connection, base + 2)).entries
