"""The address of a database, as people write it, and as the driver reads it.

One rule reads every address:

- `scheme://user:password@hosts/database?options`; the scheme is `postgres` or `postgresql`, with or without
  a driver (`+asyncpg`). The words of libpq (`host=... dbname=...`) are read, too.
- The options are `name=value`, joined by `&`, after the last question mark; the hosts begin after the last
  `@` before them. So a password may hold `@`, `/`, `#` and `?` as they are.
- A password that holds `%41` or the like can be meant as it stands or percent-encoded. Both are offered to
  the server, once, at the start; the encoded meaning first where no sign in it would have to be encoded.
- A password given beside the address is taken as it stands, and takes the place of the address's own.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote, unquote

USUAL_PORT = 5432
LARGEST_PORT = 65535

# Signs that an address proper holds only percent-encoded.
RESERVED = frozenset("@/?#[]: ")
# Who connects and where to: kept beside the options, not among them.
PLACES = frozenset({"host", "port", "user", "password", "dbname", "database"})
# What libpq and other drivers ask of themselves; the server would refuse it, and ours does without.
NOT_FOR_US = frozenset(
    {
        *("async_fallback", "channel_binding", "client_encoding", "command_timeout", "connect_timeout"),
        *("fallback_application_name", "gssencmode", "keepalives", "keepalives_count", "keepalives_idle"),
        *("keepalives_interval", "load_balance_hosts", "pgbouncer", "prepared_statement_cache_size"),
        *("require_auth", "requirepeer", "requiressl", "sslcompression", "sslsni", "statement_cache_size"),
        *("tcp_user_timeout", "timeout"),
    }
)
KNOWN = PLACES | {
    *("application_name", "options", "passfile", "search_path", "service", "ssl", "sslmode", "sslcert"),
    *("sslkey", "sslrootcert", "sslcrl", "sslnegotiation", "sslpassword", "target_session_attrs"),
}
SSL_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


class AddressUnreadable(ValueError):
    """The address of the database cannot be read; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where a database is, and who connects; what is left out is what libpq would take.

    `hosts` are names, IP addresses or folders of a Unix socket, each with its port. `passwords` are the
    meanings that the written password can have, the likeliest first; empty where none was written.
    """

    hosts: tuple[tuple[str, int | None], ...]
    user: str | None
    passwords: tuple[str, ...]
    database: str | None
    options: tuple[tuple[str, str], ...]

    def dsn(self, password: str | None) -> str:
        """Return the address as asyncpg reads it, with one meaning of the password."""
        words = [
            ("host", ",".join(_written(host) for host, _ in self.hosts)),
            ("port", ",".join(str(port or USUAL_PORT) for _, port in self.hosts)),
            ("user", self.user),
            ("password", password),
            *self.options,
        ]
        # Without a database there must be no slash: asyncpg would read an empty name.
        path = f"/{quote(self.database, safe='')}" if self.database else ""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in words if value)
        return f"postgresql://{path}?{asked}"

    def url(self, password: str | None) -> str:
        """Return the address as SQLAlchemy reads it: it hands asyncpg the driver's own."""
        return f"postgresql+asyncpg:///?dsn={quote(self.dsn(password), safe='')}"

    @property
    def place(self) -> str:
        """The hosts with their ports, for a sentence; never the password."""
        if not self.hosts:
            return "this machine's own socket"
        return ", ".join(
            host if host.startswith("/") else f"{_written(host)}:{port or USUAL_PORT}"
            for host, port in self.hosts
        )


def read_address(text: str, *, password: str | None = None) -> DatabaseAddress:
    """Return what an address means; `password` is the one given beside it.

    Raises `AddressUnreadable`.
    """
    words, options = _words_of(_unwrapped(text))
    if password is not None:
        passwords: tuple[str, ...] = (password,)
    elif "password" in options:
        passwords = (options["password"],)
    else:
        passwords = _meanings(words.password)
    return DatabaseAddress(
        hosts=tuple(_hosts(options.get("host") or words.hosts, options.get("port", ""))),
        user=options.get("user") or unquote(words.user) or None,
        passwords=passwords,
        database=options.get("dbname") or options.get("database") or unquote(words.database) or None,
        options=tuple(_for_the_driver(options)),
    )


def _unwrapped(text: str) -> str:
    """Return the address without the blanks and quotation marks that files of variables leave around it."""
    text = text.strip()
    return text[1:-1].strip() if text[:1] in {"'", '"'} and text[-1:] == text[:1] else text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    user: str = ""
    password: str = ""
    hosts: str = ""
    database: str = ""


def _words_of(text: str) -> tuple[_Words, dict[str, str]]:
    scheme, found, rest = text.partition("://")
    if not found:
        return _Words(), _libpq_words(text)
    if re.fullmatch(r"(jdbc:)?postgres(ql)?(\+\w+)?", scheme, re.IGNORECASE) is None:
        raise AddressUnreadable(
            f"it begins with {scheme[:20]}:// and not with postgresql://; Tertium needs PostgreSQL"
        )
    rest, options = _without_options(rest)
    login, _, place = rest.rpartition("@")
    user, _, password = login.partition(":")
    hosts, _, database = place.partition("/")
    return _Words(user=user, password=password, hosts=hosts, database=database), options


def _without_options(rest: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the options, and the options; a question mark may be the password's."""
    before, mark, after = rest.rpartition("?")
    names = [part.partition("=")[0] for part in after.split("&") if part]
    if not mark or not all(re.fullmatch(r"[A-Za-z][\w.]*", name) for name in names):
        return rest, {}
    if "@" in after and ("@" not in before or not all(name in KNOWN for name in names)):
        return rest, {}
    options: dict[str, str] = {}
    for name, _, value in (part.partition("=") for part in after.split("&") if part):
        earlier = f"{options[name]}," if name in {"host", "port"} and name in options else ""
        options[name] = earlier + unquote(value)
    return before, options


def _libpq_words(text: str) -> dict[str, str]:
    """Return the words of `host=... dbname=...`."""
    try:
        words = [word.partition("=") for word in shlex.split(text)]
    except ValueError:
        words = []
    if not words or not all(found and name for name, found, _ in words):
        raise AddressUnreadable("it is not like postgresql://user:password@host:5432/database")
    return {name: value for name, _, value in words}


def _meanings(written: str) -> tuple[str, ...]:
    if not written:
        return ()
    decoded = unquote(written)
    is_raw = not RESERVED.isdisjoint(written)
    return tuple(dict.fromkeys((written, decoded) if is_raw else (decoded, written)))


def _hosts(written: str, ports: str) -> Iterator[tuple[str, int | None]]:
    """Give each host with its port: its own, or its place's in the list of ports, or the only one."""
    hosts = [unquote(host) for host in written.split(",") if host]
    listed = [_port(port) for port in ports.split(",") if port]
    if len(listed) > 1 and len(listed) != len(hosts):
        raise AddressUnreadable(f"it names {len(hosts)} hosts and {len(listed)} ports")
    if listed and not hosts:
        hosts = ["localhost"]
    for number, host in enumerate(hosts):
        usual = None if not listed else listed[number % len(listed)]
        name, port = _split(host)
        yield name, port or usual


def _split(host: str) -> tuple[str, int | None]:
    if host.startswith("/"):
        return host, None
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(.*))?", host)
    if bracketed:
        return bracketed[1], _port(bracketed[2]) if bracketed[2] else None
    try:
        return str(IPv6Address(host)), None
    except AddressValueError:
        name, _, port = host.partition(":")
    if not name:
        name = "localhost"
    if re.search(r"[\s@?#\\]", name):
        raise AddressUnreadable(
            "its host cannot be told from the rest; write the password in a setting of its own"
        )
    return name, _port(port) if port else None


def _port(written: str) -> int:
    if not written.isascii() or not written.isdecimal() or not 1 <= int(written) <= LARGEST_PORT:
        raise AddressUnreadable(f"{written[:12]!r} is no port; a port is a number from 1 to {LARGEST_PORT}")
    return int(written)


def _for_the_driver(options: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in options.items():
        if name in PLACES or name in NOT_FOR_US:
            continue
        if name not in {"ssl", "sslmode"}:
            yield name, value
            continue
        mode = SSL_WORDS.get(value.lower(), value.lower())
        if mode not in SSL_MODES:
            raise AddressUnreadable(f"{name}={value[:20]} is none of {', '.join(sorted(SSL_MODES))}")
        yield "sslmode", mode


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("/") else host
