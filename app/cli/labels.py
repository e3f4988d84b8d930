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

labels = typer.Typer(help="Ground truth.", no_args_is_help=True)

COLUMNS = ("transaction_id", "label", "source", "occurred_at", "learned_at")
ROWS_AT_ONCE = 1000


@labels.callback()
def group() -> None:
    """Ground truth."""


@labels.command("load")
def load(
    file: Annotated[Path, typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)}.")],
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


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                fail(f"{file} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}.")
            return [{name: row[name] or "" for name in COLUMNS} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} cannot be read: {error}.")


async def _post(url: str, key: str, rows: list[dict[str, str]]) -> tuple[int, list[str]]:
    accepted, refused, first_line = 0, [], 2
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


def _chunks(rows: list[dict[str, str]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, ROWS_AT_ONCE)):
        yield chunk
