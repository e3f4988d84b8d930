"""`tertium doctor`: looks at everything the service depends on, and says what to do."""

import json
import os
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from app.cli.doctor import database as doctor_database
from app.cli.doctor import machine
from app.cli.doctor.findings import Finding, State, as_document, fail, warn, worst
from app.cli.server.place import DataDir, database, run_to_the_end, settings_with
from app.settings import Settings

COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    consistency: Annotated[
        bool,
        typer.Option("--consistency", help="Also prove that nothing points to a payment that is missing."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Look at database, clock, disk, models and settings; exit 1 where the service cannot work."""
    findings = [machine.versions(), *machine.settings_read(os.environ)]
    try:
        settings = settings_with(data_dir)
    except ValidationError as error:
        findings += _unreadable(error)
    else:
        findings += [*machine.models(settings), *_place(settings, consistency=consistency)]
    if as_json:
        typer.echo(json.dumps(as_document(findings), indent=2))
    else:
        _print(findings)
    raise typer.Exit(1 if worst(findings) is State.FAIL else 0)


def _unreadable(error: ValidationError) -> list[Finding]:
    """Return each setting that cannot be read; its value may be a secret."""
    return [
        fail("settings", f"TERTIUM_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}", "Correct it.")
        for each in error.errors(include_input=False, include_url=False)
    ]


def _place(settings: Settings, *, consistency: bool) -> list[Finding]:
    if settings.database_url is None:
        disk = machine.disk(settings)
        if not settings.data_dir.expanduser().exists():
            advice = "`tertium serve` makes one; with TERTIUM_DATABASE_URL it uses another server."
            return [disk, warn("database", f"there is no database in {settings.data_dir} yet", advice)]
    else:
        disk = None
    try:
        with database(settings) as place:
            found = run_to_the_end(
                doctor_database.database(place.url, pool_size=settings.pool_size, workers=settings.workers)
            )
            if consistency and worst(found) is not State.FAIL:
                found += run_to_the_end(doctor_database.consistency(place.url))
    except typer.Exit:
        found = [fail("database", "it cannot be opened", "See the sentence on standard error.")]
    return found if disk is None else [disk, *found]


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for each in findings:
        console.print(f"{each.state.value:<5}", style=COLOURS[each.state], end="")
        console.print(f"{each.check}: {each.told}")
        if each.advice:
            console.print(f"     {each.advice}")
