"""`tertium start FILE`: from a file of own payments to a model that can be served, one question at a time."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.printing import stop
from app.cli.training.schema import inferred, tell, write
from app.cli.training.train import train

if TYPE_CHECKING:
    from app.learning.schema_inference.infer import Inference
    from app.learning.schema_inference.sample import Answers, Question

SCHEMA, MODELS = "schema.toml", "models"


def start(
    file: Annotated[Path, typer.Argument(help="Labelled payments as CSV (any delimiter) or Parquet.")],
    folder: Annotated[Path, typer.Option(help="Where schema and models are kept.")] = Path("own"),
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on where something could be looked at first.")
    ] = False,
    recipe: Annotated[
        Path | None, typer.Option(help="Recipe as a TOML file. Default: the one `tertium compare` chose.")
    ] = None,
    miss_rate: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Frauds the model may approve, at most.")
    ] = 0.15,
) -> None:
    """Guess a schema, ask what the values leave open, check the file by it, train, and say how to go on.

    A schema that is in the folder already is used as it stands.
    """
    schema = folder / SCHEMA
    if not schema.exists():
        folder.mkdir(parents=True, exist_ok=True)
        found = _answered(file)
        write(found, schema)
        tell(found, schema)
        if not yes and not typer.confirm(f"Read {schema}, and change what is wrong. Go on?", default=True):
            stop(f"the same command goes on with {schema} as it then is", code=0, style="yellow")
    _check(file, schema, yes=yes)
    train(file, schema=schema, recipe=recipe, models_dir=folder / MODELS, miss_rate=miss_rate)
    _tell_how_to_go_on(file, folder)


def _answered(file: Path) -> "Inference":
    """Return a schema of the file when every question was put, each once."""
    from app.learning.schema_inference.sample import Answers

    answers, put = Answers(), set[str]()
    found = inferred(file, answers)
    while open_questions := [each for each in found.questions if each.role not in put]:
        question = open_questions[0]
        put.add(question.role)
        answers = _with_answer(answers, question)
        found = inferred(file, answers)
    return found


#: Questions between two ways of writing: the words of both answers.
_EITHER: Mapping[str, tuple[str, str]] = {
    "--day-first": ("day", "month"),
    "--decimal-comma": ("comma", "point"),
    "--nothing": ("it stands for nothing", "it is a number as the others"),
    "--known-before": ("it was known before", "it was found out afterwards: leave it out"),
}


def _with_answer(answers: "Answers", question: "Question") -> "Answers":
    """Ask, and return what was said so far with this answer; the same where it is none of the candidates.

    What no option can say is told alone.
    """
    from app.datasets.refusal import shown_line

    option, _, word = question.answer.split()[0].partition("=")
    if not option.startswith("--"):
        typer.echo(shown_line(f"{question.role}: {question.text}"))
        typer.echo(shown_line(f"  answered by {question.answer}"))
        return answers
    number = _asked(question, _EITHER.get(option, question.candidates))
    if number == 0:
        return answers
    if option == "--day-first":
        return replace(answers, day_first=number == 1)
    if option == "--nothing":
        said = _also(answers, "nothing" if number == 1 else "number", word)
    elif option == "--known-before":
        said = _also(answers, "known_before" if number == 1 else "ignore", question.candidates[0])
    elif option == "--decimal-comma":
        said = {"decimal": "," if number == 1 else "."}
    else:
        # The other options name a column, as the fields of the answers are called.
        said = {option.removeprefix("--"): question.candidates[number - 1]}
    return replace(answers, **said)


def _also(answers: "Answers", field: str, word: str) -> dict[str, Any]:
    return {field: (*getattr(answers, field), word)}


def _asked(question: "Question", candidates: tuple[str, ...]) -> int:
    """Return the number of one of the candidates, 0 for none of them, asked for until it is one."""
    from app.datasets.refusal import shown_line

    typer.echo(shown_line(f"{question.role}: {question.text}"))
    for number, candidate in enumerate(candidates, start=1):
        typer.echo(shown_line(f"  {number}  {candidate}"))
    typer.echo("  0  none of them")
    while not 0 <= (number := typer.prompt("Which one (number)?", type=int)) <= len(candidates):
        typer.echo(f"A number from 0 to {len(candidates)}.")
    return int(number)


def _check(file: Path, schema: Path, *, yes: bool) -> None:
    from app.cli.training.data import check_own

    if check_own(file, schema):
        return
    sentence = f"change {schema} or the file where it is wrong; the same command then goes on"
    if yes or not typer.confirm("Train all the same?", default=False):
        stop(sentence, style="yellow")


def _tell_how_to_go_on(file: Path, folder: Path) -> None:
    models = (folder / MODELS).resolve()
    print(
        f"Serve it:   TERTIUM_MODELS_DIR={models} tertium serve\n"
        "Sign in:    tertium user link NAME (the first one: tertium user add NAME --role admin)\n"
        "Open:       /models for what it learned and promises, /thresholds for its bounds\n"
        f"Try it:     tertium replay {file} --key KEY (a key: tertium key add CLIENT)"
    )
