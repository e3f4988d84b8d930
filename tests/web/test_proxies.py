"""Behind a proxy: who calls, by which address, under TLS or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.review.access.people import Role
from app.web.proxies import BehindProxy
from app.web.public_addresses import LOOPBACK, networks, public_address, same_host
from tests.conftest import a_service
from tests.service import Service

PASSWORD = "correct horse battery staple"
TLS = {"X-Forwarded-Proto": "https"}


@asynccontextmanager
async def asked_by(service: Service, peer: str, host: str = "test") -> AsyncIterator[httpx.AsyncClient]:
    """Give a client whose requests reach the service from this peer."""
    transport = httpx.ASGITransport(app=service.app, client=(peer, 4711), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        yield client


async def a_login(service: Service) -> dict[str, str]:
    name = f"anna-{uuid4().hex[:6]}"
    await service.services.access.accounts.add(
        name=name, display_name="Anna", role=Role.ANALYST, password=PASSWORD
    )
    return {"name": name, "password": PASSWORD}


@pytest.mark.parametrize(
    ("peer", "trusted", "headers", "is_secure"),
    [
        ("127.0.0.1", "", TLS, True),
        ("127.0.0.2", "", TLS, False),
        ("127.0.0.2", "127.0.0.0/8", TLS, True),
        ("::1", "", TLS, True),
        ("::ffff:127.0.0.1", "", TLS, True),
        ("172.18.0.1", "172.16.0.0/12, 192.0.2.7", TLS, True),
        (
            "192.0.2.7",
            "172.16.0.0/12 192.0.2.7",
            {"Forwarded": 'for=1.2.3.4;proto=https;host="desk.shop"'},
            True,
        ),
        ("203.0.113.5", "*", TLS, True),
        ("127.0.0.1", "", {"X-Forwarded-Proto": "http"}, False),
        ("127.0.0.1", "", {"X-Forwarded-Proto": "javascript"}, False),
    ],
)
async def test_only_a_trusted_proxy_says_that_tls_ended_there(
    database_url: str, peer: str, trusted: str, headers: dict[str, str], is_secure: bool
) -> None:
    settings: dict[str, Any] = {"trusted_proxies": trusted} if trusted else {}
    async with a_service(database_url, **settings) as service, asked_by(service, peer) as client:
        answer = await client.post("/login", data=await a_login(service), headers=headers)
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"]
        assert ("; Secure" in cookie, cookie.startswith("__Host-")) == (is_secure, is_secure)
        assert ("Strict-Transport-Security" in answer.headers) == is_secure
        slash = await client.post("/v1/labels/", headers=headers)
        assert (slash.status_code, slash.headers["Location"]) == (308, "/v1/labels")


async def test_the_public_address_is_the_origin_whatever_host_the_proxy_passes_on(database_url: str) -> None:
    async with (
        a_service(database_url, public_url="https://Desk.shop/") as service,
        asked_by(service, "203.0.113.5", "upstream:8000") as client,
    ):
        for origin in ("https://desk.shop", None):
            headers = {"Origin": origin} if origin else {}
            answer = await client.post("/login", data=await a_login(service), headers=headers)
            assert answer.status_code == 303
            assert "; Secure" in answer.headers["Set-Cookie"]
        for forged in (
            "https://evil.example",
            "http://upstream:8000",
            "null",
            "https://desk.shop.evil.example",
        ):
            answer = await client.post("/login", data=await a_login(service), headers={"Origin": forged})
            assert answer.status_code == 403, forged


async def test_a_host_that_the_proxy_rewrote_is_named_with_the_setting_that_helps(service: Service) -> None:
    form = await a_login(service)
    answer = await service.client.post("/login", data=form, headers={"Origin": "https://desk.shop"})
    assert answer.status_code == 403
    assert "TERTIUM_PUBLIC_URL=https://desk.shop" in answer.text
    assert "proxy_set_header Host $host" in answer.text
    by_browser = {"Origin": "https://desk.shop", "Sec-Fetch-Site": "same-origin"}
    assert (await service.client.post("/login", data=form, headers=by_browser)).status_code == 303
    for site in ("cross-site", "same-site"):
        headers = by_browser | {"Sec-Fetch-Site": site}
        assert (await service.client.post("/login", data=form, headers=headers)).status_code == 403


async def test_a_forwarded_host_counts_from_a_trusted_proxy_alone(service: Service) -> None:
    headers = {"Origin": "https://desk.shop", "X-Forwarded-Host": "desk.shop"}
    for peer, status in (("127.0.0.1", 303), ("203.0.113.5", 403)):
        async with asked_by(service, peer) as client:
            answer = await client.post("/login", data=await a_login(service), headers=headers)
            assert answer.status_code == status, peer


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ({}, "127.0.0.1"),
        ({"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        ({"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, "203.0.113.9"),
        ({"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"),
        ({"X-Forwarded-For": "203.0.113.9:51000"}, "203.0.113.9"),
        ({"X-Forwarded-For": "[2001:db8::1]:443"}, "2001:db8::1"),
        ({"X-Forwarded-For": "6.6.6.6, nonsense, 10.1.1.1"}, "10.1.1.1"),
        ({"Forwarded": 'for="[2001:db8::1]:80", for=10.1.1.1'}, "2001:db8::1"),
    ],
)
async def test_the_caller_is_the_last_that_is_no_trusted_proxy(headers: dict[str, str], caller: str) -> None:
    """What a caller claims of itself stands before it, and is not believed."""
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    trusted = (*LOOPBACK, *networks("10.0.0.0/8"))  # type: ignore[misc]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": raw}
    await BehindProxy(app, public_url=None, trusted=trusted)(scope, None, None)  # type: ignore[arg-type]
    assert seen == [caller]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://desk.shop", "https://desk.shop"),
        (" https://DESK.shop:443/ ", "https://desk.shop"),
        ("http://desk.shop:80", "http://desk.shop"),
        ("https://desk.shop:8443", "https://desk.shop:8443"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]"),
        ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443"),
    ],
)
def test_a_public_address_is_kept_as_browsers_write_it(written: str, read: str) -> None:
    assert public_address(written) == read


@pytest.mark.parametrize(
    ("origin", "host", "is_same"),
    [
        ("https://desk.shop", "desk.shop", True),
        ("https://desk.shop", "desk.shop:443", True),
        ("https://desk.shop", "DESK.shop", True),
        ("https://desk.shop:8443", "desk.shop", False),
        ("http://desk.shop", "desk.shop:443", False),
        ("https://desk.shop", "", False),
        ("null", "", False),
    ],
)
def test_an_origin_is_a_hosts_own_whichever_writes_the_usual_port(
    origin: str, host: str, is_same: bool
) -> None:
    assert same_host(origin, host) is is_same
