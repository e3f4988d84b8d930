"""Whatever a browser says of its language and zone, a page is made: by what is known, else English by UTC."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from app.review.access.languages import LONGEST_HEADER, Language, wished
from app.web.languages.reader import ZONE_COOKIE, Reader, ReaderOfRequest, reader


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("de", "de"), ("DE-at", "de"), ("de-CH-1996, en", "de"), ("en, de", "en"),
        ("de;q=0.3, en;q=0.4", "en"), ("de ; q = 0.9 , en ; q = 0.8", "de"), ("fr, it;q=0.5", "en"),
        ("de;q=0", "en"), ("de;q=0, en;q=0", "en"), ("de;q=1.000", "de"), ("*", "en"),
        ("de;q=2", "en"), ("de;q=-1", "en"), ("de;q=nan", "en"), ("de;q=", "en"), ("de;;", "en"),
        ("de_DE", "en"), ("deutsch", "en"), ("\x00de", "en"), (",,,de,,,", "de"), ("d\u0435", "en"),
        ("x" * LONGEST_HEADER + ",de", "en"),
    ],
)  # fmt: skip
def test_a_browser_gets_the_language_it_likes_best_and_english_for_what_is_none(
    header: str, language: str
) -> None:
    assert wished(header).value == language


@given(st.text(max_size=200) | st.text("de-n,;q=0.19* ", max_size=60))
@example("de" * 10_000)
def test_no_header_is_too_odd_for_a_language(header: str) -> None:
    found = wished(header)
    assert found in set(Language)
    if "de" not in header.lower():
        assert found is Language.ENGLISH


async def read_as(*headers: tuple[bytes, bytes], path: str = "/queue") -> Reader:
    """Return whom a page is made for."""
    found: list[Reader] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as Starlette calls
        found.append(reader())

    async def unused(*_: object) -> None:
        raise AssertionError

    scope = {"type": "http", "path": path, "headers": list(headers)}
    await ReaderOfRequest(page)(scope, unused, unused)  # type: ignore[arg-type]
    assert reader() == Reader()
    return found[0]


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"), ("Europe%2FBerlin", "Europe/Berlin"), ("UTC", "UTC"), ("", "UTC"),
        ("Europe/Atlantis", "UTC"), ("../../etc/passwd", "UTC"), ("/etc/localtime", "UTC"),
        ("posixrules", "UTC"),
        ("Europe/Berlin\x00", "UTC"), ("europe/berlin", "UTC"), ("Z" * 9000, "UTC"), ("%", "UTC"),
        ("\u00ff\u00fe", "UTC"),
    ],
)  # fmt: skip
async def test_a_browsers_zone_is_one_that_is_known_or_utc(cookie: str, zone: str) -> None:
    told = f"other=1; {ZONE_COOKIE}={cookie}; more=2".encode("latin-1")
    assert await read_as((b"cookie", told), (b"accept-language", b"de")) == Reader(
        language=Language.GERMAN, zone=zone
    )


async def test_programs_are_told_the_same_whoever_asks() -> None:
    headers = (b"cookie", f"{ZONE_COOKIE}=Europe/Berlin".encode()), (b"accept-language", b"de")
    assert await read_as(*headers, path="/v1/transactions") == Reader()
