"""What the commands about policies are given: versions, files and windows."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.policy.client import PolicyService
from app.cli.server.place import fail, utc_now

Version = Annotated[str, typer.Argument(help="Number of a version, or `active`.")]
VersionOrFile = Annotated[str, typer.Argument(help="Number of a version, `active`, or a file.")]
Since = Annotated[
    str | None,
    typer.Option(help="Look back from this moment on (ISO 8601; without a zone UTC). Default: 7 days ago."),
]
Until = Annotated[str | None, typer.Option(help="Look back up to this moment. Default: now.")]


def is_version(named: str) -> bool:
    """Whether an argument names a version; everything else is a file."""
    return named == "active" or (named.isdecimal() and named.isascii())


def document_of(service: PolicyService, named: str) -> dict[str, Any]:
    """Return the document of a version, or of a file; ends the command when there is none."""
    from app.cli.policy.files import read_policy_file

    if is_version(named):
        document: dict[str, Any] = service.version(named)["document"]
        return document
    return read_policy_file(Path(named)).document


def window_of(since: str | None, until: str | None) -> dict[str, str] | None:
    """Return the window as the service takes it, None for the usual one; ends the command when it is none."""
    if since is None and until is not None:
        fail("--until needs a --since, too.")
    if since is None:
        return None
    end = utc_now() if until is None else moment_of(until)
    return {"since": moment_of(since).isoformat(), "until": end.isoformat()}


def percent_of(text: str | float) -> float:
    """Return a percentage somebody typed; raises `BadParameter` for what is not digits with a point."""
    if isinstance(text, float):  # the default
        return text
    # Python reads 1_0 as ten, digits of other scripts as numbers, and nan as one.
    if not re.fullmatch(r"[0-9]{1,17}(\.[0-9]{1,17})?", text):
        raise typer.BadParameter(
            f"{text} is no percentage; write digits, with a point before decimals: 12.5."
        )
    return float(text)


def moment_of(text: str) -> datetime:
    """Return a moment somebody typed, in UTC where it says no zone; ends the command when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text} is no moment; write it as 2026-05-01T12:00Z.")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
