"""Who is told of a case that passed its due time: once, by one of all processes, and not of everything."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases
from app.database.operations import breaches
from app.database.operations.breaches import IS_NEWS, MOST_UNREAD
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from app.review.queue.service_level import ServiceLevels
from tests.builders import NOON, rows, run, until_somebody_waits_for_a_lock, value
from tests.operations_builders import OperationsTables
from tests.service import Service

LEVELS = ServiceLevels()
LATE = NOON - LEVELS.normal
SENIORS = (Role.SENIOR, Role.MANAGER)
TOLD = "SELECT account_id, case_id FROM messages WHERE kind = 'breach' ORDER BY case_id, account_id"
#: Managers that a test's database has of itself hear of nothing.
ONLY = "UPDATE accounts SET is_active = false"


@pytest.fixture
async def tables(service: Service, engine: AsyncEngine) -> OperationsTables:
    del service  # its client and its policy are in the database
    await run(engine, ONLY)
    return OperationsTables(engine=engine)


async def senior(tables: OperationsTables, role: str = "senior") -> int:
    key = await tables.person()
    await run(tables.engine, "UPDATE accounts SET role = :role WHERE id = :id", role=role, id=key)
    return key


async def tell(connection: AsyncConnection, **later: float) -> int:
    return await breaches.tell(connection, LEVELS, NOON + timedelta(**later), seniors=SENIORS)


async def told(engine: AsyncEngine, **later: float) -> list[tuple[int, int]]:
    async with transaction(engine) as connection:
        await tell(connection, **later)
    return [tuple(row) for row in await rows(engine, TOLD)]


async def test_seniors_and_who_holds_it_are_told_as_it_happens_and_once(
    tables: OperationsTables, engine: AsyncEngine
) -> None:
    grace, ada = await senior(tables), await senior(tables, "analyst")
    await senior(tables, "auditor")
    late = await tables.case(opened_at=LATE)
    held = await tables.case(opened_at=LATE)
    await tables.hold(held, ada)
    assert await told(engine, seconds=-1) == []
    assert await told(engine) == [(grace, late), *sorted([(grace, held), (ada, held)])]
    assert len(await told(engine, minutes=30)) == 3


async def test_what_passed_long_ago_is_no_news(tables: OperationsTables, engine: AsyncEngine) -> None:
    await senior(tables)
    await tables.case(opened_at=LATE - IS_NEWS)
    assert await told(engine) == []


async def test_nobody_is_told_of_more_than_they_read(tables: OperationsTables, engine: AsyncEngine) -> None:
    grace, barbara = await senior(tables), await senior(tables)
    for _ in range(MOST_UNREAD + 5):
        await tables.case(opened_at=LATE)
    assert len(await told(engine)) == 2 * MOST_UNREAD
    assert len(await told(engine, seconds=5)) == 2 * MOST_UNREAD, "they have not read any"
    await run(engine, "UPDATE messages SET read_at = told_at WHERE account_id = :id", id=grace)
    after = await told(engine, seconds=10)
    assert len([each for each in after if each[0] == grace]) == MOST_UNREAD + 5
    assert len([each for each in after if each[0] == barbara]) == MOST_UNREAD


async def test_of_two_processes_that_look_at_once_one_tells(
    tables: OperationsTables, engine: AsyncEngine, database_url: str
) -> None:
    """By the unique index: without it both would tell, for neither sees what the other has not committed."""
    await senior(tables)
    await tables.case(opened_at=LATE)
    other = connect(database_url, pool_size=1)
    async with transaction(engine) as first:
        assert await tell(first) == 1
        second = asyncio.create_task(told(other))
        await until_somebody_waits_for_a_lock(engine)
        assert not second.done()
    assert len(await second) == 1
    await other.dispose()
    assert await value(engine, "SELECT count(*) FROM messages") == 1


async def test_a_case_that_somebody_changes_is_told_of_later_and_holds_up_no_other(
    tables: OperationsTables, engine: AsyncEngine, database_url: str
) -> None:
    """Red without SKIP LOCKED: it waits for one case, with all others in hand that others wait for."""
    grace = await senior(tables)
    free, changed = await tables.case(opened_at=LATE), await tables.case(opened_at=LATE)
    other = connect(database_url, pool_size=1)
    async with transaction(other) as somebody:
        await cases.locked(somebody, changed)
        async with transaction(engine) as connection:
            await connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
            assert await tell(connection) == 1
    await other.dispose()
    assert await told(engine) == [(grace, free), (grace, changed)]


async def test_who_must_not_hear_of_a_look_at_their_verdict_is_not_told_of_it(
    tables: OperationsTables, engine: AsyncEngine
) -> None:
    grace, barbara = await senior(tables), await senior(tables)
    first = await tables.case(opened_at=NOON, state="judged", closed_at=NOON)
    async with transaction(engine) as connection:
        await connection.execute(
            text(
                "INSERT INTO cases (transaction_id, decision_id, kind, state, expected_loss, priority_key,"
                " fallback, opened_at, first_case_id, not_for)"
                " SELECT transaction_id, decision_id, 'second', 'open', 1, 1, 'wait', :at, id, :author"
                " FROM cases WHERE id = :id"
            ),
            {"at": LATE, "author": grace, "id": first},
        )
    assert [each[0] for each in await told(engine)] == [barbara]
