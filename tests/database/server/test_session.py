"""What becomes of a request whose connection is lost, stopped, or given what no column holds."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import DatabaseUnavailable, RowRefused, connect, transaction
from tests.builders import driver, run, until_somebody_waits_for_a_lock, value
from tests.service import Service

CUT_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize(
    "address",
    ["postgresql+asyncpg://someone@no-such-host.invalid/x", "postgresql+asyncpg://someone@127.0.0.1:1/x"],
)
async def test_a_server_that_is_not_there_is_unavailable(address: str) -> None:
    """By name, too: where a container stops, its name stops resolving."""
    engine = connect(address)
    with pytest.raises(DatabaseUnavailable):
        async with transaction(engine):
            pass
    await engine.dispose()


@pytest.mark.parametrize(
    ("statement", "parameter"),
    [
        ("SELECT CAST(:it AS text)", "a\x00b"),
        ("SELECT CAST(:it AS bigint)", 2**63),
        ("SELECT CAST(:it AS text)", "\ud800"),
    ],
    ids=["NUL", "too large", "lone surrogate"],
)
async def test_a_value_no_column_holds_is_refused(
    engine: AsyncEngine, statement: str, parameter: object
) -> None:
    with pytest.raises(RowRefused):
        await run(engine, statement, it=parameter)
    assert await value(engine, "SELECT 1") == 1


async def test_a_transaction_that_raises_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(KeyError):  # noqa: PT012
        async with transaction(engine) as connection:
            await connection.execute(
                text("INSERT INTO login_attempts (name, source, failed_at) VALUES ('x', 'here', now())")
            )
            raise KeyError
    assert await value(engine, "SELECT count(*) FROM login_attempts") == 0


async def test_connections_cut_between_requests_are_not_noticed(
    service: Service, engine: AsyncEngine
) -> None:
    first = await service.post(body := service.body())
    for _ in range(3):
        await run(engine, CUT_ALL)
        assert (await service.post(service.body())).status_code == 200
        assert (await service.post(body)).json() == first.json()
        assert (await service.get(f"/v1/transactions/{body['transaction_id']}")).status_code == 200


async def test_connections_cut_under_load_lose_nothing_that_was_answered(
    service: Service, engine: AsyncEngine
) -> None:
    """Every answer is a decision or a 503 that says when to come back; sent again, all are heard."""
    bodies = [service.body() for _ in range(300)]
    cutting = True

    async def cut() -> None:
        while cutting:
            await run(engine, CUT_ALL)
            await asyncio.sleep(0.02)

    cutter = asyncio.create_task(cut())
    answers: dict[str, httpx.Response] = {}
    for start in range(0, len(bodies), 20):
        part = bodies[start : start + 20]
        posted = await asyncio.gather(*map(service.post, part))
        answers.update(zip((body["transaction_id"] for body in part), posted, strict=True))
    cutting = False
    await cutter
    assert {answer.status_code for answer in answers.values()} <= {200, 503}
    assert all("Retry-After" in answer.headers for answer in answers.values() if answer.status_code == 503)
    again = {body["transaction_id"]: await service.post(body) for body in bodies}
    assert {answer.status_code for answer in again.values()} == {200}
    heard = {name: answer.json() for name, answer in answers.items() if answer.status_code == 200}
    assert heard == {name: again[name].json() for name in heard}
    for table in ("transactions", "decisions"):
        assert await value(engine, f"SELECT count(*) FROM {table}") == 300


async def test_a_statement_that_is_stopped_is_answered_with_come_back(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    """As by its time limit: it waits for an id that another transaction holds, and is cancelled."""
    other = await driver(database_url)
    holding = other.transaction()
    await holding.start()
    await other.execute("INSERT INTO payment_keys VALUES (payment_identity(1, 'held'), 1)")
    posted = asyncio.create_task(service.post(body := service.body(transaction_id="held")))
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not posted.done():
        if await value(engine, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            await run(engine, f"{cancel} AND datname = current_database()")
        await asyncio.sleep(0.02)
    answer = await posted
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.text
    await holding.rollback()
    await other.close()
    assert (await service.post(body)).status_code == 200


async def test_a_request_waits_for_a_row_another_one_holds(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    other = await driver(database_url)
    holding = other.transaction()
    await holding.start()
    await other.execute("INSERT INTO payment_keys VALUES (payment_identity(1, 'held'), 1)")
    posted = asyncio.create_task(service.post(service.body(transaction_id="held")))
    await until_somebody_waits_for_a_lock(engine)
    assert not posted.done()
    await holding.rollback()
    await other.close()
    assert (await posted).status_code == 200
