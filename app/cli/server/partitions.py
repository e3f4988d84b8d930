"""`tertium partitions`: the months in which payments lie, and their end."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.server.place import DataDir, fail, in_transaction, settings_with
from app.database.payments.upkeep import partitions as stored

partitions = typer.Typer(help="Months of payments in the database.", no_args_is_help=True)
MEGABYTE = 1_000_000


@partitions.callback()
def group() -> None:
    """Payments lie in partitions, one a month: a month that is no longer to be kept here is detached."""


@partitions.command("list")
def list_partitions(data_dir: DataDir = None) -> None:
    """Show the partitions, their size and about how many payments they hold."""
    for each in in_transaction(settings_with(data_dir), stored.listed):
        typer.echo(
            f"{each.name:<20} {each.size_bytes / MEGABYTE:>10,.1f} MB  about {each.payments:,} payments"
        )


@partitions.command("detach")
def detach(
    month: Annotated[str, typer.Argument(help="The month, such as 2026-05; not this one or a later one.")],
    data_dir: DataDir = None,
) -> None:
    """Detach a month of payments with their links; its tables stay, to be dumped and dropped."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        fail(f"{month} is no month: write it as 2026-05.")
    if first >= datetime.now(UTC).date().replace(day=1):
        fail("This month and later ones are still written to.")
    names = in_transaction(settings_with(data_dir), lambda connection: _detached(connection, first))
    typer.echo(f"Detached: {', '.join(names)}. Cases, labels and verdicts on these payments stay.")


async def _detached(connection: AsyncConnection, month: date) -> list[str]:
    try:
        return await stored.detach(connection, month)
    except LookupError as error:
        fail(f"{str(error).capitalize()}.")
