"""Many analysts, one queue: no case is served twice and none is lost, thanks to the row lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.keeping.claim_statements import CLAIMS
from app.database.server.session import connect
from app.review.access.people import Account, Role
from app.review.case import CaseState, Judgement
from app.workflows.cases.judgements import VerdictInput
from tests.builders import (
    FOREIGN,
    Clock,
    a_desk,
    a_transaction,
    driver,
    rows,
    until_somebody_waits_for_a_lock,
    value,
)
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

CLIENTS = 50
CASES = 120
PARAMETERS = ("account_id", "token", "expires_at", "is_reserved", "now")
LOCK = "FOR UPDATE SKIP LOCKED"
CLAIM = CLAIMS[CaseState.OPEN][-1].text


async def with_cases(service: Service, count: int) -> None:
    batch = [a_transaction(service, currency=FOREIGN) for _ in range(count)]
    await service.services.payments.intake.receive_many(batch)


async def test_fifty_clients_empty_the_queue_without_a_collision(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    await with_cases(service, CASES)
    analysts = [await service.person(Role.ANALYST) for _ in range(CLIENTS)]
    at_once = asyncio.Barrier(CLIENTS)

    async def work(analyst: Account) -> list[int]:
        """Claim and judge, on a connection of one's own, until nothing is left."""
        own = connect(database_url, pool_size=1)
        desk = a_desk(service, Clock(service.services.clock()))
        claims, judging = replace(desk.claims, engine=own), replace(desk.verdicts, engine=own)
        served = []
        await at_once.wait()
        while (file := await claims.current_or_next(analyst)) is not None:
            assert file.case.lease is not None
            served.append(file.case.id)
            saying = VerdictInput(judgement=Judgement.LEGIT)
            await judging.judge(analyst, file.case.id, file.case.lease.token, saying)
        await own.dispose()
        return served

    served = [case for each in await asyncio.gather(*map(work, analysts)) for case in each]
    assert len(served) == CASES
    assert len(set(served)) == CASES
    assert await rows(engine, "SELECT state, count(*) FROM cases GROUP BY state") == [("judged", CASES)]
    assert await value(engine, "SELECT count(*) FROM verdicts") == CASES
    assert await value(engine, "SELECT count(*) FROM claims") == CASES
    assert await value(engine, "SELECT count(*) FROM outcomes WHERE source = 'verdict'") == CASES


async def test_fifty_clients_that_keep_what_they_get_hold_fifty_cases(
    service: Service, engine: AsyncEngine
) -> None:
    await with_cases(service, CLIENTS)
    analysts = [await service.person(Role.ANALYST) for _ in range(CLIENTS + 5)]
    files = await asyncio.gather(*map(service.services.cases.claims.current_or_next, analysts))
    held = [file.case.id for file in files if file is not None]
    assert len(held) == len(set(held)) == CLIENTS
    assert await value(engine, "SELECT count(DISTINCT holder_id) FROM cases") == CLIENTS


async def test_one_person_in_many_tabs_holds_one_case(service: Service, engine: AsyncEngine) -> None:
    await with_cases(service, 5)
    analyst = await service.person(Role.ANALYST)
    files = await asyncio.gather(*(service.services.cases.claims.current_or_next(analyst) for _ in range(15)))
    assert len({file.case.id for file in files if file is not None}) == 1
    assert await value(engine, "SELECT count(*) FROM claims") == 1


async def test_two_verdicts_at_once_are_one_verdict(service: Service, engine: AsyncEngine) -> None:
    await with_cases(service, 1)
    analyst = await service.person(Role.ANALYST)
    judge = service.services.cases.verdicts.judge
    file = await service.services.cases.claims.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    token = file.case.lease.token
    judgements = [Judgement.FRAUD, Judgement.LEGIT] * 5
    heard = await asyncio.gather(
        *(judge(analyst, file.case.id, token, VerdictInput(judgement=judgement)) for judgement in judgements),
        return_exceptions=True,
    )
    assert sum(isinstance(each, datetime) for each in heard) == 1
    assert await value(engine, "SELECT count(*) FROM verdicts") == 1
    assert await value(engine, "SELECT outcome FROM outcomes") == await value(
        engine, "SELECT judgement FROM verdicts"
    )


class Claimer:
    """One analyst's open connection, and the claim's own statement run on it."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id
        self.transaction = connection.transaction()

    async def claim(self, statement: str) -> int | None:
        for place, name in enumerate(PARAMETERS, start=1):
            statement = statement.replace(f":{name}", f"${place}")
        case_id: int | None = await self._connection.fetchval(statement, *self._parameters)
        return case_id

    @property
    def _parameters(self) -> tuple[object, ...]:
        now = datetime.now(UTC)
        return self._account_id, uuid4(), now + timedelta(minutes=3), False, now


@asynccontextmanager
async def two_claimers(service: Service, database_url: str) -> AsyncIterator[tuple[Claimer, Claimer]]:
    connections = [await driver(database_url) for _ in range(2)]
    claimers = [Claimer(each, (await service.person(Role.ANALYST)).id) for each in connections]
    for claimer in claimers:
        await claimer.transaction.start()
    yield claimers[0], claimers[1]
    for connection in connections:
        await connection.close()


async def test_a_claim_under_way_makes_nobody_wait(service: Service, database_url: str) -> None:
    """The first claim's transaction stays open; the second is served another case at once."""
    await with_cases(service, 2)
    async with two_claimers(service, database_url) as (one, other):
        first = await one.claim(CLAIM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            second = await other.claim(CLAIM)
        assert None not in {first, second}
        assert first != second


async def test_without_the_row_lock_the_same_case_is_served_twice(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    """The same scenario with the lock clause taken out of the statement: it is what keeps them apart."""
    assert LOCK in CLAIM
    await with_cases(service, 2)
    async with two_claimers(service, database_url) as (one, other):
        first = await one.claim(CLAIM.replace(LOCK, ""))
        waiting = asyncio.create_task(other.claim(CLAIM.replace(LOCK, "")))
        await until_somebody_waits_for_a_lock(engine)
        assert not waiting.done()
        await one.transaction.commit()
        assert await waiting == first


@pytest.mark.parametrize("clause", ["FOR UPDATE", ""])
async def test_with_a_lesser_lock_a_claim_waits_for_another(
    service: Service, database_url: str, engine: AsyncEngine, clause: str
) -> None:
    await with_cases(service, 2)
    async with two_claimers(service, database_url) as (one, other):
        await one.claim(CLAIM.replace(LOCK, clause))
        waiting = asyncio.create_task(other.claim(CLAIM.replace(LOCK, clause)))
        await until_somebody_waits_for_a_lock(engine)
        assert not waiting.done()
        await one.transaction.rollback()
        await waiting
