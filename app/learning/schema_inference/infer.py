"""A first schema of a file: every guess with its reason, and questions where the values leave it open."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.learning.schema_inference.amount import guess_amount
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.identifiers import guess_entities, guess_id
from app.learning.schema_inference.kinds import guess_features
from app.learning.schema_inference.label import guess_label
from app.learning.schema_inference.look import Look, look_at
from app.learning.schema_inference.number_format import PLAIN, FoundFormat, found_format
from app.learning.schema_inference.profile import Profile, profile_of, without
from app.learning.schema_inference.sample import Answers, FileSample, Question
from app.learning.schema_inference.stand_ins import ask_about_stand_ins, said_to_be_nothing
from app.learning.schema_inference.times import guess_time
from app.scoring.schema.schema import ISO, FileFormat, PaymentColumns, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What was guessed of a file."""

    schema: Schema
    #: Why, by the place in the schema, as `document_of` takes them.
    comments: Mapping[str, str]
    questions: tuple[Question, ...]


def infer(sample: FileSample, answers: Answers) -> Inference:
    """Return a first schema of a file.

    Raises `AnswerRefused` when what was said cannot be true, and `SchemaRefused` when nothing is left that
    a model could read.
    """
    profiles = [profile_of(name, texts) for name, texts in sample.columns.items()]
    number_format = (
        found_format(profiles, decimal=answers.decimal)
        if sample.is_text
        else FoundFormat(written=PLAIN, reason="stored as numbers")
    )
    looks = {each.name: _look(each, number_format, answers) for each in profiles}
    draft = Draft(sample=sample, answers=answers, looks=looks)
    draft.explain("", *_of_sample(sample))
    _explain_format(draft, number_format)
    for guess in (
        _ignore_nameless,
        _ignore_said,
        guess_label,
        guess_time,
        guess_amount,
        guess_id,
        guess_entities,
        guess_features,
        ask_about_stand_ins,
    ):
        guess(draft)
    return Inference(
        schema=_schema(draft, number_format), comments=draft.comments, questions=tuple(draft.questions)
    )


def _look(profile: Profile, found: FoundFormat, answers: Answers) -> Look:
    """Return a column as it is judged, without the numbers that were said to stand for nothing."""
    look = look_at(profile, found.written, answers)
    said = said_to_be_nothing(look, answers.nothing) if answers.nothing else ()
    return look_at(without(profile, said), found.written, answers) if said else look


def _ignore_nameless(draft: Draft) -> None:
    """A schema names columns: one without a name cannot be read."""
    if "" in draft.looks:
        counts = "; it counts the rows" if draft.looks[""].is_row_index else ""
        draft.ignore(draft.looks[""], f"has no name{counts}")


def _ignore_said(draft: Draft) -> None:
    for column in draft.answers.ignore:
        draft.ignore(draft.said(column, "left out"), "it was said so")


def _of_sample(sample: FileSample) -> tuple[str, ...]:
    later = sample.sampled - sample.head
    seen = f"the first {sample.head:,} of {sample.rows:,} rows" if later else f"all {sample.rows:,} rows"
    also = f", and {later:,} spread over the others" if later else ""
    return (
        f"Guessed from {seen} of {sample.name}{also}. Read it, and change what is wrong.",
        "Then look at the file by it: tertium data check --schema schema.toml FILE",
    )


def _explain_format(draft: Draft, found: FoundFormat) -> None:
    if found.doubtful:
        draft.ask(
            "[file] decimal",
            f"is {found.doubtful} a number with decimals, or a large one with groups of three digits?"
            " Nothing in the file tells.",
            (),
            "--decimal-comma or --decimal-point",
        )
    elif found.written != PLAIN:
        draft.explain("[file] decimal", f"Guessed: {found.reason}.")


def _schema(draft: Draft, found: FoundFormat) -> Schema:
    currencies = draft.currencies
    payment = PaymentColumns(
        id=draft.id,
        time=draft.time,
        time_format=draft.time_format or ISO,
        read_of_time=draft.read_of_time,
        amount=draft.amount,
        currencies=currencies or PaymentColumns().currencies,
    )
    return Schema(
        name=draft.sample.name.split(".")[0] or draft.sample.name,
        features=tuple(draft.features),
        payment=payment,
        label=draft.label,
        entities=draft.entities,
        ignored=draft.ignored,
        file=FileFormat(
            delimiter=draft.sample.delimiter,
            decimal=found.written.decimal,
            thousands=found.written.thousands,
        ),
    )
