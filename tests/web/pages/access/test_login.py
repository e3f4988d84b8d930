"""The door: who comes in, how, and who is kept out."""

from dataclasses import replace
from html import escape
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from app.review.access.login_limits import ATTEMPTS_ALLOWED, FIRST_WAIT
from app.review.access.people import Role
from app.web.dependencies import cookie_name
from tests.builders import csrf_token
from tests.conftest import a_service
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
    await service.services.access.accounts.add(
        name=name, display_name="Anna", role=Role.ANALYST, password=PASSWORD
    )
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
        "///evil.example",
        "http:evil.example",
        "/login",
        "/login/token",
        "/login?next=//evil.example",
        "/logout",
        "/a\nSet-Cookie: evil=1",
        "/\u2028evil",
        " /evil",
        "\\\\evil.example",
        "@evil.example",
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


@pytest.mark.parametrize(
    "target",
    [
        "/search?q=a%26b%3Dc+d&x=%C3%BC",
        "/queue?amount_from=100&after=7#case-3",
        "/linked-cases/card/4oCi",
        "/cases/12#history",
        "/review?case=3&done=fraud",
        "/search?q=http://evil.example/",
    ],
)
async def test_a_login_leads_exactly_where_somebody_wanted(service: Service, target: str) -> None:
    form = await with_password(service)
    asked = target.partition("#")[0]
    door = (await service.client.get(asked)).headers["Location"]
    assert dict(parse_qsl(urlsplit(door).query)) == {"next": asked}
    page = (await service.client.get(door)).text
    assert f'name="next" value="{escape(asked)}"' in page
    answer = await service.client.post("/login", data=form | {"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, target)


async def test_who_sent_a_form_too_late_comes_back_to_its_page(service: Service) -> None:
    service.client.cookies.clear()
    for referer, target in (
        ("http://test/queue?amount_from=5", "/queue?amount_from=5"),
        ("http://evil.example/queue", "/"),
        ("", "/"),
    ):
        answer = await service.client.post("/review/1/release", headers={"Referer": referer})
        assert dict(parse_qsl(urlsplit(answer.headers["Location"]).query)) == {"next": target}


async def test_two_installations_on_one_host_keep_their_own_cookies(service: Service) -> None:
    other = replace(service.services, installation="another")
    account = await service.person(Role.ANALYST)
    browser = await service.browser(account)
    # A browser sends the cookies of one host to all its ports.
    browser.cookies.set(cookie_name(other.installation, is_secure=False), "a session there")
    assert (await browser.get("/queue")).status_code == 200
    link = f"/login/{await service.services.access.accounts.new_link_token(account.name)}"
    kept = (await service.client.post(f"https://test{link}")).headers["Set-Cookie"]
    assert kept.startswith(f"__Host-tertium_session_{service.services.installation}=")
    assert {"Secure", "Path=/"} <= {part.strip() for part in kept.split(";")}
    assert "domain" not in kept.lower()


async def test_an_installation_is_the_same_after_a_restart(service: Service, shared_url: str) -> None:
    async with a_service(shared_url) as again:
        assert again.services.installation == service.services.installation


async def test_a_page_made_for_somebody_else_does_nothing_and_says_so(service: Service) -> None:
    """Two tabs of one browser: the second logs in as Bob, the first still shows what was made for Ada."""
    ada, bob = [await service.person(Role.ANALYST) for _ in range(2)]
    browser = await service.browser(ada)
    page = (await browser.get("/queue")).text
    assert f'data-page-of="{ada.id}"' in page
    stale = await csrf_token(service, browser)
    browser.cookies = (await service.browser(bob)).cookies
    for answer in (
        await browser.post("/logout", data={"csrf_token": stale}),
        await browser.post("/review/1/verdict", data={"csrf_token": stale, "judgement": "fraud"}),
        await browser.get("/review/fragment", headers={"X-Fragment": "1", "X-Page-Of": str(ada.id)}),
        await browser.get("/review/next", headers={"X-Fragment": "1", "X-Page-Of": str(ada.id)}),
        await browser.get(f"/operations/events?page_of={ada.id}"),
    ):
        assert (answer.status_code, answer.headers["X-Other-Account"]) == (409, "1"), answer.url
        assert "Another account has logged in in this browser since this page was loaded" in answer.text
    assert (await browser.get("/queue", headers={"X-Page-Of": str(bob.id)})).status_code == 200


async def test_guessing_is_slowed_down_and_said_so(service: Service) -> None:
    form = await with_password(service)
    for _ in range(ATTEMPTS_ALLOWED):
        answer = await service.client.post("/login", data=form | {"password": "guess"})
        assert answer.status_code == 401
    answer = await service.client.post("/login", data=form)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= FIRST_WAIT.total_seconds()
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
    link = f"/login/{await service.services.access.accounts.new_link_token(account.name)}"
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
