"""`tertium history rebuild`: what cards or devices did before, worked out anew from stored payments."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.server.place import DataDir, database, fail, run_to_the_end, settings_with
from app.cli.server.running import prepare_database, sentences_for_faults
from app.settings import Settings

if TYPE_CHECKING:
    from app.database.payments.history.rebuilds import Rebuilt
    from app.scoring.schema.history import KeptHistory

history = typer.Typer(help="What cards, terminals or devices did before.", no_args_is_help=True)
#: Reading all payments takes longer than a page may.
STATEMENT_TIMEOUT_MS = 600_000
#: Of the longest window, before the label's delay.
WINDOW = timedelta(days=30)


@history.callback()
def group() -> None:
    """Models with [[history]] read what a card did before; it is kept while such a model is in use."""


@history.command("rebuild")
def rebuild(
    models_dir: Annotated[
        Path | None, typer.Option(help="Folder of the model versions. Default: the service's.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Work out anew, from stored payments, every history that a model in use or in shadow reads."""
    settings = settings_with(data_dir, models_dir=models_dir)
    with database(settings) as place, sentences_for_faults():
        for kept, told in run_to_the_end(_rebuilt(settings, place.url)):
            typer.echo(_sentence(kept, told))


async def _rebuilt(settings: Settings, url: str) -> "list[tuple[KeptHistory, Rebuilt]]":
    from app.database.clock import DatabaseClock
    from app.database.server.session import connect, transaction
    from app.workflows.models.serving import LoadedModels, Serving
    from app.workflows.payments.history.book import histories_in_force
    from app.workflows.payments.history.rebuilding import HistoryRebuild, PassedBy, RebuildRunning

    await prepare_database(settings, url)
    engine = connect(url, pool_size=1, max_overflow=0, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    try:
        clock = DatabaseClock()
        async with transaction(engine) as connection:
            await clock.read(connection)
        serving = Serving(engine, LoadedModels(settings.models_dir, device="cpu"))
        await serving.refresh()
        kept = histories_in_force(serving.pair, serving.shadows)
        if not kept:
            fail("No model in use reads a history: put one that does in shadow, then rebuild.")
        told = await HistoryRebuild(engine, clock=clock, watch=lambda _: None).run(kept)
        return list(zip(kept, told, strict=True))
    except RebuildRunning:
        fail("Another rebuild is running in this database.")
    except PassedBy:
        fail("Payments still arrive that this history does not count: is its model on every machine?")
    finally:
        await engine.dispose()


def _sentence(kept: "KeptHistory", told: "Rebuilt") -> str:
    from app.scoring.schema.history_features import update_name

    name = f"{update_name(kept).replace(': update', '')}, {kept.currency}"
    if told.oldest_at is None:
        return f"{name}: no stored payment names one; nothing changed."
    needed = (WINDOW + timedelta(days=kept.delay_days or 0)).days
    return (
        f"{name}: {told.keys:,} rebuilt from {told.payments:,} payments since"
        f" {told.oldest_at:%Y-%m-%d %H:%M} UTC. Windows are whole where payments of {needed} days are stored."
    )
