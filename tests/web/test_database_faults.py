"""A bad day of the database, at every door: come again, a page that says so, and no payment in the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import driver, run, until, value
from tests.service import Service

RAISE = """
CREATE OR REPLACE FUNCTION bad_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'bad day' USING ERRCODE = '{}'; END $$
"""
TABLES = ("payments", "labels", "login_attempts", "cases")
CARD = "card-of-nobody-8841"


@asynccontextmanager
async def bad_day(engine: AsyncEngine, code: str) -> AsyncIterator[None]:
    """Let every write of a payment, a label, a login and a case fail with this code."""
    await run(engine, RAISE.format(code))
    for table in TABLES:
        await run(
            engine,
            f"CREATE TRIGGER bad_day BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION bad_day()",
        )
    yield
    for table in TABLES:
        await run(engine, f"DROP TRIGGER bad_day ON {table}")


def a_label(name: str) -> dict[str, Any]:
    return {
        "transaction_id": name,
        "label": "legit",
        "source": "chargeback",
        "occurred_at": "2026-05-01T12:00:00Z",
        "learned_at": "2026-05-02T12:00:00Z",
    }


async def writes(service: Service, desk: httpx.AsyncClient, known: str) -> dict[str, httpx.Response]:
    """Knock at every door that writes."""
    headers = service.headers
    client = service.client
    batch = [service.body(), {"transaction_id": "nothing else"}, service.body()]
    return {
        "single": await service.post(service.body(attributes={"card": CARD})),
        "batch": await client.post("/v1/transactions/batch", json=batch, headers=headers),
        "labels": await client.post("/v1/labels", json={"labels": [a_label(known)]}, headers=headers),
        "desk": await desk.get("/review"),
        "login": await client.post(
            "/login", data={"name": "ada", "password": "wrong"}, headers={"Origin": "http://test"}
        ),
    }


def all_say_come_again(answers: dict[str, httpx.Response]) -> None:
    told = {door: (answer.status_code, answer.headers.get("Retry-After")) for door, answer in answers.items()}
    assert told == dict.fromkeys(answers, (503, "2"))
    for door in ("desk", "login"):
        assert answers[door].headers["Content-Type"].startswith("text/html")
        assert "The database does not answer just now" in answers[door].text
    results = answers["batch"].json()["results"]
    assert [row["status"] for row in results] == [503, 422, 503], "each row still has its own standing"
    assert answers["batch"].json()["type"] == "urn:tertium:problem:database-unavailable"


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    browser = await service.browser(await service.person(Role.ANALYST))
    yield browser
    await browser.aclose()


@pytest.mark.parametrize("code", ["53100", "53200", "53400", "40001", "55P03", "57014", "57P01", "25006"])
async def test_what_is_no_fault_of_the_caller_says_come_again_at_every_door(
    service: Service, engine: AsyncEngine, desk: httpx.AsyncClient, code: str
) -> None:
    """And once it is over everything works, without a restart; what was sent again is stored once."""
    known = (await service.post(service.body(currency="JPY"))).json()["transaction_id"]
    async with bad_day(engine, code):
        all_say_come_again(await writes(service, desk, known))
    answers = await writes(service, desk, known)
    assert [answer.status_code for answer in answers.values()] == [200, 200, 200, 200, 401]


async def set_read_only(url: str, state: str) -> None:
    """Fail over to a server that takes no writes, or back: sessions of today end only on the way there."""
    connection = await driver(url)
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = {state}")
    if state == "on":
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await connection.close()


async def test_a_read_only_database_is_survived_without_a_restart(
    service: Service,
    database_url: str,
    desk: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = (await service.post(service.body(currency="JPY"))).json()["transaction_id"]
    await set_read_only(database_url, "on")

    async def is_known_to_take_no_writes() -> bool:
        return (await service.client.get("/readyz")).status_code == 503

    await until(is_known_to_take_no_writes)
    caplog.clear()
    for _ in range(5):
        all_say_come_again(await writes(service, desk, known))
        told = (await service.client.get("/readyz")).json()
        assert (told["status"], told["database"]) == ("not ready", False)
        assert (await service.get(f"/v1/transactions/{known}")).status_code == 200, "reading goes on"
    faults = [each for each in caplog.records if each.name.startswith("app.") and each.name != "app.access"]
    assert len(faults) <= 4
    await set_read_only(database_url, "off")
    bodies = [service.body() for _ in range(40)]
    assert {(await service.post(body)).status_code for body in bodies} == {200}

    async def all_works() -> bool:
        answers = await writes(service, desk, known)
        assert {answer.status_code for answer in answers.values()} <= {200, 401, 503}
        return [answer.status_code for answer in answers.values()] == [200, 200, 200, 200, 401]

    await until(all_works)

    async def is_ready() -> bool:
        return (await service.client.get("/readyz")).status_code == 200

    await until(is_ready)


async def test_a_full_disk_is_known_until_something_fits_again(service: Service, engine: AsyncEngine) -> None:
    """Room on the disk is what the check needs then: here, what is refused is a filled row."""
    await run(engine, RAISE.format("53100"))
    await run(
        engine,
        "CREATE TRIGGER bad_day BEFORE INSERT OR UPDATE ON write_checks FOR EACH ROW"
        " WHEN (NEW.filling IS NOT NULL) EXECUTE FUNCTION bad_day()",
    )
    await run(engine, "CREATE TRIGGER bad_day BEFORE INSERT ON payments EXECUTE FUNCTION bad_day()")

    async def ready() -> int:
        return (await service.client.get("/readyz")).status_code

    assert await ready() == 200
    assert (await service.post(service.body())).status_code == 503
    assert await ready() == 503
    await run(engine, "DROP TRIGGER bad_day ON payments")

    async def was_tried_again() -> bool:
        return bool(await value(engine, "SELECT count(*) = 0 FROM write_checks WHERE filling IS NOT NULL"))

    assert await was_tried_again()
    assert await ready() == 503, "nobody posts, and the disk is full still"
    await run(engine, "DROP TRIGGER bad_day ON write_checks")

    async def is_ready() -> bool:
        return await ready() == 200

    await until(is_ready)


@pytest.mark.parametrize("code", ["42501", "P0001", "23514"])
async def test_no_log_line_holds_anything_of_a_payment(
    service: Service, engine: AsyncEngine, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """Errors nobody expects: each is logged once, by kind, however many payments it met."""
    await run(
        engine,
        "CREATE OR REPLACE FUNCTION bad_day() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'bad day' USING ERRCODE = '" + code + "', DETAIL = NEW.attributes::text; END $$",
    )
    await run(
        engine, "CREATE TRIGGER bad_day BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION bad_day()"
    )
    body = service.body(attributes={"card": CARD, "name": "Ada Lovelace"}, amount="77123.45")
    batch = [service.body(attributes={"card": CARD}) for _ in range(20)]
    expected = 422 if code.startswith("23") else 500
    assert (await service.post(body)).status_code == expected
    answer = await service.client.post("/v1/transactions/batch", json=batch, headers=service.headers)
    assert {row["status"] for row in answer.json()["results"]} == {expected}
    for secret in (CARD, "Lovelace", "77123.45", *body["features"]):
        assert secret not in caplog.text
    told = [record for record in caplog.records if "failed together" in record.message]
    assert len(told) == (0 if expected == 422 else 1)
