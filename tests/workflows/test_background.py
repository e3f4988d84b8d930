"""The pulse beats beside the requests, survives what fails, and stops when it is told."""

import asyncio
import logging

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.background import BackgroundWork
from tests.builders import run, until, value
from tests.service import Service


def pulse_of(service: Service) -> BackgroundWork:
    return service.services.pulse


async def test_it_stops_even_when_news_comes_at_that_moment(service: Service) -> None:
    """`asyncio.wait_for` loses a cancellation that meets a result (before Python 3.12)."""
    pulse = pulse_of(service)

    async def waits_for_news() -> bool:
        return bool(pulse._policy_changed._waiters)

    await until(waits_for_news)
    pulse._policy_changed.set()
    async with asyncio.timeout(3):
        await pulse.stop()
    assert all(task.done() for task in pulse._tasks)


@pytest.mark.usefixtures("service")
async def test_a_lost_listener_listens_again(engine: AsyncEngine) -> None:
    """Its connection is ended by the server; soon another one listens."""
    listening = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )

    async def listens() -> bool:
        return bool(await value(engine, listening))

    await until(listens)
    await run(
        engine,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )

    async def is_gone() -> bool:
        return not await listens()

    await until(is_gone)
    await until(listens, seconds=10)


async def test_a_failure_is_logged_once_and_outlived(
    service: Service, caplog: pytest.LogCaptureFixture, engine: AsyncEngine
) -> None:
    with caplog.at_level(logging.WARNING):
        await run(engine, "ALTER TABLE cases RENAME TO hidden")
        await asyncio.sleep(1.2)
        assert "failed; it goes on" in caplog.text
        await run(engine, "ALTER TABLE hidden RENAME TO cases")
        caplog.clear()
        await asyncio.sleep(1.2)
        assert [each for each in caplog.records if each.name == "app.workflows.background"] == []
    assert (await service.client.get("/readyz")).status_code == 200
