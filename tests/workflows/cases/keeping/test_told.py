"""Who is told of a case that was put into their hands, or came back: once, and at the right moment."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases import cases
from app.database.cases.keeping import returns
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from tests.builders import rows, until_somebody_waits_for_a_lock
from tests.service import Service
from tests.workflows.cases.keeping.kept_cases import Office, an_office, some_cases

TOLD = "SELECT account_id, kind, case_id, by_id, words FROM messages ORDER BY id"


@pytest.fixture
def office(service: Service) -> Office:
    return an_office(service)


async def back(office: Office, engine: AsyncEngine) -> int:
    async with transaction(engine) as connection:
        return await returns.tell(connection, office.clock())


async def test_an_assignee_is_told_by_whom_and_why_once(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, senior = await service.person(Role.ANALYST), await service.person(Role.SENIOR)
    for _ in range(2):
        await office.assigning.assign(senior, case_id, to=lin.name, reason="you know this shop")
    (told,) = await rows(engine, TOLD)
    assert tuple(told) == (lin.id, "assigned", case_id, senior.id, "you know this shop")


async def test_whoever_is_handed_a_case_is_told(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    file = await office.desk.claimed(lin)
    assert file.case.lease is not None
    await office.desk.claims.reassign(lin, case_id, file.case.lease.token, to=noor.name, reason=None)
    (told,) = await rows(engine, TOLD)
    assert tuple(told) == (noor.id, "assigned", case_id, lin.id, "")


async def test_who_let_it_wait_is_told_at_its_moment_and_once(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin = await service.person(Role.ANALYST)
    until = await office.waits(lin, await office.desk.claimed(lin))
    office.clock.now = until - timedelta(microseconds=1)
    assert await back(office, engine) == 0
    office.clock.now = until
    assert [await back(office, engine), await back(office, engine)] == [1, 0]
    (told,) = await rows(engine, TOLD)
    assert tuple(told) == (lin.id, "returned", case_id, None, "asked by mail")


async def test_what_came_back_long_ago_or_is_with_somebody_is_no_news(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    await some_cases(service, engine, 2)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    until = await office.waits(lin, await office.desk.claimed(lin))
    office.clock.now = until + returns.IS_NEWS
    assert await back(office, engine) == 0
    office.clock.now = await office.waits(noor, await office.desk.claimed(noor))
    await office.next_for(noor)
    assert await back(office, engine) == 0


async def test_a_colleague_who_brings_it_back_tells_whoever_let_it_wait(
    service: Service, office: Office, engine: AsyncEngine
) -> None:
    (case_id,) = await some_cases(service, engine, 1)
    lin, noor = [await service.person(Role.ANALYST) for _ in range(2)]
    await office.waits(lin, await office.desk.claimed(lin))
    for _ in range(2):
        await office.waiting.bring_back(noor, case_id)
    (told,) = await rows(engine, TOLD)
    assert tuple(told) == (lin.id, "returned", case_id, noor.id, "")


async def test_of_two_processes_that_look_at_once_one_tells(
    service: Service, office: Office, engine: AsyncEngine, database_url: str
) -> None:
    """By the unique index: without it both would tell, for neither sees what the other has not committed."""
    await some_cases(service, engine, 1)
    lin = await service.person(Role.ANALYST)
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin))
    other = connect(database_url, pool_size=1)
    async with transaction(engine) as first:
        assert await returns.tell(first, office.clock()) == 1
        second = asyncio.create_task(back(office, other))
        await until_somebody_waits_for_a_lock(engine)
    assert await second == 0
    await other.dispose()
    assert len(await rows(engine, TOLD)) == 1


async def test_a_return_of_a_case_that_somebody_changes_waits_for_nobody(
    service: Service, office: Office, engine: AsyncEngine, database_url: str
) -> None:
    """Red without SKIP LOCKED: it would wait, with all other returns in hand."""
    (case_id,) = await some_cases(service, engine, 1)
    lin = await service.person(Role.ANALYST)
    office.clock.now = await office.waits(lin, await office.desk.claimed(lin))
    other = connect(database_url, pool_size=1)
    async with transaction(other) as somebody:
        await cases.locked(somebody, case_id)
        async with transaction(engine) as connection:
            await connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
            assert await returns.tell(connection, office.clock()) == 0
    await other.dispose()
    assert await back(office, engine) == 1
