"""A schema is what its `schema.toml` says, and all that is wrong with one is told at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.payment_files.schema_file import card_data_schema
from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.feature import LARGEST, Feature, Kind, Missing
from app.scoring.schema.refusal import SchemaRefused
from app.scoring.schema.schema import FileFormat, PaymentColumns, Schema
from tests.scoring.schema.builders import an_own_schema

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
NAMES = WORDS.filter(lambda name: name.isprintable() and name not in {"amount", "occurred_at"})


@st.composite
def features(draw: st.DrawFn) -> Feature:
    kind = draw(st.sampled_from(Kind))
    is_number = kind in {Kind.NUMERIC, Kind.MONEY, Kind.COUNT}
    least, most = -LARGEST, LARGEST
    if is_number and draw(st.booleans()):
        least, most = sorted(draw(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2, unique=True)))
    return Feature(
        name=draw(NAMES),
        kind=kind,
        column=draw(st.just("") | WORDS),
        unit=draw(st.text(max_size=5)),
        about=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30)),
        least=least,
        most=most,
        missing=draw(st.sampled_from(Missing)),
        sensitive=draw(st.booleans()),
        digits=draw(st.none() | st.integers(0, 9)),
        true=("Y",) if kind is Kind.BOOLEAN else (),
        nothing=tuple(draw(st.lists(WORDS, max_size=2))),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    several = draw(st.lists(features(), min_size=1, max_size=5, unique_by=lambda each: each.name))
    taken = {each.in_file for each in several}
    return Schema(
        name=draw(st.text(max_size=8)),
        features=tuple(several),
        payment=PaymentColumns(
            time=draw(WORDS),
            amount=draw(WORDS.filter(lambda name: name not in taken)),
            currencies=("EUR", "JPY"),
        ),
        entities=draw(st.dictionaries(WORDS, WORDS, max_size=3)),
        ignored=draw(st.dictionaries(WORDS, st.text(max_size=20), max_size=3)),
        file=FileFormat(delimiter=";", decimal=","),
    )


@given(schemas(), st.text(max_size=30))
def test_a_schema_is_read_as_it_was_written(schema: Schema, reason: str) -> None:
    assert schema_from(document_of(schema)) == schema
    comments = {schema.features[0].name: reason, "[payment] time": reason}
    assert schema_from(document_of(schema, comments=comments)) == schema


def test_a_schema_of_every_kind_is_read_as_it_was_written() -> None:
    assert schema_from(document_of(an_own_schema())) == an_own_schema()


def test_the_card_data_has_a_schema_like_any_other() -> None:
    schema = card_data_schema()
    assert schema.names == tuple(f"V{number}" for number in range(1, 29))
    assert schema_from(document_of(schema)) == schema


def test_everything_wrong_is_told_at_once_and_where() -> None:
    text = """
format = 2
colour = "red"
[payment]
time = 3
clock = "x"
[[features]]
kind = "numeric"
[[features]]
name = "a"
kind = "number"
least = "low"
[[features]]
name = "b"
kind = "numeric"
least = 2
most = 1
"""
    with pytest.raises(SchemaRefused) as refused:
        schema_from(text)
    assert refused.value.faults == (
        "format must be 1, not 2",
        "nobody knows colour",
        "[payment]: nobody knows clock",
        "[payment]: time must be a text, not 3",
        "[[features]] number 1: name is missing",
        (
            "[[features]] number 2 (a): kind must be one of numeric, money, count, boolean, category, time,"
            " not 'number'"
        ),
        "[[features]] number 2 (a): least must be a number, not 'low'",
        "[[features]] number 3 (b): b: least (2) must be below most (1)",
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('[label]\ncolumn = "a"', "a is the label and a feature"),
        ('[payment]\nid = "a"', "a is the id and a feature"),
        ('[payment]\namount = "a"', "a is the amount, which every model reads"),
        ('[payment]\nread_of_time = ["hour"]', "read_of_time needs the column of the time"),
        ('[payment]\nzone = "Mars/Base"', "no time zone is called Mars/Base"),
        ('[payment]\ncurrencies = ["euro"]', "codes of three letters"),
        ('[file]\ndelimiter = ",,"', "delimiter is one sign"),
        ('[label]\ncolumn = "y"\nfraud = ["1"]\nlegit = ["1"]', "different words"),
        ('[[features]]\nname = "a"\nkind = "boolean"', "a is there 2 times"),
        ('[[features]]\nname = "amount"\nkind = "money"', "amount is the payment's own"),
        ('[[features]]\nname = "b"\nkind = "time"', "[payment] time must name a column"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(change: str, fault: str) -> None:
    with pytest.raises(SchemaRefused, match=fault.replace("[", r"\[")):
        schema_from(f'format = 1\n{change}\n[[features]]\nname = "a"\nkind = "numeric"')


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(SchemaRefused, match="line 2"):
        schema_from("format = 1\nname = \n")
