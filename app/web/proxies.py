"""What a proxy in front changes: who calls, by which address, and whether under TLS.

A request tells its scheme and host; a proxy that ends TLS and names its upstream makes both wrong. So:

- where the public address is set, each request is one to that address;
- else `X-Forwarded-Proto`, `X-Forwarded-Host` and `Forwarded` (RFC 7239) count, from trusted proxies alone;
- who called is the last address of `X-Forwarded-For` (or `Forwarded`) that is no trusted proxy's.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.public_addresses import USUAL_PORTS, Network

# A browser that came by TLS once comes by nothing else for a year.
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


# What proxies tell: of a request without any of these there is nothing to put right.
TOLD = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})
# Those who call again and again are looked up once.
ADDRESSES_REMEMBERED = 4096


class BehindProxy:
    """Puts right what a proxy in front has changed, before anything reads it; see the module."""

    def __init__(self, app: ASGIApp, *, public_url: str | None, trusted: Iterable[Network]) -> None:
        self._app = app
        self._public = urlsplit(public_url) if public_url else None
        self._trusted = tuple(trusted)
        self._holds = lru_cache(ADDRESSES_REMEMBERED)(self._holds_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Correct scheme, host and caller; under TLS, tell the browser to stay there."""
        if scope["type"] != "http" or self._is_direct(scope):
            await self._app(scope, receive, send)
            return
        scheme, host = self._corrected(scope)
        if scheme != "https":
            await self._app(scope, receive, send)
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start" and not _is_loopback(host):
                message["headers"] = [*message["headers"], STRICT_TRANSPORT]
            await send(message)

        await self._app(scope, receive, strict)

    def _is_direct(self, scope: Scope) -> bool:
        """Whether nobody stands in front, as far as anybody tells, nor is there TLS."""
        is_plain = self._public is None and scope["scheme"] == "http"
        return is_plain and TOLD.isdisjoint([name for name, _ in scope["headers"]])

    def _corrected(self, scope: Scope) -> tuple[str, str]:
        """Put scheme, host and caller right in place, and return the first two."""
        headers = Headers(scope=scope)
        scheme, host = scope["scheme"], headers.get("host", "")
        if self._is_trusted(scope):
            told = _forwarded(headers)
            scheme, host = told.get("proto", scheme), told.get("host", host)
            self._correct_caller(scope, _callers(headers))
        if self._public is not None:
            scheme, host = self._public.scheme, self._public.netloc
        scope["scheme"] = scheme
        if host != headers.get("host", ""):
            rest = [header for header in scope["headers"] if header[0] != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *rest]
        return scheme, host

    def _correct_caller(self, scope: Scope, callers: list[str]) -> None:
        for caller in reversed(callers):
            scope["client"] = (caller, 0)
            if not self._holds(caller):
                break

    def _is_trusted(self, scope: Scope) -> bool:
        return scope.get("client") is not None and self._holds(scope["client"][0])

    def _holds_address(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in network for network in self._trusted)


def _forwarded(headers: Headers) -> dict[str, str]:
    """Return `proto` and `host` as the outermost proxy told them; what cannot be one is left out."""
    first = _elements(headers)[:1]
    told = dict(first[0]) if first else {}
    for name, header in (("proto", "x-forwarded-proto"), ("host", "x-forwarded-host")):
        if value := headers.get(header, "").partition(",")[0].strip():
            told[name] = value
    found: dict[str, str] = {}
    if told.get("proto", "").lower() in USUAL_PORTS:
        found["proto"] = told["proto"].lower()
    if re.fullmatch(r"[\w.\-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", told.get("host", ""), re.ASCII):
        found["host"] = told["host"]
    return found


def _callers(headers: Headers) -> list[str]:
    """Return the chain of callers, the nearest last; it ends before what is no IP address."""
    listed = headers.getlist("x-forwarded-for")
    words = ",".join(listed).split(",") if listed else [each.get("for", "") for each in _elements(headers)]
    chain: list[str] = []
    for word in reversed(words):
        address = _without_port(word.strip())
        try:
            ip_address(address)
        except ValueError:
            break
        chain.insert(0, address)
    return chain


def _elements(headers: Headers) -> list[dict[str, str]]:
    """Return the parts of `Forwarded`, the outermost proxy's first."""
    written = ",".join(headers.getlist("forwarded"))
    return [
        {
            name.lower(): value.strip('"')
            for name, value in re.findall(r'([A-Za-z]+)=("[^"]*"|[^;,\s]*)', element)
        }
        for element in written.split(",")
        if element.strip()
    ]


def _without_port(word: str) -> str:
    bracketed = re.fullmatch(r"\[([^\]]+)\](:\d+)?", word)
    if bracketed:
        return bracketed[1]
    return word.partition(":")[0] if word.count(":") == 1 else word


def _is_loopback(host: str) -> bool:
    # A browser told to use nothing but TLS for localhost would lock out all that listens there.
    return re.fullmatch(r"(localhost|127\.[\d.]+|\[::1\])(:\d+)?", host) is not None
