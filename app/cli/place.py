"""Where a command finds its database: the environment's, or the embedded one in a data folder."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from app.settings import Settings

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
    return Settings(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]


def utc_now() -> datetime:
    """Return the time, as the commands' clock tells it."""
    return datetime.now(UTC)


def run_to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on the fast event loop."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def fail(sentence: str) -> NoReturn:
    """End the command with one clear sentence."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database: its address, and how it is started again when it dies, if that is ours to do."""

    url: str
    revive: Callable[[], None] | None


@contextmanager
def database(settings: Settings) -> Iterator[Place]:
    """Give the database; an embedded server runs at least as long as the block."""
    from app.database.embedded import EmbeddedServerFailed, attach

    if settings.database_url is not None:
        yield Place(url=settings.database_url, revive=None)
        return
    try:
        server = attach(settings.data_dir)
    except EmbeddedServerFailed as error:
        fail(str(error))
    with server:
        yield Place(url=server.url(), revive=server.revive)
