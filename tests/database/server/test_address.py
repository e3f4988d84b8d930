"""Addresses of databases: what people write is what the driver is given."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from asyncpg import connect_utils
from hypothesis import given
from hypothesis import strategies as st

from app.database.server.address import AddressUnreadable, DatabaseAddress, read_address

#: The driver's own reading, which its stubs leave out.
PARSE: Callable[..., tuple[list[Any], Any]] = vars(connect_utils)["_parse_connect_dsn_and_args"]


def as_driver(address: DatabaseAddress) -> tuple[list[Any], Any]:
    """Return where asyncpg would connect to, and with what, by its own reading."""
    words = inspect.signature(PARSE).parameters
    nothing: dict[str, Any] = dict.fromkeys(words)
    password = address.passwords[0] if address.passwords else None
    return PARSE(**nothing | {"dsn": address.dsn(password)})[:2]


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("postgres://u:p@h/d", [("h", 5432)]),
        ("postgresql://u:p@h:1/d", [("h", 1)]),
        ("postgresql+asyncpg://u:p@h:1/d?sslmode=disable&connect_timeout=3&keepalives=1", [("h", 1)]),
        ("postgresql+psycopg2://u:p@h1:1,h2:2/d?target_session_attrs=read-write", [("h1", 1), ("h2", 2)]),
        ("postgresql://u:p@/d?host=h1:1&host=h2:2", [("h1", 1), ("h2", 2)]),
        ("postgresql://u:p@/d?host=h1,h2&port=7", [("h1", 7), ("h2", 7)]),
        ("postgresql://u:p@[::1]:5433/d", [("::1", 5433)]),
        ("postgresql://u:p@[fd00::1],[fd00::2]:9/d", [("fd00::1", 5432), ("fd00::2", 9)]),
        ("postgresql://u:p@::1/d", [("::1", 5432)]),
        ("postgresql://u:p@%2Frun%2Fpg/d", ["/run/pg/.s.PGSQL.5432"]),
        ("postgresql://u:p@/d?host=/run/p g&port=6", ["/run/p g/.s.PGSQL.6"]),
        ("host=h port=3 user=u password=p dbname=d", [("h", 3)]),
        (" 'postgresql://u:p@h/d' \n", [("h", 5432)]),
        ("jdbc:postgresql://h/d?user=u&password=p", [("h", 5432)]),
    ],
)
def test_addresses_of_every_fashion_lead_to_the_same(written: str, places: list[Any]) -> None:
    found, parameters = as_driver(read_address(written))
    assert found == places
    assert (parameters.user, parameters.password, parameters.database) == ("u", "p", "d")


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ("", None),
        ("?ssl=true", "require"),
        ("?sslmode=verify-full", "verify-full"),
        ("?ssl=disable", "disable"),
    ],
)
def test_tls_is_asked_for_in_the_words_of_every_driver(options: str, mode: str | None) -> None:
    assert dict(read_address(f"postgresql://u@h/d{options}").options).get("sslmode") == mode


def test_settings_of_the_server_are_handed_on() -> None:
    address = read_address("postgresql://u:p@h/d?application_name=me@desk&options=-c search_path=a,b")
    assert dict(address.options) == {"application_name": "me@desk", "options": "-c search_path=a,b"}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30))
def test_a_password_beside_the_address_is_taken_as_it_stands(password: str) -> None:
    parameters = as_driver(read_address("postgresql://u:other@h/d", password=password))[1]
    assert parameters.password == password


@given(
    st.text(st.sampled_from("ab1@/#?:%+ &"), min_size=1, max_size=12).filter(
        lambda text: text == text.strip()
    )
)
def test_a_password_in_the_address_is_among_its_meanings(password: str) -> None:
    address = read_address(f"postgresql://u:{password}@127.0.0.1:5/d?sslmode=prefer")
    assert password in address.passwords
    assert (address.hosts, address.user, address.database) == ((("127.0.0.1", 5),), "u", "d")


@pytest.mark.parametrize(
    "written",
    ["mysql://h/d", "h/d", "postgresql://h:0/d", "postgresql://h:70000/d", "postgresql://h:x/d",
     "postgresql://a b/d", "postgresql://u@a,b/d?port=1,2,3", "postgresql://h/d?sslmode=on"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(AddressUnreadable, match=r"\w+ \w+"):
        read_address(written)
