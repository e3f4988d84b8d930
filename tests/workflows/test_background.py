"""The pulse beats beside the requests, survives what fails, and stops when it is told."""

import asyncio
import logging
import time

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server import notifications
from app.workflows.background import TICK_SECONDS, BackgroundWork
from tests.builders import rows, run, until
from tests.patience import PATIENCE_SECONDS
from tests.service import Service


def pulse_of(service: Service) -> BackgroundWork:
    return service.services.pulse


async def every_work_succeeds_anew(service: Service) -> None:
    began = time.time()
    succeeded = service.services.metrics.work_success

    async def all_have() -> bool:
        works = pulse_of(service)._works
        often = [name for name, work in works.items() if work.every_seconds == TICK_SECONDS]
        return all(succeeded.labels(name)._value.get() > began for name in often)

    await until(all_have)


async def test_it_stops_even_when_news_comes_at_that_moment(service: Service) -> None:
    """`asyncio.wait_for` loses a cancellation that meets a result (before Python 3.12)."""
    pulse = pulse_of(service)

    async def waits_for_news() -> bool:
        return bool(pulse._policy_changed._waiters)

    await until(waits_for_news)
    pulse._policy_changed.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await pulse.stop()
    assert all(task.done() for task in pulse._tasks)


@pytest.fixture
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that listens is asked often whether it still lives."""
    monkeypatch.setattr(notifications, "ALIVE_SECONDS", 0.05)


@pytest.mark.usefixtures("asked_often", "service")
async def test_a_lost_listener_listens_again(engine: AsyncEngine) -> None:
    """Its connection is ended by the server; soon another one listens."""
    listening = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    listening += " AND query NOT LIKE '%pgqueuer%'"  # another work's

    async def listeners() -> set[int]:
        return {row.pid for row in await rows(engine, f"SELECT pid {listening}")}

    async def somebody_listens() -> bool:
        return bool(await listeners())

    await until(somebody_listens)
    first = await listeners()
    await run(engine, f"SELECT pg_terminate_backend(pid) {listening}")

    async def another_listens() -> bool:
        return bool(await listeners() - first)

    await until(another_listens)


async def test_a_failure_is_logged_once_and_outlived(
    service: Service, caplog: pytest.LogCaptureFixture, engine: AsyncEngine
) -> None:
    with caplog.at_level(logging.WARNING):
        await run(engine, "ALTER TABLE cases RENAME TO hidden")

        async def is_told() -> bool:
            return "failed; it goes on" in caplog.text

        await until(is_told)
        await run(engine, "ALTER TABLE hidden RENAME TO cases")
        # What was under way may still meet the hidden table; what begins from now on does not.
        await every_work_succeeds_anew(service)
        caplog.clear()
        await every_work_succeeds_anew(service)
        assert [each for each in caplog.records if each.name == "app.workflows.background"] == []
    assert (await service.client.get("/readyz")).status_code == 200
