"""The door: who comes in, how, and who is kept out."""

from uuid import uuid4

import pytest

from app.review.people import Role
from app.workflows.people import ATTEMPTS_ALLOWED
from tests.builders import csrf_token
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery staple"


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: each test brings its own people."""
    return shared_service


async def with_password(service: Service) -> dict[str, str]:
    """Add somebody, and return the login form they fill in."""
    service.client.cookies.clear()
    name = f"anna-{uuid4().hex[:6]}"
    await service.everything.people.add(name=name, display_name="Anna", role=Role.ANALYST, password=PASSWORD)
    return {"name": name, "password": PASSWORD}


async def test_the_cookie_is_kept_from_scripts_and_other_sites(service: Service) -> None:
    form = await with_password(service)
    answer = await service.client.post("/login", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= {
        part.strip() for part in cookie.split(";")
    }
    assert "secure" not in cookie
    safe = await service.client.post("https://test/login", data=form)
    assert "secure" in safe.headers["Set-Cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://test.evil.example"},
        {"Origin": "http://evil.example?http://test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_no_other_site_logs_anybody_in(service: Service, headers: dict[str, str]) -> None:
    answer = await service.client.post("/login", data=await with_password(service), headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "javascript:alert(1)",
        "/\t/evil",
        "",
    ],
    ids=repr,
)
async def test_a_login_sends_nobody_elsewhere(service: Service, target: str) -> None:
    answer = await service.client.post("/login", data=await with_password(service) | {"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    asked = await service.client.get("/login", params={"next": target})
    assert "evil" not in asked.text
    assert "javascript:" not in asked.text


async def test_guessing_is_slowed_down_and_said_so(service: Service) -> None:
    form = await with_password(service)
    for _ in range(ATTEMPTS_ALLOWED):
        answer = await service.client.post("/login", data=form | {"password": "guess"})
        assert answer.status_code == 401
    answer = await service.client.post("/login", data=form)
    assert answer.status_code == 429
    assert "Set-Cookie" not in answer.headers
    other = await with_password(service)
    assert (await service.client.post("/login", data=other)).status_code == 303


@pytest.mark.parametrize(
    "name",
    ["a\x00b", "x" * 201, "ü" * 150, "<script>alert(1)</script>", "' OR 1=1 --"],
    ids=lambda n: repr(n)[:12],
)
async def test_a_strange_name_is_only_a_wrong_name(service: Service, name: str) -> None:
    answer = await service.client.post("/login", data={"name": name, "password": "x"})
    assert answer.status_code in {401, 422}
    assert "<script>alert" not in answer.text


async def test_a_link_logs_in_once_and_looking_at_it_spends_nothing(service: Service) -> None:
    account = await service.person(Role.ANALYST)
    link = f"/login/{await service.everything.people.new_link_token(account.name)}"
    for _ in range(3):
        assert (await service.client.head(link)).status_code == 200
    for agent in ("Slackbot 1.0 (+https://api.slack.com/robots)", "Mozilla/5.0"):
        looked = await service.client.get(link, headers={"User-Agent": agent})
        assert (looked.status_code, looked.headers.get("Set-Cookie")) == (200, None)
        assert '<button type="submit"' in looked.text
    first = await service.client.post(link)
    assert (first.status_code, first.headers["Location"]) == (303, "/")
    assert first.headers["Cache-Control"] == "no-store"
    assert service.cookie in first.headers["Set-Cookie"]
    service.client.cookies.clear()
    second = await service.client.post(link)
    assert second.status_code == 401
    assert "Set-Cookie" not in second.headers


async def test_logging_out_ends_the_session_on_the_server_too(service: Service) -> None:
    browser = await service.browser(await service.person(Role.ANALYST))
    kept = browser.cookies[service.cookie]
    answer = await browser.post("/logout", data={"csrf_token": await csrf_token(service, browser)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    again = await service.client.get("/queue", headers={"Cookie": f"{service.cookie}={kept}"})
    assert again.status_code == 303
