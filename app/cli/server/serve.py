"""`tertium serve` and `tertium migrate`: the service, and its database brought up to date."""

from typing import Annotated

import typer

from app.cli.server.place import DataDir, Place, database, run_to_the_end, settings_with
from app.cli.server.running import (
    address,
    keep_alive,
    listen,
    make_server,
    prepare_database,
    reached_at,
    run_with,
    sentences_for_faults,
    together,
)
from app.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (default 8000); 0 takes a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve together on the port (default 1).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the service, with its own PostgreSQL unless TERTIUM_DATABASE_URL names one."""
    from app.cli.server.supervisor import supervise

    settings = settings_with(data_dir, host=host, port=port, workers=workers)
    with database(settings) as place, sentences_for_faults():
        run_to_the_end(_serve(settings, place) if settings.workers == 1 else supervise(settings, place))


def migrate(
    data_dir: DataDir = None,
    wait: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds to wait for a database that does not answer yet.")
    ] = 0,
) -> None:
    """Bring the database to the newest schema."""
    from app.database.server import migrations

    with (
        database(settings_with(data_dir), patience_seconds=wait) as place,
        sentences_for_faults(),
    ):
        run_to_the_end(migrations.migrate(place.url, told=typer.echo))
    typer.echo("The database is at the newest migration.")


async def _serve(settings: Settings, place: Place) -> None:
    from app.database.server.presence import announce

    await prepare_database(settings, place.url)
    server = make_server(settings, place.url)
    listening = listen(settings.host, settings.port)

    async def beside() -> None:
        await server.is_up.wait()
        typer.echo(f"Tertium listens on {address(listening)}")
        await together(announce(place.url, reached_at(settings, listening)), keep_alive(place))

    await run_with(server, listening, beside())
