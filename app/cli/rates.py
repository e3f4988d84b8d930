"""`tertium rates`: exchange rates from a file, kept in the database with their dates."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.server.place import DataDir, fail, in_transaction, settings_with
from app.database.payments import exchange_rates as stored
from app.review.currency_rates import COLUMNS, Rate, RatesUnclear, rate_of

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
    now, base = datetime.now(UTC), settings.base_currency
    in_transaction(settings, lambda connection: stored.add(connection, base, told, now=now))
    typer.echo(f"{len(told)} rates to {settings.base_currency} kept.")


@rates.command("show")
def show(data_dir: DataDir = None) -> None:
    """Show the rates that hold now."""
    settings = settings_with(data_dir)
    table = in_transaction(settings, lambda connection: stored.current(connection, settings.base_currency))
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
