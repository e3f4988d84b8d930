"""Equal text is equal: in the database by the same rule as in the code, in searches, links and groups."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.database.payments.links.linked import linked
from app.database.payments.search import FoundBy
from app.database.server.migrations import migrate, migrate_down
from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey, OpenCases, groups
from app.review.text import comparable, name_key
from tests.builders import NOON, rows, run
from tests.database.payments.stored_payments import judged, paid
from tests.database.payments.test_search import found
from tests.database.world import a_world

LATER = NOON + timedelta(hours=1)
COMPOSED, APART = "J\u00fcrgen \u00c5", "Ju\u0308rgen A\u030a"
ALIKE = (
    COMPOSED,
    APART,
    f"\u202e{COMPOSED}",
    "J\u200bu\u0308rgen A\u030a\u2069",
    "\uff2a\u00fcrgen\u00a0\u212b",
)
#: Where the last release stood.
BEFORE = "0004"


@pytest.mark.parametrize("written", ALIKE, ids=ascii)
def test_all_of_these_are_the_same(written: str) -> None:
    assert comparable(written) == COMPOSED


STRANGE = st.text(
    st.sampled_from(
        "aB\u00fcu\u0308\u202e\u200b\u034f\u3164\uff21\ufb01\u212b\u00df\u05d0 \u00a0\u1e9b\u0323\ufffa"
    )
)


async def test_the_database_and_the_code_have_one_rule(connection: AsyncConnection) -> None:
    texts: list[str] = [*ALIKE]

    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(
        STRANGE
        | st.text(st.characters(max_codepoint=0x33FF, categories=["L", "M", "N", "P", "S", "Zs", "Cf"]))
    )
    def drawn(each: str) -> None:
        texts.append(each)

    drawn()
    answered = await connection.execute(
        text("SELECT told, comparable_text(told) FROM unnest(CAST(:texts AS text[])) AS t(told)"),
        {"texts": texts},
    )
    assert [(told, same) for told, same in answered if comparable(told) != same] == []


@pytest.mark.parametrize("sought", ALIKE, ids=ascii)
@pytest.mark.parametrize("written", ALIKE, ids=ascii)
async def test_a_number_and_an_attribute_are_found_however_they_are_written(
    connection: AsyncConnection, written: str, sought: str
) -> None:
    world = await a_world(connection)
    await paid(connection, world, card=written)
    (noted,) = await paid(connection, world)
    await judged(connection, noted, world.author, note=f"said {written} twice")
    await paid(connection, world, card="another")
    ways = [each.found_by for each in await found(connection, sought)]
    assert ways == [FoundBy.ATTRIBUTE, FoundBy.NOTE]


@pytest.mark.parametrize("sought", ["rtl\u202eabc", "rtlabc", " rtl\u202eabc\n", "rtl\u200babc"], ids=ascii)
async def test_the_very_id_with_a_sign_nobody_sees_is_found(connection: AsyncConnection, sought: str) -> None:
    world = await a_world(connection)
    await paid(connection, world, numbered="rtl\u202eabc")
    (only,) = await found(connection, sought.replace("abc", "abc1"))
    assert (only.found_by, only.transaction_id) == (FoundBy.TRANSACTION, "rtl\u202eabc1")


async def test_an_id_with_two_spaces_is_found(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await paid(connection, world, numbered="a  b")
    (only,) = await found(connection, "a  b1")
    assert only.found_by is FoundBy.TRANSACTION


async def test_case_makes_another_id(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    await paid(connection, world, numbered="id-\u00fc")
    assert await found(connection, "ID-\u00dc1") == []


@pytest.mark.parametrize("own", ALIKE, ids=ascii)
async def test_payments_are_linked_however_a_value_is_written(connection: AsyncConnection, own: str) -> None:
    world = await a_world(connection)
    others = [(await paid(connection, world, merchant=each))[0] for each in ALIKE]
    await paid(connection, world, merchant=f"{COMPOSED}!")
    (key,) = await paid(connection, world, merchant=own)
    told = await linked(connection, key, as_of=LATER)
    assert [each.transaction_key for each in told.payments] == others[::-1]
    assert told.counts == {"merchant": len(ALIKE)}


def some_cases(values: list[str]) -> OpenCases:
    several = len(values)
    return OpenCases(
        case_ids=range(1, several + 1),
        priority_keys=[1.0] * several,
        amounts=[Decimal(1)] * several,
        currencies=["EUR"] * several,
        expected_losses=[1.0] * several,
        opened_at=[NOON] * several,
        attributes=[{"device": value} for value in values],
        vectors=np.full((several, 1), np.nan),
    )


def test_a_group_is_one_however_its_value_is_written() -> None:
    (group,) = groups(some_cases([*ALIKE, "another", "\u200b", "\u200b", "\u200b"]))
    assert set(group.case_ids) == set(range(1, len(ALIKE) + 1))
    # It goes by a writing that differs, so that the page can mark it.
    assert comparable(group.key.value) == COMPOSED != group.key.value
    assert all(group.key.is_same(GroupKey(basis=GroupBasis.DEVICE, value=each)) for each in ALIKE)
    assert not group.key.is_same(GroupKey(basis=GroupBasis.CARD, value=COMPOSED))


@pytest.fixture
async def crowded(database_url: str) -> Any:
    """A database of the last release, in which names were anything."""
    await migrate_down(database_url, revision=BEFORE)
    engine = create_async_engine(database_url)
    for number, name in enumerate(NAMES):
        await run(
            engine,
            "INSERT INTO accounts (name, display_name, role, created_at)"
            " VALUES (:name, :name, 'analyst', now())",
            name=name,
        )
        await run(
            engine,
            "INSERT INTO clients (name, key_sha256, created_at) VALUES (:name, lpad(:n, 64, '0'), now())",
            name=name, n=str(number),
        )  # fmt: skip
    yield engine
    await engine.dispose()


NAMES = ("bob", "BOB", "bob ", "", "  ", "J\u00fcrgen", "Ju\u0308rgen", "ada", "\u200b")


async def test_names_of_before_stay_apart_and_the_first_keeps_the_key(
    crowded: AsyncEngine, database_url: str
) -> None:
    await migrate(database_url)
    for table in ("accounts", "clients"):
        kept = await rows(
            crowded, f"SELECT name, name_key FROM {table} WHERE name NOT LIKE 'system:%' ORDER BY id"
        )
        assert [row.name for row in kept] == list(NAMES)
        assert len({row.name_key for row in kept}) == len(NAMES)
        firsts = {row.name: row.name_key for row in kept if row.name in {"bob", "J\u00fcrgen", "ada"}}
        assert firsts == {name: name_key(name) for name in firsts}
    before = await rows(crowded, "SELECT name FROM accounts ORDER BY id")
    await migrate_down(database_url, revision=BEFORE)
    assert await rows(crowded, "SELECT name FROM accounts ORDER BY id") == before
    await migrate(database_url)
