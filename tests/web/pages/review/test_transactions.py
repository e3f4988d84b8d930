"""A request of the desk is at most two database transactions: one that does, one that shows."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import SharedTransaction, transaction
from app.review.access.people import Role
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, value, with_policy
from tests.service import Service
from tests.web.pages.review.review_forms import verdict_form

FRAGMENT = {"X-Fragment": "1"}
VERDICTS = "SELECT count(*) FROM pending_verdicts"


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[Counter[str]]:
    """Count the transactions and the statements of this engine."""
    seen: Counter[str] = Counter()

    def begun(*_: object) -> None:
        seen["transactions"] += 1

    def sent(*_: object) -> None:
        seen["statements"] += 1

    listening = {"begin": begun, "before_cursor_execute": sent}
    for name, hear in listening.items():
        event.listen(engine.sync_engine, name, hear)
    try:
        yield seen
    finally:
        for name, hear in listening.items():
            event.remove(engine.sync_engine, name, hear)


async def after_one_request(
    service: Service, path: str, *, is_blind: bool = False, lost: bool = False, before: int = 0
) -> Counter[str]:
    """Return what one form of a desk with cases costs, sent so often `before`, or with a `lost` token."""
    object.__setattr__(service.services.payments.intake._opening, "blind_share", 0.0)
    policy = {**ALL_LEGIT, "audit_share_approved": 1.0} if is_blind else ALL_UNKNOWN
    await with_policy(service, **policy)
    for _ in range(3):
        await service.post(service.body())
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        page = (await browser.get("/review")).text
        address, fields = verdict_form(page, "fraud")
        if path != "verdict":
            address = address.replace("verdict", path)
            fields = {name: fields[name] for name in ("csrf_token", "token")}
        if lost:
            fields["token"] = str(uuid4())
        for _ in range(before):
            await browser.post(address, data=fields, headers=FRAGMENT)
        # The work beside requests is no part of one.
        await service.services.pulse.stop()
        with counted(service.services.cases.claims.engine) as seen:
            answer = await browser.post(address, data=fields, headers=FRAGMENT)
    assert answer.status_code == (409 if lost else 200), answer.text
    return seen


@pytest.mark.parametrize("is_blind", [False, True])
async def test_a_verdict_is_at_most_two_transactions(service: Service, is_blind: bool) -> None:
    seen = await after_one_request(service, "verdict", is_blind=is_blind)
    assert seen["transactions"] == 2


async def test_a_verdict_and_the_next_case_are_few_statements(service: Service) -> None:
    seen = await after_one_request(service, "verdict")
    assert 10 <= seen["statements"] <= 35


async def test_giving_a_case_back_is_at_most_two_transactions(service: Service) -> None:
    assert (await after_one_request(service, "release"))["transactions"] == 2


@pytest.mark.parametrize("path", ["verdict", "release"])
async def test_what_is_refused_is_at_most_two_transactions(service: Service, path: str) -> None:
    assert (await after_one_request(service, path, lost=True))["transactions"] == 2


@pytest.mark.parametrize("path", ["verdict", "release"])
async def test_a_form_that_comes_twice_is_at_most_two_transactions(service: Service, path: str) -> None:
    assert (await after_one_request(service, path, before=1))["transactions"] == 2


async def test_the_desk_and_the_next_case_are_one_transaction_beside_the_session(service: Service) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    for _ in range(3):
        await service.post(service.body())
    await service.services.pulse.stop()
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        for path in ("/review", "/review/next"):
            with counted(service.services.cases.claims.engine) as seen:
                assert (await browser.get(path)).status_code == 200
            assert seen["transactions"] == 2


async def test_undoing_is_at_most_two_transactions(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    object.__setattr__(service.services.payments.intake._opening, "blind_share", 0.0)
    await service.post(service.body())
    await service.services.pulse.stop()
    judging = replace(service.services.cases.verdicts, grace=timedelta(minutes=1))
    object.__setattr__(service.services.cases, "verdicts", judging)
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        page = (await browser.get("/review")).text
        address, fields = verdict_form(page, "fraud")
        await browser.post(address, data=fields, headers=FRAGMENT)
        given = await value(engine, VERDICTS)
        with counted(service.services.cases.claims.engine) as seen:
            undone = await browser.post(
                address.replace("verdict", "undo"),
                data={"csrf_token": fields["csrf_token"]},
                headers=FRAGMENT,
            )
    assert (given, undone.status_code, await value(engine, VERDICTS)) == (1, 200, 0)
    assert seen["transactions"] == 2


async def test_parts_of_a_shared_transaction_are_committed_together(engine: AsyncEngine) -> None:
    with counted(engine) as seen:
        async with SharedTransaction(engine) as shared:
            for _ in range(2):
                async with transaction(engine) as connection:
                    await connection.exec_driver_sql("SELECT 1")
            heard: list[str] = []
            shared.when_committed(lambda: heard.append("committed"))
            assert heard == []
    assert (seen["transactions"], heard) == (1, ["committed"])


async def goes_on_after_a_failure(engine: AsyncEngine) -> None:
    async with SharedTransaction(engine):
        with suppress(KeyError):
            async with transaction(engine) as connection:
                await connection.exec_driver_sql("CREATE TABLE half_done (id int)")
                raise KeyError


async def test_a_part_that_failed_is_never_committed(engine: AsyncEngine) -> None:
    with pytest.raises(RuntimeError, match="failed"):
        await goes_on_after_a_failure(engine)
    assert await value(engine, "SELECT to_regclass('half_done')") is None
