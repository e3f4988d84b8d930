"""What `tertium train --from-database` was asked for: which payments, known when, by whose silence."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from app.cli.training.labelled_files import Window, utc


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaymentsAsked:
    """The options of the command."""

    window: Window
    #: None: now.
    known_at: datetime | None
    #: A source and the share of frauds that it reports; None: silence is no truth.
    source: tuple[str, float] | None


def stored_asked(
    data: Path | None,
    window: Window,
    *,
    from_database: bool,
    known_at: datetime | None,
    source_share: str | None,
) -> StoredPaymentsAsked | None:
    """Return what is asked of the database, None where a file is; raises `typer.BadParameter`."""
    if not from_database:
        if known_at is not None or source_share is not None:
            raise typer.BadParameter("--known-at and --source-share are of --from-database")
        return None
    if data is not None:
        raise typer.BadParameter("--from-database reads stored payments: name no file")
    return StoredPaymentsAsked(window=window, known_at=utc(known_at), source=_source(source_share))


def _source(told: str | None) -> tuple[str, float] | None:
    if told is None:
        return None
    name, _, number = told.rpartition("=")
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not name or not 0 < share <= 1:
        raise typer.BadParameter(f"{told}: write a source and a share above 0, such as chargeback=0.95")
    return name, share
