"""People and keys in the browser and by API: for administrators alone, with a reason, secrets once."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.login_limits import ATTEMPTS_ALLOWED
from app.review.access.people import Account, Role
from tests.builders import csrf_token, rows, value
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHY = "left the company"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: each test brings its own people."""
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


async def fields(service: Service, browser: httpx.AsyncClient, path: str) -> dict[str, str]:
    """Return what the form at an address sends by itself."""
    page = (await browser.get(path)).text
    token = await csrf_token(service, browser)
    return {"csrf_token": token, "seen": re.findall(r'name="seen" value="(\d+)"', page)[0]}


async def press(service: Service, browser: httpx.AsyncClient, path: str, **filled: str) -> httpx.Response:
    return await browser.post(path, data=await fields(service, browser, path) | filled)


async def bearer(service: Service, account: Account) -> dict[str, str]:
    token = await service.services.access.accounts.new_access_token(
        account.name, token_name="test", lasts=timedelta(days=1)
    )
    return {"Authorization": f"Bearer {token}"}


async def test_an_administrator_adds_somebody_and_hands_them_a_link_shown_once(service: Service) -> None:
    admin = await service.person(Role.ADMIN)
    browser = await service.browser(admin)
    token = await csrf_token(service, browser)
    answer = await browser.post("/people", data={"csrf_token": token, "name": "linus", "role": "senior"})
    assert answer.headers["Cache-Control"] == "no-store"
    link = re.findall(r'value="(http://test/login/[^"]+)"', answer.text)[0]
    assert (await service.client.post(link)).status_code == 303
    service.client.cookies.clear()
    assert link not in (await browser.get("/people")).text
    again = await browser.post("/people", data={"csrf_token": token, "name": "LINUS", "role": "senior"})
    assert again.status_code == 422
    assert "This name is in use already." in again.text


async def test_a_move_asks_why_and_is_refused_on_another_state_than_was_seen(service: Service) -> None:
    browser = await service.browser(await service.person(Role.ADMIN))
    anna = await service.person(Role.ANALYST)
    place = f"/people/{anna.id}"
    silent = await press(service, browser, f"{place}/deactivate", reason=" ")
    assert (silent.status_code, "Say why" in silent.text) == (409, True)
    seen = await fields(service, browser, f"{place}/deactivate")
    moved = await press(service, browser, f"{place}/role", reason="new work", role="auditor")
    assert (moved.status_code, moved.headers["Location"]) == (303, f"{place}?done=role")
    late = await browser.post(f"{place}/deactivate", data=seen | {"reason": WHY})
    assert late.status_code == 409
    assert "Somebody changed this since you looked" in late.text
    assert WHY in late.text  # what was typed is not lost
    done = await press(service, browser, f"{place}/deactivate", reason=WHY)
    page = (await browser.get(done.headers["Location"])).text
    assert "Deactivated: shut out everywhere." in page
    assert WHY in page


async def test_every_move_has_its_page_and_its_effect(service: Service, engine: AsyncEngine) -> None:
    browser = await service.browser(await service.person(Role.ADMIN))
    anna = await service.person(Role.ANALYST)
    place = f"/people/{anna.id}"
    assert "/login/" in (await press(service, browser, f"{place}/link")).text
    assert "/login/" in (await press(service, browser, f"{place}/reset", reason=WHY)).text
    for act, changes in (("sign-out", {"tokens": "true"}), ("deactivate", {}), ("activate", {})):
        assert (await press(service, browser, f"{place}/{act}", reason=WHY, **changes)).status_code == 303, (
            act
        )
    found = await rows(
        engine, "SELECT action FROM access_events WHERE account_id = :id ORDER BY id", id=anna.id
    )
    actions = [row[0] for row in found]
    assert actions == ["added", "link_made", "reset", "signed_out", "deactivated", "activated"]


async def test_a_key_is_made_replaced_and_revoked(service: Service) -> None:
    browser = await service.browser(await service.person(Role.ADMIN))
    token = await csrf_token(service, browser)
    made = await browser.post("/keys", data={"csrf_token": token, "name": "corner shop"})
    first = re.findall(r'value="(tertium_[^"]+)"', made.text)[0]
    place = re.findall(r'href="(/keys/\d+)"', made.text)[0]
    for overlap in ("-1", "1.5", "2161", "\uff12", "x", ""):
        refused = await press(service, browser, f"{place}/rotate", reason=WHY, overlap_hours=overlap)
        assert refused.status_code == 409, overlap
    rotated = await press(service, browser, f"{place}/rotate", reason=WHY, overlap_hours="1")
    second = re.findall(r'value="(tertium_[^"]+)"', rotated.text)[0]
    for key in (first, second):
        answer = await service.client.get("/v1/model", headers={"X-API-Key": key})
        assert answer.status_code == 200
    assert (await press(service, browser, f"{place}/revoke", reason=WHY)).status_code == 303
    service.services.access.api_keys.forget()  # it would hear of it in a moment
    for key in (first, second):
        answer = await service.client.get("/v1/model", headers={"X-API-Key": key})
        assert answer.status_code == 401


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.SYSTEM, Role.ADMIN}])
async def test_nobody_else_sees_or_changes_people_and_keys(service: Service, role: Role) -> None:
    account = await service.person(role)
    browser, program = await service.browser(account), await bearer(service, account)
    token = await csrf_token(service, browser)
    page = (await browser.get("/queue")).text
    assert 'href="/people"' not in page
    form = {"csrf_token": token, "seen": "0", "reason": WHY, "name": "x"}
    for path in ("/people", "/people/1", "/people/1/deactivate", "/keys", "/keys/1", "/keys/1/revoke"):
        assert (await browser.get(path)).status_code == 403, path
        if path.count("/") != 2:
            assert (await browser.post(path, data=form)).status_code == 403, path
    for path in ("/v1/people", "/v1/keys", "/v1/people/history", "/v1/people/1/history"):
        assert (await service.client.get(path, headers=program)).status_code == 403, path
    for path in ("/v1/people/1/deactivate", "/v1/keys/1/revoke"):
        answer = await service.client.post(path, headers=program, json={"reason": WHY})
        assert answer.status_code == 403, path


async def test_an_administrators_program_does_the_same(service: Service) -> None:
    admin = await service.person(Role.ADMIN)
    token = await bearer(service, admin)

    async def post(path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await service.client.post(path, headers=token, json=body)

    added = await post("/v1/people", {"name": "bertha", "role": "analyst"})
    assert added.status_code == 201
    place = added.headers["Location"]
    assert added.json()["login_path"].startswith("/login/")
    moves: tuple[tuple[str, dict[str, Any], str, object], ...] = (
        ("role", {"role": "senior", "reason": WHY}, "role", "senior"),
        ("sign-out", {"reason": WHY, "tokens": True}, "sessions", 0),
        ("deactivate", {"reason": WHY}, "is_active", False),
        ("activate", {"reason": WHY}, "is_active", True),
    )
    for act, body, field, expected in moves:
        answer = await post(f"{place}/{act}", body)
        assert (answer.status_code, answer.json()[field]) == (200, expected), act
    assert (await post(f"{place}/activate", {"reason": WHY})).status_code == 409
    assert (await post(f"{place}/role", {"role": "system", "reason": WHY})).status_code == 422
    assert (await post(f"{place}/deactivate", {"reason": ""})).status_code == 422
    assert (await post("/v1/people/999999/deactivate", {"reason": WHY})).status_code == 404
    history = (await service.client.get(f"{place}/history?limit=2", headers=token)).json()
    assert [event["action"] for event in history["events"]] == ["activated", "deactivated"]
    assert history["events"][0]["actor"] == admin.display_name
    assert history["next_before"] == history["events"][-1]["id"]
    key = await post("/v1/keys", {"name": "bertha's shop"})
    rotated = await post(f"{key.headers['Location']}/rotate", {"reason": WHY, "overlap_seconds": 60})
    assert rotated.json()["key"]["earlier_until"] is not None
    assert (await post(f"{key.headers['Location']}/revoke", {"reason": WHY})).json()["revoked_at"]
    assert (await post("/v1/keys/999999/revoke", {"reason": WHY})).status_code == 404


async def test_wrong_passwords_make_a_wait_that_is_told_and_bars_nobody_else(
    service: Service, engine: AsyncEngine
) -> None:
    await service.services.access.accounts.add(
        name="barbara", display_name="Barbara", role=Role.ANALYST, password=PASSWORD
    )
    for number in range(ATTEMPTS_ALLOWED):
        name = "barbara" if number % 2 else " BARBARA "
        assert (await service.client.post("/login", data={"name": name, "password": "x"})).status_code == 401
    waits = await service.client.post("/login", data={"name": "barbara", "password": PASSWORD})
    assert waits.status_code == 429
    assert 1 <= int(waits.headers["Retry-After"]) <= 15
    elsewhere = httpx.ASGITransport(app=service.app, client=("203.0.113.9", 50_000))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://test") as browser:
        answer = await browser.post("/login", data={"name": "barbara", "password": PASSWORD})
        assert answer.status_code == 303
    sources = await rows(engine, "SELECT DISTINCT source FROM login_attempts WHERE name = 'barbara'")
    assert [row[0] for row in sources] == ["127.0.0.1"]
    assert await value(engine, "SELECT count(*) FROM login_attempts WHERE name = 'barbara'") == 10
