"""Two applications on one database: what is ended on one is ended on the other, within a second."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.review.access.administration import COMMAND_LINE
from app.review.access.people import Role
from tests.builders import an_unknown, until
from tests.conftest import a_service
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

#: Told by the database, or asked again: either is enough.
BOTH = pytest.mark.parametrize("is_told", [True, False], ids=["told", "asked again"])
WHY = "left the company"


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Service, Service]]:
    async with a_service(database_url) as here, a_service(database_url) as there:
        yield here, there


@BOTH
async def test_a_revoked_key_is_refused_on_the_other_and_its_long_poll_ends(
    pair: tuple[Service, Service], is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    if not is_told:
        monkeypatch.setattr(there.services.access.revocations, "tell", lambda: None)
        monkeypatch.setattr(there.services.access.api_keys, "forget", lambda: None)
    key = await here.services.access.api_keys.add("shop", here.services.clock())
    headers = {"X-API-Key": key}
    there_as_shop = there.client
    posted = await there_as_shop.post(
        "/v1/transactions", json=here.body(currency="JPY", transaction_id="p-1"), headers=headers
    )
    assert posted.json()["label"] == "unknown"
    waiting = asyncio.create_task(
        there_as_shop.get("/v1/transactions/p-1", params={"wait": "60"}, headers=headers)
    )
    await until_it_waits(there)
    client_id = await here.services.access.key_administration.id_of("shop")
    await here.services.access.key_administration.revoke(COMMAND_LINE, client_id, reason=WHY)
    async with asyncio.timeout(PATIENCE_SECONDS):  # one that nobody ends is answered 200
        assert (await waiting).status_code == 401

    async def refused() -> bool:
        answer = await there_as_shop.get("/v1/model", headers=headers)
        return answer.status_code == 401

    await until(refused)


@BOTH
async def test_a_deactivated_persons_stream_ends_on_the_other_and_their_session_with_it(
    pair: tuple[Service, Service], is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    if not is_told:
        monkeypatch.setattr(there.services.access.revocations, "tell", lambda: None)
    grace = await here.person(Role.MANAGER)
    browser = await there.browser(grace)
    watching = asyncio.create_task(browser.get("/operations/events", timeout=None))
    await until_it_waits(there)
    await here.services.access.administration.deactivate(COMMAND_LINE, grace.id, reason=WHY)
    async with asyncio.timeout(PATIENCE_SECONDS):  # a stream that nobody ends lasts for 120 s
        assert (await watching).text.startswith(": operations, live")
    door = await browser.get("/queue")
    assert (door.status_code, door.headers["Location"]) == (303, "/login?next=/queue")
    assert "An administrator has closed your access" in (await browser.get("/login")).text
    fragment = await browser.get("/review/fragment", headers={"X-Fragment": "1"})
    assert fragment.status_code == 401
    assert "closed your access" in fragment.headers["X-Logged-Out-Because"]


async def test_another_role_counts_from_the_next_request_on_the_other(
    pair: tuple[Service, Service],
) -> None:
    here, there = pair
    anna = await here.person(Role.ANALYST)
    browser = await there.browser(anna)
    await an_unknown(there)
    assert (await browser.get("/review")).status_code == 200
    await here.services.access.administration.change_role(COMMAND_LINE, anna.id, Role.AUDITOR, reason=WHY)
    refused = await browser.get("/review/fragment", headers={"X-Fragment": "1"})
    assert refused.status_code == 403
    assert refused.headers["X-Logged-Out-Because"] == "Your role does not include this."
    assert (await browser.get("/operations")).status_code == 200


async def test_a_token_and_a_signed_out_session_end_on_the_other(pair: tuple[Service, Service]) -> None:
    here, there = pair
    grace = await here.person(Role.MANAGER)
    browser = await there.browser(grace)
    token = await here.services.access.accounts.new_access_token(
        grace.name, token_name="laptop", lasts=timedelta(days=9)
    )
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await there.client.get("/v1/policies", headers=bearer)).status_code == 200
    await here.services.access.administration.sign_out(COMMAND_LINE, grace.id, reason=WHY, tokens=True)
    assert (await there.client.get("/v1/policies", headers=bearer)).status_code == 401
    assert (await browser.get("/queue")).status_code == 303


async def until_it_waits(service: Service) -> None:
    async def waits() -> bool:
        return bool(service.services.access.revocations.waiting)

    await until(waits)
