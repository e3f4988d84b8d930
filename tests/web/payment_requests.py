"""Requests for a payment as anybody may send them: plain, odd, and broken."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.service import Service

#: Not text: a JSON number as it is written.
NUMBERS = ("0", "-0", "-0.0", "1", "1.5", "1e-7", "2.50", "1e300", "9007199254740993", "1" * 25, "1" * 400)
AMOUNTS = (
    *("41.90", "0", "-0", "007.50", "0.0001", "0.00001", "999999999999.9999", "1000000000000", "1e3", "-1"),
    *("1_0", "\uff11", " 1", "+1", ".5", "5.", "nan", "Infinity", "1,5", ""),
)
MOMENTS = (
    *("2026-05-01T12:00:00Z", "2026-05-01T12:00:00+05:30", "2026-05-01T12:00:00.5Z"),
    *("2026-05-01T12:00:00.123456Z", "2026-05-01T12:00:00.1234567Z", "2026-05-01T12:00Z", "2026-05-01"),
    *("2026-05-01t12:00:00z", "2026-05-01 12:00:00Z", "2026-05-01T12:00:00", "2026-05-01T24:00:00Z"),
    *("2026-05-01T23:59:60Z", "2026-02-30T12:00:00Z", "2026-05-01T12:00:00-00:00", "1970-01-01T00:00:00Z"),
    *("1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1777636800", ""),
    *("2026-05-01T12:00:00+23:59", "2026-05-01T12:00:00+24:00", "20260501T120000Z", "2026-W18-5T12:00:00Z"),
    *(
        "2026-05-01T12:00:00,5Z",
        "\uff12026-05-01T12:00:00Z",
        "2026-05-01T12:00:00+0530",
        "2199-12-31T00:00:00Z",
    ),
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "a:b",
            "•••• 8841",
            "4000 0012 3456 7899",
            "\\",
            '"',
            "\x00",
            "\n",
            "\x7f",
            "💳",
            "\ud83d",
            "x" * 128,
            "x" * 129,
        ]
    ),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
)
CURRENCIES = ("EUR", "JPY", "eur", "EURO", "EU", "\uff25UR", "EU\n")
MEDIA_TYPES = (
    *("application/json", "Application/JSON", "application/json; charset=utf-8"),
    *("application/json;charset=latin-1", "application/vnd.x+json", "text/plain", ""),
)


@dataclass(frozen=True)
class PaymentRequest:
    """What is sent: the body in pieces, and headers beside the key."""

    pieces: list[bytes]
    headers: list[tuple[str, str]] = field(default_factory=list)


def number(text: str) -> str:
    """Stand for a number that is written so, in a body that is still to be written."""
    return f"number:{text}"


def bodies(plain: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Draw a payment like this one, most of it as it should be, as JSON."""
    return _written(_documents(plain))


def _documents(plain: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = {
        "transaction_id": st.one_of(st.uuids().map(str), st.sampled_from(["again", "twice"]), TEXTS),
        "occurred_at": st.sampled_from(MOMENTS),
        "amount": st.one_of(
            st.sampled_from([*AMOUNTS, *map(number, NUMBERS), True, None]),
            st.decimals(0, 10**6, places=2).map(str),
            st.floats(0, 1e5).map(lambda amount: round(amount, 2)),
        ),
        "currency": st.sampled_from(CURRENCIES),
        "features": _features(plain["features"]),
        "attributes": st.dictionaries(TEXTS, st.one_of(TEXTS, st.just(7)), max_size=4),
        "respond_by": st.sampled_from([*MOMENTS, None]),
        "other": st.none(),
    }

    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        body = plain | {"transaction_id": draw(values["transaction_id"])}
        for name in draw(st.lists(st.sampled_from(sorted(values)), max_size=3)):
            body[name] = draw(values[name])
        for name in draw(st.lists(st.sampled_from(sorted(plain)), max_size=draw(st.integers(0, 1)))):
            body.pop(name, None)
        return body

    return drawn()


def requests(service: Service) -> st.SearchStrategy[PaymentRequest]:
    """Draw a request; most are readable, some twice over, some not at all."""

    written = bodies(service.body())
    changes = [_as_it_is] * 12 + [_once_more] * 2 + [_with_mark, _cut, _trailing, _broken, _empty]

    @st.composite
    def drawn(draw: st.DrawFn) -> PaymentRequest:
        body = draw(st.sampled_from(changes))(draw(written))
        places = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
        pieces = [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
        return PaymentRequest(pieces, draw(st.one_of(st.just([]), _headers())))

    return drawn()


def _features(plain: dict[str, float]) -> st.SearchStrategy[dict[str, Any]]:
    odd = st.sampled_from([*map(number, [*NUMBERS, "NaN", "Infinity", "1e400"]), True, None, "1", [1]])
    changed = st.tuples(
        st.sampled_from(sorted(plain)), st.one_of(odd, st.floats(-50, 50), st.integers(-9, 9))
    )
    return st.one_of(
        st.lists(changed, max_size=4).map(lambda pairs: plain | dict(pairs)),
        TEXTS.map(lambda name: plain | {name: 1.0}),
        st.just({}),
        st.none(),
    )


def _written(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    return st.builds(_text, values, ascii=st.booleans(), tight=st.booleans()).map(
        lambda text: text.encode(errors="replace")
    )


def _text(value: dict[str, Any], *, ascii: bool, tight: bool) -> str:  # noqa: A002 - as json names it
    text = json.dumps(value, ensure_ascii=ascii, separators=(",", ":") if tight else None)
    return re.sub(r'"number:([^"]*)"', r"\1", text)


def _headers() -> st.SearchStrategy[list[tuple[str, str]]]:
    one = st.one_of(
        st.tuples(st.just("Content-Type"), st.sampled_from(MEDIA_TYPES)),
        st.tuples(st.just("X-Request-ID"), st.sampled_from(["0" * 32, "card", ""])),
        st.tuples(st.just("X-API-Key"), st.sampled_from(["", "tertium_guess", "ÿ"])),
        st.tuples(st.just("Content-Encoding"), st.sampled_from(["identity", "gzip"])),
        st.tuples(st.just("X-Forwarded-Proto"), st.sampled_from(["https", "http", "ftp"])),
        st.tuples(st.just("Expect"), st.just("100-continue")),
        st.tuples(st.just("Accept"), st.sampled_from(["text/html", "*/*"])),
    )
    return st.lists(one, max_size=2)


def _as_it_is(body: bytes) -> bytes:
    return body


def _once_more(body: bytes) -> bytes:
    """Say one thing twice: the amount, as the first field."""
    return body.replace(b"{", b'{"amount": "1.00", ', 1)


def _with_mark(body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


def _cut(body: bytes) -> bytes:
    return body[:-1]


def _trailing(body: bytes) -> bytes:
    return body + b" \n\t x"


def _broken(body: bytes) -> bytes:
    return body.replace(b"EUR", b"E\xffR")


def _empty(_body: bytes) -> bytes:
    return b""
