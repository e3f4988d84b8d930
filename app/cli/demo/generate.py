"""`tertium data generate`: labelled payments of an invented world, and the schema that reads them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.printing import stop

if TYPE_CHECKING:
    from app.learning.payments_world.parameters import Parameters

SCHEMA = "schema.toml"
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)


def generate(
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV or Parquet, by its ending.")] = Path(
        "payments.parquet"
    ),
    *,
    days: Annotated[int, typer.Option(min=1, max=5_000, help="How many days.")] = 120,
    since: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default="2026-05-01", help="The first of them (UTC)."),
    ] = FIRST_DAY,
    cards: Annotated[
        int | None, typer.Option(min=10, max=1_000_000, help="How many cards pay, .8 times a day each.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same world.")] = 7,
) -> None:
    """Make labelled payments of an invented world, to try Tertium on; its schema is written beside them.

    A schema.toml that is there already and says something else is left alone, and nothing is written.
    """
    from app.datasets import DatasetRefused
    from app.datasets.payment_files.world_files import refuse_ending, world_schema_text, write_world
    from app.learning.payments_world.payments import payments_of_days
    from app.learning.payments_world.world import build_world

    schema, text = out.parent / SCHEMA, world_schema_text()
    try:
        refuse_ending(out)
        _refuse_another(schema, text)
        out.parent.mkdir(parents=True, exist_ok=True)
        world = build_world(_parameters(cards), seed=seed)
        first_day = (since.date() - date(1970, 1, 1)).days
        written, frauds = write_world(out, payments_of_days(world, first_day, days))
        schema.write_text(text, encoding="utf-8")
    except DatasetRefused as refused:
        stop(str(refused))
    except OSError as failed:
        stop(f"{failed.filename} cannot be written: {failed.strerror}")
    print(f"{written:,} invented payments, {frauds:,} of them frauds, are in {out}; {schema} reads them.")


def _parameters(cards: int | None) -> "Parameters":
    """Return the world's parameters; with another number of cards there are terminals in proportion."""
    from dataclasses import replace

    from app.learning.payments_world.parameters import Parameters

    usual = Parameters()
    if cards is None:
        return usual
    return replace(usual, cards=cards, terminals=max(cards * usual.terminals // usual.cards, usual.cities))


def _refuse_another(schema: Path, text: str) -> None:
    from app.datasets import DatasetRefused

    if schema.exists() and schema.read_text(encoding="utf-8") != text:
        raise DatasetRefused(
            f"{schema} is there already and says something else: choose another folder by -o"
        )
