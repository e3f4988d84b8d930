"""Whatever is sent to any address, by anybody, the service answers: never an error of its own."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from fastapi.routing import APIRoute

from app.review.access.people import Role
from tests.builders import ALL_UNKNOWN, csrf_token, with_policy
from tests.service import Service
from tests.web.test_security import routes

#: All of it is `REQUESTS` long; the fast suite sends the first of them.
FEW, REQUESTS = 1_500, 20_000
#: What a person, a program, or somebody with bad intentions puts into a field.
WORDS: Sequence[str] = (
    *("", " ", "0", "1", "2", "-1", "1_0", "1e400", "nan", "inf", "9" * 40, str(2**63), "1,5", "\uff11"),
    *("true", "null", "fraud", "legit", "escalate", "final", "provisional", "other", "card"),
    *("2026-05-01T12:00", "2026-13-45T99:99", "2199-01-01T00:00:00Z", "0001-01-01", "12:60"),
    *("a", "ada", "x" * 5_000, "\x00", "\u202egrb", "e\u0301", "\ud83d", "💳" * 9, "'; DROP TABLE x; --"),
    *("../../etc/passwd", "//evil.example", "javascript:alert(1)", "<script>alert(1)</script>", "%00"),
    *("[]", "{}", '{"a": 1, "a": 2}', "1-1", "0-0", "1-1-1", "all", "unknown", "breached", "active"),
)  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
MEDIA_TYPES = (
    "application/json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "text/plain",
    "",
)


class Fuzz:
    """Draws requests to the service's own addresses, from a seed."""

    def __init__(self, service: Service, seed: int) -> None:
        self._random = random.Random(seed)
        self._routes: list[APIRoute] = list(routes(service.app))
        names = {field.alias for route in self._routes for field in _fields(route)}
        self._names = sorted(names | {"at", "after", "limit", "csrf_token"})

    def request(self, token: str, key: str) -> dict[str, Any]:
        """Return one request, as httpx takes it; half of them carry what would let them in."""
        chance, route = self._random, self._random.choice(self._routes)
        path = "/".join(
            quote(self._word() or "1", safe="", errors="surrogatepass") if "{" in part else part
            for part in route.path.split("/")
        )
        own = sorted(route.methods or ())
        method = chance.choice(own if own and chance.random() < 0.8 else METHODS)
        query = urlencode(self._pairs(route), errors="surrogatepass") if chance.random() < 0.5 else ""
        headers = {"Content-Type": chance.choice(MEDIA_TYPES)}
        if chance.random() < 0.5:
            headers["X-API-Key"] = key
        content = b""
        if method in {"POST", "PUT"}:
            pairs = [*self._pairs(route), ("csrf_token", token if chance.random() < 0.8 else "forged")]
            content = urlencode(pairs, errors="surrogatepass").encode()
            if chance.random() < 0.7:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            else:
                content = self._word().encode(errors="surrogatepass")
        url = f"{path}?{query}" if query else path
        return {"method": method, "url": url[:9_000], "headers": headers, "content": content}

    def _word(self) -> str:
        return self._random.choice(WORDS)

    def _pairs(self, route: APIRoute) -> list[tuple[str, str]]:
        known = [field.alias for field in _fields(route)]
        names = [*known, *self._random.choices(self._names, k=2)]
        return [(name, self._word()) for name in names if self._random.random() < 0.7]


def _fields(route: APIRoute) -> list[Any]:
    """Return what a route and all it depends on reads from addresses and forms."""
    found, waiting = [], [route.dependant]
    while waiting:
        dependant = waiting.pop()
        found += [*dependant.query_params, *dependant.body_params]
        waiting += dependant.dependencies
    return found


async def _answered(service: Service, number: int) -> Counter[int]:
    """Send so many requests as people of every role and as nobody; return how often each status came."""
    await with_policy(service, **ALL_UNKNOWN)
    for place in range(20):
        await service.post(service.body(transaction_id=f"order-{place}", attributes={"card": "8841"}))
    browsers: list[tuple[httpx.AsyncClient, str]] = [(service.client, "none")]
    for role in (role for role in Role if role is not Role.SYSTEM):
        browser = await service.browser(await service.person(role))
        browsers.append((browser, await csrf_token(service, browser)))
    fuzz, statuses = Fuzz(service, seed=7), Counter[int]()
    for place in range(number):
        browser, token = browsers[place % len(browsers)]
        request = fuzz.request(token, service.key)
        if request["url"].startswith("/logout") or "/events" in request["url"]:
            continue  # the one ends the walk of its role, a stream has no end
        answer = await browser.request(**request)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500 or answer.status_code == 503, (request, answer.text[:500])
    return statuses


async def test_whatever_is_sent_is_answered(service: Service) -> None:
    statuses = await _answered(service, FEW)
    assert {200, 401, 403, 404, 405, 422} <= statuses.keys()


@pytest.mark.slow
async def test_twenty_thousand_requests_are_answered(service: Service) -> None:
    statuses = await _answered(service, REQUESTS)
    print(dict(sorted(statuses.items())))  # noqa: T201  # the figure itself
    assert statuses.total() > REQUESTS * 0.9
