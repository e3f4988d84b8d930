"""Two tabs of one person: what one shows is what its reader holds, whatever the other gives away."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases
from app.database.cases.cases import CaseFile
from app.review.access.people import Account, Role
from tests.builders import FOREIGN, a_transaction, value
from tests.service import Service

Reading = Callable[[AsyncConnection, int], Awaitable[CaseFile]]


async def _is_done_or_waits(engine: AsyncEngine, task: "asyncio.Task[None]") -> None:
    """Return once the other tab has had its way, or stands at the lock that this one holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not task.done():
        if await value(engine, f"{waiting} AND datname = current_database()"):
            return
        await asyncio.sleep(0.01)


def between_hold_and_reading(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, other_tab: Callable[[], Awaitable[None]]
) -> list["asyncio.Task[None]"]:
    """Let another tab act, on a connection of its own, after a hold was found and before its case is read."""
    begun: list[asyncio.Task[None]] = []
    read: Reading = cases.file

    async def first_the_other(connection: AsyncConnection, case_id: int) -> CaseFile:
        monkeypatch.setattr(cases, "file", read)
        begun.append(asyncio.create_task(_run(other_tab)))
        await _is_done_or_waits(engine, begun[0])
        return await read(connection, case_id)

    monkeypatch.setattr(cases, "file", first_the_other)
    return begun


async def _run(what: Callable[[], Awaitable[None]]) -> None:
    await what()


async def _held(service: Service, analyst: Account) -> tuple[int, UUID]:
    file = await service.services.cases.claims.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    return file.case.id, file.case.lease.token


async def _two_cases(service: Service) -> None:
    batch = [a_transaction(service, currency=FOREIGN) for _ in range(2)]
    await service.services.payments.intake.receive_many(batch)


async def test_a_case_given_back_in_another_tab_is_still_shown_as_held(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _two_cases(service)
    claims, analyst = service.services.cases.claims, await service.person(Role.ANALYST)
    case_id, token = await _held(service, analyst)
    begun = between_hold_and_reading(
        monkeypatch, engine, lambda: claims.release(analyst, case_id, token, reason="too little")
    )
    file = await claims.current_or_next(analyst)
    await asyncio.gather(*begun)
    assert file is not None
    assert file.case.lease is not None
    assert file.case.lease.token == token
    assert (await claims.current_or_next(analyst)) is not None


async def test_a_case_that_a_colleague_got_meanwhile_is_never_shown_with_their_token(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _two_cases(service)
    claims = service.services.cases.claims
    analyst, colleague = await service.person(Role.ANALYST), await service.person(Role.ANALYST)
    case_id, token = await _held(service, analyst)

    async def reassign() -> None:
        await claims.reassign(analyst, case_id, token, to=colleague.name, reason=None)
        await claims.current_or_next(colleague)

    begun = between_hold_and_reading(monkeypatch, engine, reassign)
    file = await claims.current_or_next(analyst)
    await asyncio.gather(*begun)
    assert file is not None
    assert file.case.lease is not None
    assert file.case.lease.holder_id == analyst.id
    assert await value(engine, f"SELECT holder_id FROM cases WHERE id = {case_id}") == colleague.id


async def test_the_case_made_ready_is_held_while_it_is_read(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _two_cases(service)
    claims, analyst = service.services.cases.claims, await service.person(Role.ANALYST)
    await _held(service, analyst)
    ready = await claims.have_next_ready(analyst)
    assert ready is not None
    assert ready.case.lease is not None
    ready_id, ready_token = ready.case.id, ready.case.lease.token
    begun = between_hold_and_reading(
        monkeypatch, engine, lambda: claims.release(analyst, ready_id, ready_token)
    )
    file = await claims.have_next_ready(analyst)
    await asyncio.gather(*begun)
    assert file is not None
    assert file.case.lease is not None
    assert file.case.lease.token == ready_token
