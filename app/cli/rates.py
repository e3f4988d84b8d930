"""`tertium rates`: exchange rates from a file, kept in the database with their dates."""

import asyncio
import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.server.place import DataDir, database, fail, settings_with
from app.database.payments import exchange_rates as stored
from app.database.server.migrations import check_migrated
from app.database.server.session import connect, transaction
from app.review.currency_rates import COLUMNS, Rate, RatesUnclear, RateTable, rate_of
from app.settings import Settings

rates = typer.Typer(help="Exchange rates.", no_args_is_help=True)


@rates.callback()
def group() -> None:
    """Exchange rates: by them amounts of several currencies are compared."""


@rates.command("load")
def load(
    file: Annotated[
        Path,
        typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)}: what one unit is worth, and when."),
    ],
    data_dir: DataDir = None,
) -> None:
    """Keep the rates of a file; a running service takes them up within seconds."""
    settings = settings_with(data_dir)
    told = read(file, base=settings.base_currency, today=datetime.now(UTC).date())
    asyncio.run(_keep(settings, told))
    typer.echo(f"{len(told)} rates to {settings.base_currency} kept.")


@rates.command("show")
def show(data_dir: DataDir = None) -> None:
    """Show the rates that hold now."""
    settings = settings_with(data_dir)
    table = asyncio.run(_current(settings))
    for code, each in sorted(table.rates.items()):
        typer.echo(f"{code}  {each.rate:f} {table.base}  as of {each.as_of}")
    if not table.rates:
        typer.echo(f"No rates are kept: amounts in other currencies than {table.base} count as urgent.")


def read(file: Path, *, base: str, today: date) -> list[Rate]:
    """Return a file's rates; what is wrong with it is told, and ends the command."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                fail(f"{file} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}.")
            told = [rate_of(row, base=base, today=today, line=reader.line_num) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} cannot be read: {error}.")
    except RatesUnclear as error:
        fail(f"No rate was kept; {error}.")
    if not told:
        fail(f"{file} holds no rates.")
    return told


async def _keep(settings: Settings, told: list[Rate]) -> None:
    with database(settings) as found:
        await check_migrated(found.url)
        engine = connect(found.url)
        async with transaction(engine) as connection:
            await stored.add(connection, settings.base_currency, told, now=datetime.now(UTC))
        await engine.dispose()


async def _current(settings: Settings) -> RateTable:
    with database(settings) as found:
        await check_migrated(found.url)
        engine = connect(found.url)
        async with transaction(engine) as connection:
            table = await stored.current(connection, settings.base_currency)
        await engine.dispose()
    return table
