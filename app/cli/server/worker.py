"""One of the processes that serve on one port; started by the supervisor, which tells it what it is."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from app.cli.server.place import Place, database, run_to_the_end
from app.cli.server.running import listen, make_server, run_with, sentences_for_faults
from app.cli.server.supervisor import UP
from app.observability.siblings import Siblings
from app.settings import Settings

if TYPE_CHECKING:
    from app.cli.server.http_server import Server
    from app.web.services import Services


def main() -> None:
    """Serve until a signal comes, or the supervisor has gone."""
    told: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    settings = _own(Settings(**told["settings"]), told["number"])
    try:
        # An owner of the embedded server like any other: it lasts until the last worker has ended.
        with database(settings) as place, sentences_for_faults():
            run_to_the_end(_serve(settings, place, told["number"], Path(told["folder"])))
    except typer.Exit as ended:
        sys.exit(ended.exit_code)


def _own(settings: Settings, number: int) -> Settings:
    """Let each worker draw by chances of its own, where a seed was set, too."""
    if settings.seed is None:
        return settings
    return settings.model_copy(update={"seed": settings.seed + number})


async def _serve(settings: Settings, place: Place, number: int, folder: Path) -> None:
    server = make_server(settings, place.url, worker=number)

    async def beside() -> None:
        await server.is_up.wait()
        async with await _among_siblings(server, folder, number):
            sys.stdout.buffer.write(UP)
            sys.stdout.buffer.flush()
            await _supervisor_gone()
        server.should_exit = True

    await run_with(server, listen(settings.host, settings.port, is_shared=True), beside())


async def _among_siblings(server: "Server", folder: Path, number: int) -> asyncio.Server:
    """Let this worker tell the metrics of all, and all of them this worker's."""
    services: Services = cast("Any", server.config.app).state.services
    siblings = services.metrics.siblings = Siblings(folder, number, exposition=services.exposition)
    return await siblings.listen()


async def _supervisor_gone() -> None:
    """Return when the supervisor's end of our input is closed, which the kernel does however it died."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    await reader.read()


if __name__ == "__main__":
    main()
