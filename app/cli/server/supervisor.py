"""Several processes that serve on one port: started, watched, started anew when they die, stopped together.

Each worker has an event loop, a model and database connections of its own; what must hold for all of them
lies in the database, as it does for replicas on several machines (decision 32). The supervisor serves nobody:
it migrates, keeps the port, says where the service is reached, and looks after the embedded server.
"""

import asyncio
import contextlib
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine
from tempfile import TemporaryDirectory
from typing import Any

import typer

from app.cli.server.place import Place
from app.cli.server.running import (
    GRACE_SECONDS,
    address,
    keep_alive,
    listen,
    prepare_database,
    reached_at,
    together,
)
from app.observability.logs import configure, logger_of
from app.settings import Settings

#: What a worker says once it takes requests.
UP = b"up\n"
# Beyond the time that a server gives its requests: connections to the database have to be closed, too.
STOP_SECONDS = GRACE_SECONDS + 10
# A worker that dies within this time of its start is started anew after a pause that doubles.
YOUNG_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0

logger = logger_of(__name__)


async def supervise(settings: Settings, place: Place) -> None:
    """Serve by as many processes as the settings say, until told to stop."""
    from app.database.server.presence import announce

    configure(log_format=settings.log_format, level=settings.log_level)
    await prepare_database(settings, place.url)
    # Bound alone first: a port that others share with each other would let us join them unnoticed.
    listen(settings.host, settings.port).close()
    with (
        listen(settings.host, settings.port, is_shared=True) as port,  # kept, and never listened on
        TemporaryDirectory(prefix="tertium-") as folder,
    ):
        crew = Crew(settings, port=port.getsockname()[1], folder=folder)

        async def beside() -> None:
            await crew.all_up.wait()
            typer.echo(f"Tertium listens on {address(port)} with {settings.workers} workers")
            await together(announce(place.url, reached_at(settings, port)), keep_alive(place))

        await crew.run_with(beside())


class Crew:
    """The workers of one port."""

    def __init__(self, settings: Settings, *, port: int, folder: str) -> None:
        self._settings = settings
        self._port = port
        #: Where workers find each other.
        self._folder = folder
        self._up: set[int] = set()
        self._running: dict[int, Process] = {}
        self._is_stopping = asyncio.Event()
        #: Set when each worker has taken requests once.
        self.all_up = asyncio.Event()

    async def run_with(self, beside: Coroutine[Any, Any, None]) -> None:
        """Keep all workers until a signal, with something running beside; raises what either raises."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        keepers = [asyncio.create_task(self._keep(number)) for number in range(1, self._settings.workers + 1)]
        companion, stopping = asyncio.create_task(beside), asyncio.create_task(self._is_stopping.wait())
        try:
            done, _ = await asyncio.wait({*keepers, companion, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._is_stopping.set()
            await self._stop()
            for task in (companion, stopping, *keepers):
                task.cancel()
            await asyncio.gather(companion, stopping, *keepers, return_exceptions=True)
        for task in done:
            task.result()

    def _told_to_stop(self) -> None:
        """Let all finish what they began; told so again, end them."""
        if self._is_stopping.is_set():
            for process in self._running.values():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        self._is_stopping.set()

    async def _keep(self, number: int) -> None:
        """Let a worker run, and another in its place when it ends, until all are to stop.

        Raises `typer.Exit` where the first one ends before it took requests: it has said why.
        """
        pause = FIRST_PAUSE_SECONDS
        while not self._is_stopping.is_set():
            began = time.monotonic()
            process = await self._started(number)
            if process.stdout is not None and await process.stdout.readline() == UP:
                self._up.add(number)
                if len(self._up) == self._settings.workers:
                    self.all_up.set()
            code = await process.wait()
            if self._is_stopping.is_set():
                return
            if number not in self._up:
                raise typer.Exit(code or 3)
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > YOUNG_SECONDS else pause * 2
            logger.error("a worker ended and is started anew", worker=number, result=str(code))
            await asyncio.sleep(min(pause, LONGEST_PAUSE_SECONDS))

    async def _started(self, number: int) -> Process:
        """Start a worker; it ends when its input does, so that it never outlives us."""
        command = [sys.executable, "-P", "-m", "app.cli.server.worker"]
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        self._running[number] = process
        if self._is_stopping.is_set():
            process.terminate()
        told = {"number": number, "folder": self._folder, "settings": self._told() | {"port": self._port}}
        if process.stdin is not None:
            process.stdin.write(json.dumps(told).encode() + b"\n")
        return process

    def _told(self) -> dict[str, Any]:
        """Return what the command line may have set; all else a worker reads where we did."""
        return {"host": self._settings.host, "data_dir": str(self._settings.data_dir)}

    async def _stop(self) -> None:
        """Tell all workers to finish what they began, and wait for it, but not for ever."""
        running = [process for process in self._running.values() if process.returncode is None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        if not running:
            return
        ends = [asyncio.create_task(process.wait()) for process in running]
        _, late = await asyncio.wait(ends, timeout=STOP_SECONDS)
        for process in running:
            if late and process.returncode is None:
                process.kill()
        await asyncio.gather(*ends)
