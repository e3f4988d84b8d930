"""Months of payments: made ahead, found again by their keys, and detached with their links."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments.upkeep import partitions
from app.database.server.session import transaction
from app.workflows.payments.upkeep import PaymentUpkeep
from tests.builders import Clock, rows, value
from tests.service import Service

WHERE = "SELECT DISTINCT tableoid::regclass::text FROM payments"


@pytest.mark.parametrize(
    "moment",
    [
        "2026-05-01T00:00:00+00",
        "2026-05-31T23:59:59.999999+00",
        "2026-06-01T01:59:59+02",
        "2099-12-31T12:00:00+00",
    ],
)
async def test_a_key_is_of_the_month_in_utc(connection: AsyncConnection, moment: str) -> None:
    told = datetime.fromisoformat(moment.replace("+00", "+00:00").replace("+02", "+02:00")).astimezone(UTC)
    month = await connection.scalar(text("SELECT payment_base(:moment) >> 36"), {"moment": told})
    assert month == (told.year - 2000) * 12 + told.month


async def test_a_payment_lies_in_the_month_it_was_received_in(service: Service, engine: AsyncEngine) -> None:
    today = datetime.now(UTC)
    assert (await service.post(service.body())).status_code == 200
    assert await rows(engine, WHERE) == [(f"payments_{today:%Y_%m}",)]


async def test_coming_months_are_made_once_a_day_and_twice_is_once(engine: AsyncEngine) -> None:
    clock = Clock(datetime(2031, 11, 30, tzinfo=UTC))
    upkeep = PaymentUpkeep(engine, clock=clock)
    await upkeep.make_partitions()
    async with transaction(engine) as connection:
        names = {each.name for each in await partitions.listed(connection)}
        assert {"payments_2031_11", "payments_2031_12", "payments_2032_01"} <= names
        assert await partitions.make_ahead(connection, date(2031, 11, 1), months=3) == 0
        assert await partitions.make_ahead(connection, date(2031, 11, 1), months=4) == 3
    clock.passes(days=1)
    await upkeep.make_partitions()


async def test_a_month_that_came_before_its_partition_stays_where_it_is(
    service: Service, engine: AsyncEngine
) -> None:
    async with transaction(engine) as connection:
        await partitions.detach(connection, datetime.now(UTC).date().replace(day=1))
    assert (await service.post(service.body())).status_code == 200
    assert await rows(engine, WHERE) == [("payments_default",)]
    async with transaction(engine) as connection:
        await connection.execute(text("SELECT index_payments(0, (SELECT max(id) FROM payments))"))
        names = {each.name for each in await partitions.listed(connection)}
        for parent in partitions.PARTITIONED:
            await connection.execute(text(f"DROP TABLE {parent}_{datetime.now(UTC):%Y_%m}"))
    await PaymentUpkeep(engine, clock=lambda: datetime.now(UTC)).make_partitions()
    assert f"payments_{datetime.now(UTC):%Y_%m}" not in names
    assert await value(engine, "SELECT count(*) FROM payments") == 1


async def test_a_detached_month_takes_its_payments_and_no_others(
    service: Service, engine: AsyncEngine
) -> None:
    body = service.body()
    assert (await service.post(body)).status_code == 200
    this_month = datetime.now(UTC).date().replace(day=1)
    async with transaction(engine) as connection:
        names = await partitions.detach(connection, this_month)
    assert await value(engine, "SELECT count(*) FROM payments") == 0
    assert await value(engine, f"SELECT count(*) FROM {names[0]}") == 1
    again = await service.post(body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:tertium:problem:transaction-conflict")
    async with transaction(engine) as connection:
        with pytest.raises(LookupError):
            await partitions.detach(connection, this_month)
