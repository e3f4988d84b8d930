"""What every command that serves does: prepares the database, listens, runs beside, says what failed."""

import asyncio
import logging
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import typer

from app.cli.server.place import Place, fail
from app.observability.logs import configure, logger_of
from app.settings import Settings

if TYPE_CHECKING:
    from app.cli.server.http_server import Server

MOST_CONNECTIONS_WAITING = 2048
# Time for running requests to be answered when the service is told to stop.
GRACE_SECONDS = 10
# How soon an embedded server that was killed is noticed.
ALIVE_SECONDS = 2.0

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  (compared with, not bound)

logger = logger_of(__name__)


@contextmanager
def sentences_for_faults() -> Iterator[None]:
    """Turn what an operator can mend into one sentence."""
    from sqlalchemy.exc import DBAPIError

    from app.database.server.migrations import MigrationImpossible, MigrationNeeded
    from app.database.server.session import DatabaseUnavailable

    try:
        yield
    except ValueError as error:
        # Imported late: it brings torch, which a command that only adds a user need not wait for.
        from app.artifacts import ArtifactRefused
        from app.main.card_issuers import CardIssuersUnusable
        from app.main.card_numbers import CardNumberKeyUnusable
        from app.scoring.network.passes import DeviceUnavailable

        if isinstance(error, (ArtifactRefused, CardIssuersUnusable, CardNumberKeyUnusable)):
            fail(str(error))
        if isinstance(error, DeviceUnavailable):
            fail(f"TERTIUM_DEVICE: {error}.")
        raise
    except MigrationNeeded as error:
        fail(str(error.__doc__))
    except MigrationImpossible as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"The database refused: {' '.join(str(error.orig).split())[:300]}")
    except DatabaseUnavailable as error:
        fail(f"The database cannot be used just now: {error}. Check the server behind TERTIUM_DATABASE_URL.")


async def prepare_database(settings: Settings, url: str) -> None:
    """Migrate an embedded database; an external one is only checked."""
    from app.database.server import migrations

    if settings.database_url is None:
        await migrations.migrate(url, told=typer.echo)
    else:
        await migrations.check_migrated(url)


def make_server(settings: Settings, url: str, *, worker: int | None = None) -> "Server":
    """Return the HTTP server over the application, not started yet; `worker` is its number among several."""
    import uvicorn

    from app.cli.server.http_connection import KEEP_ALIVE_SECONDS, Connection
    from app.cli.server.http_server import Server
    from app.main import create_app, end_streams

    configure(log_format=settings.log_format, level=settings.log_level, worker=worker)
    app = create_app(settings, url)
    server = Server(
        uvicorn.Config(
            app,
            http=Connection,
            proxy_headers=False,  # `web/proxies` reads them, by our settings
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            log_level="warning",
            access_log=False,
            log_config=None,
            backlog=MOST_CONNECTIONS_WAITING,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        when_stopping=lambda: end_streams(app),
    )
    # Why the start failed is told by the command, in a sentence where there is one.
    logging.getLogger("uvicorn.error").addFilter(lambda _: server.start_fault is None)
    return server


def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a bound socket; ends the command with a sentence when the port is taken.

    A shared port is one that several of our processes listen on; the kernel spreads callers over them.
    """
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
    except (OSError, UnicodeError) as error:
        listening.close()
        why = error.strerror if isinstance(error, OSError) else "it is no name of a host"
        fail(f"Cannot listen on {host}:{port}: {why}. Choose another with --host and --port.")
    return listening


def is_taken(host: str, port: int) -> bool:
    """Whether something listens there already."""
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            return port != 0 and probe.connect_ex((host, port)) == 0
        except (OSError, UnicodeError):  # no such host: `listen` says so
            return False


def address(listening: socket.socket) -> str:
    """Return the URL of a bound socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def reached_at(settings: Settings, listening: socket.socket) -> str:
    """Return the URL by which people reach a bound socket."""
    if settings.public_url is not None:
        return settings.public_url
    host, port = listening.getsockname()[:2]
    return f"http://localhost:{port}" if host in EVERY_ADDRESS else address(listening)


async def keep_alive(place: Place) -> None:
    """Start an embedded server again whenever it has died under us; never returns."""
    from app.database.server.embedded import EmbeddedServerFailed

    while True:
        await asyncio.sleep(ALIVE_SECONDS)
        if place.revive is not None:
            try:
                await asyncio.to_thread(place.revive)
            except EmbeddedServerFailed:
                logger.exception("the embedded PostgreSQL is down and does not start")


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run works beside each other until one fails or all are told to stop; each has ended by then."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def run_with(server: "Server", listening: socket.socket, beside: Coroutine[Any, Any, None]) -> None:
    """Serve until told to stop, with something running beside; raises what stopped the start."""
    companion = asyncio.create_task(beside)

    def stop_when_it_fails(finished: "asyncio.Task[None]") -> None:
        if not finished.cancelled() and finished.exception() is not None:
            server.should_exit = True

    companion.add_done_callback(stop_when_it_fails)
    try:
        await server.serve(sockets=[listening])
    finally:
        companion.cancel()
        with suppress(asyncio.CancelledError):
            await companion
    if not server.started:
        raise typer.Exit(3)
