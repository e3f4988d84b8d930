"""Where a command finds its database: the environment's, or the embedded one in a data folder."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.server.environment import fail, read_settings
from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = [
    "DataDir",
    "Place",
    "database",
    "fail",
    "in_transaction",
    "run_to_the_end",
    "settings_with",
    "utc_now",
]

Result = TypeVar("Result")
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the embedded PostgreSQL (default .tertium, or TERTIUM_DATA_DIR);"
        " not used when TERTIUM_DATABASE_URL names a server.",
    ),
]


def settings_with(data_dir: Path | None, **values: object) -> Settings:
    """Return the environment's settings, the command's own options first."""
    if data_dir is not None:
        values["data_dir"] = data_dir
    return read_settings({name: value for name, value in values.items() if value is not None})


def utc_now() -> datetime:
    """Return the time, as the commands' clock tells it."""
    return datetime.now(UTC)


def run_to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on the fast event loop."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database: its address, and how it is started again when it dies, if that is ours to do."""

    url: str
    revive: Callable[[], None] | None


def in_transaction(settings: Settings, work: "Callable[[AsyncConnection], Awaitable[Result]]") -> Result:
    """Do something in one transaction of the database; raises `MigrationNeeded`, and what the work raises."""
    from app.database.server.migrations import check_migrated
    from app.database.server.session import connect, transaction

    async def done(url: str) -> Result:
        await check_migrated(url)
        engine = connect(url, pool_size=1)
        try:
            async with transaction(engine) as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    with database(settings) as place:
        return run_to_the_end(done(place.url))


@contextmanager
def database(settings: Settings, *, patience_seconds: float = 0) -> Iterator[Place]:
    """Give the database; an embedded server runs at least as long as the block.

    Another server is looked at first: why it cannot be used is one sentence. One that does not answer is
    asked again for so many seconds.
    """
    from app.database.server.embedded import EmbeddedServerFailed, attach

    if settings.database_url is not None:
        yield Place(url=asyncio.run(_usable_url(settings, patience_seconds)), revive=None)
        return
    if settings.database_password or settings.database_password_file:
        fail("TERTIUM_DATABASE_PASSWORD is set, and TERTIUM_DATABASE_URL names no database that it opens.")
    try:
        server = attach(settings.data_dir)
    except EmbeddedServerFailed as error:
        fail(str(error))
    with server:
        yield Place(url=server.url(), revive=server.revive)


async def _usable_url(settings: Settings, patience_seconds: float) -> str:
    from app.database.server.address import AddressUnreadable, read_address
    from app.database.server.checks import DatabaseUnfit, usable_url

    try:
        address = read_address(settings.database_url or "", password=_password(settings))
        return await usable_url(
            address, patience_seconds=patience_seconds, say=lambda sentence: typer.echo(sentence, err=True)
        )
    except AddressUnreadable as error:
        fail(f"TERTIUM_DATABASE_URL cannot be read: {error}.")
    except DatabaseUnfit as error:
        fail(str(error))


def _password(settings: Settings) -> str | None:
    """Return the password that is set beside the address, if there is one."""
    if settings.database_password is not None:
        return settings.database_password.get_secret_value()
    if settings.database_password_file is None:
        return None
    try:
        text = settings.database_password_file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        fail(f"TERTIUM_DATABASE_PASSWORD_FILE ({settings.database_password_file}) cannot be read: {why}.")
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        fail(f"TERTIUM_DATABASE_PASSWORD_FILE ({settings.database_password_file}) is empty.")
    return password
