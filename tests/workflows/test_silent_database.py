"""A database that says nothing at all: frozen, or behind a line that was cut without a word."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from app.database.server import session
from app.review.access.people import Role
from tests.builders import until
from tests.conftest import a_service
from tests.own_server import OwnServer, own_server, wire_to
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

#: The limits of a statement, of a silent server and of a free connection are so many times shorter here.
FASTER = 6


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a silent database sooner than the 10 s of payments and 22 s of people."""
    for name in ("STATEMENT_TIMEOUT_MS", "SHORT_STATEMENT_TIMEOUT_MS"):
        monkeypatch.setattr(session, name, getattr(session, name) // FASTER)
    for name in ("SILENCE_SECONDS", "POOL_TIMEOUT_SECONDS", "CONNECT_TIMEOUT_SECONDS", "TAKING_SECONDS"):
        monkeypatch.setattr(session, name, getattr(session, name) / FASTER)


@pytest.fixture
def own() -> Iterator[OwnServer]:
    with own_server() as own:
        yield own


async def doors(service: Service, browser: httpx.AsyncClient) -> list[httpx.Response]:
    """Knock at every door at once."""
    batch = [service.body() for _ in range(1500)]
    return await asyncio.gather(
        *(service.post(service.body()) for _ in range(50)),
        service.client.post("/v1/transactions/batch", json=batch, headers=service.headers),
        service.get("/v1/outcomes"),
        browser.get("/review"),
    )


async def everybody_is_told_in_time(service: Service, browser: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        answers = await doors(service, browser)
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in answers} == {(503, "2")}
    async with asyncio.timeout(PATIENCE_SECONDS / 4):  # it answers from what was seen last
        ready = await service.client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, False)
    assert (await service.client.get("/healthz")).status_code == 200


async def everything_works(service: Service, browser: httpx.AsyncClient) -> bool:
    return {answer.status_code for answer in await doors(service, browser)} == {200}


async def test_a_line_that_is_cut_without_a_word_holds_no_writer(own: OwnServer) -> None:
    """The pool's connections look open; the line works again for new ones only, as after a moved address."""
    async with wire_to(own) as wire, a_service(wire.url) as service:
        browser = await service.browser(await service.person(Role.ANALYST))
        await until(lambda: everything_works(service, browser))
        wire.cut()
        await everybody_is_told_in_time(service, browser)
        await everybody_is_told_in_time(service, browser)
        wire.heal()
        await until(lambda: everything_works(service, browser))
        await browser.aclose()


async def test_a_frozen_server_keeps_nobody_waiting_and_is_taken_up_when_it_thaws(own: OwnServer) -> None:
    async with a_service(own.url) as service:
        browser = await service.browser(await service.person(Role.ANALYST))
        await until(lambda: everything_works(service, browser))
        with own.frozen():
            await everybody_is_told_in_time(service, browser)
            await everybody_is_told_in_time(service, browser)
        await until(lambda: everything_works(service, browser))
        await browser.aclose()
