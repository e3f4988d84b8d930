"""`tertium schema infer FILE`: a first schema of a team's own payments, to be read and changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.printing import stop

if TYPE_CHECKING:
    from app.learning.schema_inference.infer import Inference
    from app.learning.schema_inference.sample import Answers

schema = typer.Typer(help="What the columns of your own payments are.", no_args_is_help=True)

#: The schema was written, and something in it is yours to say.
ASKED = 3


@schema.callback()
def group() -> None:
    """What the columns of your own payments are."""


@schema.command("infer")
def infer_schema(  # noqa: PLR0913  # each question has its option
    file: Annotated[Path, typer.Argument(help="Payments as CSV (any delimiter) or Parquet, gzip or not.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the schema is written.")] = Path(
        "schema.toml"
    ),
    *,
    label: Annotated[str, typer.Option(help="Column that says fraud or not.", metavar="COLUMN")] = "",
    amount: Annotated[str, typer.Option(help="Column of the amount.", metavar="COLUMN")] = "",
    time: Annotated[str, typer.Option(help="Column of the payment's moment.", metavar="COLUMN")] = "",
    id_: Annotated[str, typer.Option("--id", help="Column of the payment's id.", metavar="COLUMN")] = "",
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How 03/04/2026 is read, where nothing tells."),
    ] = None,
    decimal_comma: Annotated[
        bool | None,
        typer.Option("--decimal-comma/--decimal-point", help="How 1,234 is read, where nothing tells."),
    ] = None,
    nothing: Annotated[
        list[str] | None,
        typer.Option(
            help="What stands for nothing in the columns asked about: --nothing=-1.", metavar="NUMBER"
        ),
    ] = None,
    number: Annotated[
        list[str] | None,
        typer.Option(help="What is a number there, and does not stand for nothing.", metavar="NUMBER"),
    ] = None,
    known_before: Annotated[
        list[str] | None,
        typer.Option(help="Column that was known before the payment was decided.", metavar="COLUMN"),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Column to leave out.", metavar="COLUMN")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a schema that is there.")] = False,
) -> None:
    """Guess what each column of a file is, and write it as a schema with the reasons.

    Exit code 3 when the values leave something open: the questions are printed, and stand in the schema.
    """
    from app.learning.schema_inference.sample import Answers

    if out.exists() and not force:
        stop(f"{out} is there already: name another file by -o, or write over it by --force")
    decimal = "" if decimal_comma is None else "," if decimal_comma else "."
    answers = Answers(
        label=label,
        amount=amount,
        time=time,
        id=id_,
        day_first=day_first,
        decimal=decimal,
        nothing=tuple(nothing or ()),
        number=tuple(number or ()),
        known_before=tuple(known_before or ()),
        ignore=tuple(ignore or ()),
    )
    found = inferred(file, answers)
    write(found, out)
    tell(found, out)
    if found.questions:
        raise typer.Exit(ASKED)


def inferred(file: Path, answers: "Answers") -> "Inference":
    """Return what can be guessed of a file; ends the command where nothing can."""
    from app.datasets import DatasetRefused
    from app.datasets.payment_files.sampling import sampled
    from app.learning.schema_inference.infer import infer
    from app.learning.schema_inference.sample import AnswerRefused
    from app.scoring.schema.refusal import SchemaRefused

    try:
        return infer(sampled(file), answers)
    except SchemaRefused as refused:
        stop(f"no schema can be made of {file.name}: {refused}")
    except (DatasetRefused, AnswerRefused) as refused:
        stop(str(refused))


def write(found: "Inference", out: Path) -> None:
    """Write a schema with the reason of each guess; ends the command where it cannot."""
    from app.scoring.schema.document import document_of

    try:
        out.write_text(document_of(found.schema, comments=found.comments), encoding="utf-8")
    except OSError as failed:
        stop(f"{out} cannot be written: {failed.strerror}")


def tell(found: "Inference", out: Path) -> None:
    """Say what was guessed, and what is asked."""
    from app.datasets.refusal import shown_line

    schema, payment = found.schema, found.schema.payment
    label = schema.label.column if schema.label else ""
    for role, column in (
        ("id", payment.id),
        ("time", payment.time),
        ("amount", payment.amount),
        ("label", label),
    ):
        print(f"{role}: {shown_line(column) or 'none'}")
    for name, column in schema.entities.items():
        print(f"{shown_line(name)}: {shown_line(column)}")
    print(f"{len(schema.features)} features, {len(schema.ignored)} columns ignored")
    for column, reason in schema.ignored.items():
        print(shown_line(f"ignored {column or '(without a name)'}: {reason}"))
    for question in found.questions:
        print(shown_line(f"QUESTION {question.role}: {question.text}"))
        if question.candidates:
            print(shown_line(f"  candidates: {', '.join(question.candidates)}"))
        print(f"  answer: {question.answer}")
    print(f"Written to {out}; the reason of each guess stands in it.")
