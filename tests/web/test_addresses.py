"""What an address answers to methods it does not take, to a slash too many, and to HEAD."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from app.review.access.people import Role
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: nothing here is written."""
    return shared_service


def plain_addresses(app: FastAPI) -> Iterator[tuple[str, frozenset[str]]]:
    """Find every documented address without parts to fill in, with its methods."""
    for path, operations in app.openapi()["paths"].items():
        if "{" not in path:
            yield path, frozenset(method.upper() for method in operations)


async def test_head_is_answered_wherever_get_is_with_the_same_headers(service: Service) -> None:
    seen = 0
    for path, methods in plain_addresses(service.app):
        if "GET" in methods:
            head = await service.client.head(path, headers=service.headers)
            got = await service.client.get(path, headers=service.headers)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            assert head.headers.get("content-type") == got.headers.get("content-type"), path
            seen += 1
    assert seen > 5


async def test_head_of_an_answer_without_an_end_ends(service: Service) -> None:
    senior = await service.person(Role.SENIOR)
    async with asyncio.timeout(PATIENCE_SECONDS), await service.browser(senior) as browser:
        answer = await browser.head("/operations/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"].startswith("text/event-stream")


async def test_another_method_is_refused_with_those_that_there_are(service: Service) -> None:
    for path, methods in plain_addresses(service.app):
        wrong = next(method for method in ("DELETE", "PUT", "PATCH") if method not in methods)
        answer = await service.client.request(wrong, path, headers=service.headers)
        assert answer.status_code == 405, path
        allowed = set(answer.headers["Allow"].split(", "))
        assert allowed >= methods, path
        assert ("HEAD" in allowed) == ("GET" in allowed), path


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/v1/labels/", "/v1/labels"),
        ("/v1/outcomes/?after=0-0&limit=5", "/v1/outcomes?after=0-0&limit=5"),
        ("/queue/", "/queue"),
        ("//queue//", "/queue"),
    ],
)
async def test_a_slash_too_many_leads_to_the_address_on_the_same_host(
    service: Service, path: str, leads_to: str
) -> None:
    answer = await service.client.request("POST", httpx.URL("http://test", raw_path=path.encode()))
    assert (answer.status_code, answer.headers["Location"]) == (308, leads_to)


@pytest.mark.parametrize("path", ["/nothing/", "//evil.example/", "/", "/static/nothing/"])
async def test_a_slash_behind_nothing_leads_nowhere(service: Service, path: str) -> None:
    answer = await service.client.get(httpx.URL("http://test", raw_path=path.encode()))
    assert not answer.headers.get("Location", "/").startswith("//")
    assert answer.status_code in ({303} if path == "/" else {404})


@pytest.mark.parametrize(
    "path", ["/v1/model", "/healthz", "/login", "/nothing", "/v1/nothing", "/static/review.js"]
)
async def test_every_answer_has_the_headers_that_keep_browsers_careful(service: Service, path: str) -> None:
    answer = await service.client.get(path)
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
        assert name in answer.headers, name
