"""Who reads what a request answers: in which language, and by which clock.

It is kept in a context variable, set once for each request and again where an account is known: every number
and every sentence of a page depends on it, and nothing else does (decision 53).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app.review.access.languages import Language, wished

#: The browser's own zone, as `static/zone.js` tells it.
ZONE_COOKIE = "tertium_zone"
#: What programs are told stays as it is, whoever asks.
PROGRAMS = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi")
#: What the names of zones begin with that are places.
REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
#: English as nearly everybody who reads it here writes it: 24 hours, the day before its month.
LOCALES = {Language.ENGLISH: "en_GB", Language.GERMAN: "de_DE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How somebody reads."""

    language: Language = Language.ENGLISH
    #: Name of a time zone (IANA).
    zone: str = "UTC"

    @property
    def locale(self) -> Locale:
        """How this reader's language writes numbers and dates (CLDR)."""
        return _locale(self.language)


_reader: ContextVar[Reader] = ContextVar("reader", default=Reader())  # noqa: B039 - it is frozen


def reader() -> Reader:
    """Return who reads what is made now; somebody who reads English, by UTC, where nobody is known."""
    return _reader.get()


@contextmanager
def read_by(who: Reader) -> Iterator[None]:
    """Let all that is made meanwhile be for this reader."""
    token = _reader.set(who)
    try:
        yield
    finally:
        _reader.reset(token)


def prefer(*, language: Language | None, zone: str | None) -> None:
    """Let the rest of this request be for somebody who chose; what is not chosen stays their browser's."""
    now = _reader.get()
    _reader.set(replace(now, language=language or now.language, zone=zone or now.zone))


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones a person may have; the file names of the collection are none."""
    return frozenset({"UTC", *(each for each in available_timezones() if each.split("/")[0] in REGIONS)})


def zone_info(name: str) -> ZoneInfo:
    """Return a time zone by its name."""
    return ZoneInfo(name)


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(LOCALES[language])


class ReaderOfRequest:
    """Lets each page be made for its reader: by what the browser likes, until an account is known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read what the browser says of language and zone, and pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(PROGRAMS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        zone = cookie_parser(headers.get("cookie", "")).get(ZONE_COOKIE, "").replace("%2F", "/")
        who = Reader(
            language=wished(headers.get("accept-language", "")), zone=zone if zone in zones() else "UTC"
        )
        with read_by(who):
            await self._app(scope, receive, send)
