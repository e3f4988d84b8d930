"""`tertium labels load FILE`: ground truth from a file, appended through the service."""

import asyncio
import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.place import fail
from app.cli.posting import Service, ServiceRefused
from app.triage.simulation.window import SMALLEST_CHANCE, TOO_SMALL

labels = typer.Typer(help="Ground truth.", no_args_is_help=True)

COLUMNS = ("transaction_id", "label", "source", "occurred_at", "learned_at")
#: May be missing, as a column and in any row.
PROPENSITY = "propensity"
HELP = (
    f"CSV with the columns {', '.join(COLUMNS)}, and {PROPENSITY} where it is known: the chance with which"
    " the source would have reported the transaction whatever the truth, 1 for a source that reports every"
    f" transaction and never below {SMALLEST_CHANCE}; left out where it cannot say, as for chargebacks."
    " The label is fraud, legit, or withdrawn: that takes back what the same source said of the transaction"
    " before."
)
ROWS_AT_ONCE = 1000
# The first row of a table with a header.
FIRST_LINE = 2


@labels.callback()
def group() -> None:
    """Ground truth."""


@labels.command("load")
def load(
    file: Annotated[Path, typer.Argument(help=HELP)],
    url: Annotated[str, typer.Option(envvar="TERTIUM_URL", help="Of the service.")] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option(envvar="TERTIUM_API_KEY", help="The client's key.")] = "",
) -> None:
    """Append what turned out to be true; loading a file twice changes nothing."""
    rows = _rows(file)
    try:
        accepted, refused = asyncio.run(_post(url, key, rows))
    except ServiceRefused as error:
        fail(f"Labels were not loaded: {error}.")
    for line in refused[:10]:
        typer.echo(line, err=True)
    typer.echo(f"{accepted:,} labels accepted, {len(refused):,} refused.")
    if refused:
        raise typer.Exit(1)


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                fail(f"{file} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}.")
            return [_label(file, number, row) for number, row in enumerate(reader, start=FIRST_LINE)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} cannot be read: {error}.")


def _label(file: Path, line: int, row: dict[str, str | None]) -> dict[str, Any]:
    label: dict[str, Any] = {name: row[name] or "" for name in COLUMNS}
    if told := row.get(PROPENSITY):
        label[PROPENSITY] = _propensity(file, line, told)
    return label


def _propensity(file: Path, line: int, told: str) -> float:
    try:
        propensity = float(told)
    except ValueError:
        fail(f"{file}, line {line}: propensity {told!r} is not a number.")
    # JSON has no NaN: it would arrive as not known.
    if not 0 < propensity <= 1:
        fail(f"{file}, line {line}: propensity {told} is not above 0 and at most 1.")
    if propensity < SMALLEST_CHANCE:
        fail(f"{file}, line {line}: propensity {told} is too small; {TOO_SMALL}.")
    return propensity


async def _post(url: str, key: str, rows: list[dict[str, Any]]) -> tuple[int, list[str]]:
    accepted, refused, first_line = 0, [], FIRST_LINE
    async with Service(url, key, concurrency=1) as service:
        await service.model()
        for chunk in _chunks(rows):
            reply = await service.post("/v1/labels", {"labels": chunk})
            if not reply.is_answer:
                raise ServiceRefused(f"lines {first_line} to {first_line + len(chunk) - 1}: {reply.problem}")
            accepted += reply.body["accepted"]
            refused += [
                f"line {first_line + place}: {result['transaction_id']}: {result['detail']}"
                for place, result in enumerate(reply.body["results"])
                if not result["accepted"]
            ]
            first_line += len(chunk)
    return accepted, refused


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, ROWS_AT_ONCE)):
        yield chunk
