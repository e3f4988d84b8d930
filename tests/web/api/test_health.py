"""Alive and ready are two things, and each says what it lacks."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.builders import NonsenseScorer, SilentScorer, scored_by, until
from tests.service import Service


async def ready(service: Service) -> tuple[int, dict[str, object]]:
    answer = await service.client.get("/readyz")
    return answer.status_code, answer.json()


async def test_a_service_that_works_is_ready(service: Service) -> None:
    whole = {"status": "ready", "database": True, "model": True, "waiting_for_model": 0}
    assert await ready(service) == (200, whole)
    alive = await service.client.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("kind", [SilentScorer, NonsenseScorer])
async def test_without_its_model_it_is_alive_but_not_ready_until_it_is_back(
    service: Service, kind: type[SilentScorer]
) -> None:
    async with scored_by(service, kind):
        await service.post(service.body())

        async def counts_what_waits() -> bool:
            return (await ready(service))[1]["waiting_for_model"] == 1

        await until(counts_what_waits)
        status, parts = await ready(service)
        assert (status, parts["status"], parts["model"], parts["database"]) == (503, "not ready", False, True)
        assert (await service.client.get("/healthz")).status_code == 200

    async def is_ready_again() -> bool:
        status, parts = await ready(service)
        return (status, parts["waiting_for_model"]) == (200, 0)

    await until(is_ready_again)


async def test_health_needs_no_key_and_tells_no_secret(service: Service, engine: AsyncEngine) -> None:
    for path in ("/healthz", "/readyz"):
        text = (await service.client.get(path)).text
        assert engine.url.database is not None
        assert engine.url.database not in text


async def test_asking_often_exhausts_nothing(service: Service) -> None:
    answers = await asyncio.gather(*(ready(service) for _ in range(100)))
    assert {status for status, _ in answers} == {200}
