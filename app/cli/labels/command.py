"""`tertium labels load FILE`: ground truth from a file, appended through the service."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.labels.rows import COLUMNS, PROPENSITY, LabelFile, LabelRow, read_labels
from app.cli.posting import Reply, Service, ServiceRefused
from app.cli.server.place import fail
from app.datasets import DatasetRefused
from app.datasets.refusal import shown_line
from app.triage.simulation.window import SMALLEST_CHANCE

labels = typer.Typer(help="Ground truth.", no_args_is_help=True)

HELP = (
    f"CSV with the columns {', '.join(COLUMNS)}, and {PROPENSITY} where it is known: the chance with which"
    " the source would have reported the transaction whatever the truth, 1 for a source that reports every"
    f" transaction and never below {SMALLEST_CHANCE}; left out where it cannot say, as for chargebacks."
    " The label is fraud, legit, or withdrawn: that withdraws what the same source said of the transaction"
    " before."
)
ROWS_AT_ONCE = 1000
# Enough to see what is wrong; thousands of equal lines say no more.
REFUSALS_TOLD = 10
# How the service names the row of a list that it refuses.
ROW_REFUSED = re.compile(r"labels\.([0-9]+)(?:\.|$)")


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
    try:
        read = read_labels(file)
    except DatasetRefused as refused:
        fail(f"{refused}.")
    if read.note:
        _say(read.note, style="yellow")
    loading = Loading(read)
    try:
        asyncio.run(loading.run(url, key))
    except ServiceRefused as error:
        if not loading.rows_done:
            fail(f"Labels were not loaded: {shown_line(str(error))}.")
        _say(str(error))
    _tell(loading)
    if loading.accepted < len(read.rows):
        raise typer.Exit(1)


def _tell(loading: "Loading") -> None:
    for line in loading.refused[:REFUSALS_TOLD]:
        _say(line)
    if len(loading.refused) > REFUSALS_TOLD:
        _say(f"... and {len(loading.refused) - REFUSALS_TOLD:,} more")
    typer.echo(f"{loading.accepted:,} labels accepted, {len(loading.refused):,} refused.")
    if loading.repeated:
        typer.echo(f"{loading.repeated:,} of the accepted ones were there already.")
    if loading.accepted < len(loading.file.rows):
        _say(loading.totals())


@dataclass(slots=True)
class Loading:
    """One file on its way into the service, and what became of its rows so far."""

    file: LabelFile
    accepted: int = 0
    repeated: int = 0
    #: Rows about which the service has said something.
    rows_done: int = 0
    #: One sentence for each row it did not take.
    refused: list[str] = field(default_factory=list)

    async def run(self, url: str, key: str) -> None:
        """Post all rows in the order of the file. Raises `ServiceRefused` when the service goes away."""
        async with Service(url, key, concurrency=1) as service:
            await service.model()
            for first in range(0, len(self.file.rows), ROWS_AT_ONCE):
                await self._post(service, self.file.rows[first : first + ROWS_AT_ONCE])

    def totals(self) -> str:
        """Return what became of the file as a whole, and how to go on."""
        rows = self.file.rows
        rest = rows[self.rows_done :]
        left = f" Lines {rest[0].line} to {rest[-1].line} were not reached." if rest else ""
        return (
            f"{self.accepted:,} of {len(rows):,} rows of {self.file.name} are loaded,"
            f" {len(self.refused):,} were refused.{left} The same command loads what is missing"
        )

    async def _post(self, service: Service, rows: Sequence[LabelRow]) -> None:
        """Post rows; when the service names some that it refuses, the others alone."""
        reply = await service.post("/v1/labels", {"labels": [row.body for row in rows]})
        if reply.is_answer:
            self._count(rows, reply)
            return
        named = _rows_named(reply, len(rows))
        if not named:
            raise ServiceRefused(f"lines {rows[0].line} to {rows[-1].line}: {reply.problem}")
        self.refused += [f"line {rows[place].line}: {why}" for place, why in named.items()]
        self.rows_done += len(named)
        others = [row for place, row in enumerate(rows) if place not in named]
        if others:
            await self._post(service, others)

    def _count(self, rows: Sequence[LabelRow], reply: Reply) -> None:
        self.rows_done += len(rows)
        self.accepted += reply.body["accepted"]
        self.repeated += reply.body.get("repeated", 0)
        self.refused += [
            f"line {row.line}: {result['transaction_id']}: {result['detail']}"
            for row, result in zip(rows, reply.body["results"], strict=True)
            if not result["accepted"]
        ]


def _rows_named(reply: Reply, rows: int) -> dict[int, str]:
    """Return the places (from 0) of the rows that a refusal of all names, each with what is wrong."""
    if reply.status != 422 or not isinstance(reply.body, dict):
        return {}
    named: dict[int, str] = {}
    for error in reply.body.get("errors") or ():
        found = ROW_REFUSED.match(str(error.get("field", "")))
        if found is not None and int(found[1]) < rows:
            about = str(error["field"])[found.end() :]
            named.setdefault(
                int(found[1]), f"{about}: {error.get('detail')}" if about else str(error.get("detail"))
            )
    return named


def _say(sentence: str, style: str = "red") -> None:
    words = f"{shown_line(sentence).rstrip('.')}."
    Console(stderr=True).print(words, style=style, soft_wrap=True, markup=False, highlight=False)
