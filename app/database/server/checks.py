"""Whether a server can be used: checked before anything else, each refusal as one sentence."""

import asyncio
import ssl
import time
from collections.abc import Callable

import asyncpg

from app.database.server.address import DatabaseAddress

CONNECT_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 3.0
# Our statements are tried on this version and newer ones.
OLDEST_VERSION = 15
ENCODING = "UTF8"

# Set on the connection as it is opened: a pooler between us and the server refuses or forgets it.
MARK = "tertium.direct"
POOLER = (
    "a connection pooler (such as pgbouncer) answers there. Tertium listens for news and keeps settings on"
    " its connections, which a pooler would mix up, and pools them itself; give it the address of PostgreSQL"
    " (TERTIUM_POOL_SIZE says how many connections one process keeps)"
)
# A server that starts, stops, restarts or is full answers otherwise a little later.
PASSING = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TargetServerAttributeNotMatched,  # no primary among the hosts yet: one is being made
)


class DatabaseUnfit(Exception):
    """This database cannot be used as it is; the sentence says what to do."""


class ServerSilent(Exception):
    """The server does not answer yet."""


async def usable_url(
    address: DatabaseAddress, *, patience_seconds: float = 0, say: Callable[[str], None] = lambda _: None
) -> str:
    """Return the address for an engine, with the meaning of its password that the server takes.

    A server that does not answer is asked again for so long, and `say` told once. Raises `DatabaseUnfit`.
    """
    give_up_at, pause, has_said = time.monotonic() + patience_seconds, FIRST_PAUSE_SECONDS, False
    while True:
        try:
            return await _answered_url(address)
        except ServerSilent as silent:
            if time.monotonic() + pause > give_up_at:
                raise DatabaseUnfit(str(silent)) from silent.__cause__
            if not has_said:
                say(f"{silent} Asking again for up to {patience_seconds:.0f} seconds ...")
                has_said = True
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _answered_url(address: DatabaseAddress) -> str:
    """Return the address by the first password that opens; raises `DatabaseUnfit` and `ServerSilent`."""
    meanings: tuple[str | None, ...] = address.passwords or (None,)
    for password in meanings:
        try:
            await _look_at(address, password)
        except asyncpg.InvalidPasswordError as refused:
            if password == meanings[-1]:
                raise DatabaseUnfit(_sentence(address, refused)) from refused
        except PASSING as passing:
            if isinstance(passing, ssl.SSLError | asyncpg.ClientConfigurationError):
                raise DatabaseUnfit(_sentence(address, passing)) from passing
            raise ServerSilent(_sentence(address, passing)) from passing
        except (
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            ValueError,
        ) as refused:
            raise DatabaseUnfit(_sentence(address, refused)) from refused
        else:
            return address.url(password)
    raise AssertionError("there is at least one meaning")


async def _look_at(address: DatabaseAddress, password: str | None) -> None:
    connection = await asyncpg.connect(
        address.dsn(password), timeout=CONNECT_SECONDS, statement_cache_size=0, server_settings={MARK: "yes"}
    )
    try:
        [found] = await connection.fetch(
            "SELECT current_setting('server_version_num')::int / 10000 AS version,"
            " current_setting('server_encoding') AS encoding, current_database() AS name,"
            f" current_setting('{MARK}', true) AS mark, pg_is_in_recovery() AS is_standby"
        )
    finally:
        await connection.close(timeout=CONNECT_SECONDS)
    why_not = _why_not(address, found)
    if why_not is not None:
        raise DatabaseUnfit(why_not)


def _why_not(address: DatabaseAddress, found: asyncpg.Record) -> str | None:
    """Return why a server that answers cannot be ours, and what to do."""
    if found["mark"] != "yes":
        return f"At {address.place} {POOLER}."
    if found["version"] < OLDEST_VERSION:
        return (
            f"The server at {address.place} is PostgreSQL {found['version']}; Tertium needs {OLDEST_VERSION}"
            " or newer."
        )
    if found["encoding"] != ENCODING:
        return (
            f"The database {found['name']} at {address.place} is encoded in {found['encoding']}, which cannot"
            f" hold every name; make one with CREATE DATABASE ... ENCODING '{ENCODING}' TEMPLATE template0."
        )
    if found["is_standby"]:
        return (
            f"The server at {address.place} is a standby, which only reads; give the primary's address, or"
            " name all of them and add ?target_session_attrs=read-write."
        )
    return None


def _sentence(address: DatabaseAddress, error: Exception) -> str:
    """Return what stands in the way, and what to do."""
    where, who = address.place, f"the user {address.user}" if address.user else "the user"
    said = _said(error)
    if isinstance(error, asyncpg.InvalidPasswordError):
        return (
            f"The server at {where} refuses the password of {who}. Signs in it need no encoding;"
            " TERTIUM_DATABASE_PASSWORD or TERTIUM_DATABASE_PASSWORD_FILE take it as it stands."
        )
    if isinstance(error, asyncpg.ProtocolViolationError):
        return f"At {where} {POOLER}. It says: {said}."
    if isinstance(error, ssl.SSLError | asyncpg.ClientConfigurationError):
        return f"The server at {where} cannot be reached as the address asks: {said}."
    if isinstance(error, asyncpg.PostgresError):
        return f"The server at {where} says: {said}.{_advice(error, who)}"
    return (
        f"The database at {where} does not answer ({said});"
        " check TERTIUM_DATABASE_URL and the server behind it."
    )


def _advice(error: asyncpg.PostgresError, who: str) -> str:
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return (
            f" Make it with CREATE DATABASE ... ENCODING '{ENCODING}' TEMPLATE template0,"
            " or name another one in TERTIUM_DATABASE_URL."
        )
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f" Give {who} that right (GRANT CONNECT ON DATABASE ...)."
    return ""


def _said(error: Exception) -> str:
    """Return the error's own words on one line; a connection's time-out has none."""
    words = " ".join(str(error).split()).rstrip(".")
    return words or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
