"""Values become columns: each kind by its rule, whether they come from payloads or from a file."""

from datetime import timedelta
from math import cos, log1p, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.schema.columns import Column
from app.scoring.schema.encoding import Encoding, encoding_from
from app.scoring.schema.feature import Feature, Value
from tests.scoring.schema.builders import (
    FEATURES,
    NOON,
    an_own_encoding,
    an_own_feature_schema,
    an_own_schema,
    own_features,
)

COLUMNS = (
    "balance",
    "payments_today",
    "distance",
    "distance is missing",
    "is_chip",
    "category = food",
    "category = fuel",
    "category is rare",
    "category is unseen",
    "category is missing",
    "opened",
    "hour (sine)",
    "hour (cosine)",
    "weekend",
)


AMOUNT = np.array([41.9])


def encoded(**changes: Value) -> dict[str, float]:
    encoding = an_own_encoding()
    (row,) = encoding.encoded([own_features(**changes)], [NOON], AMOUNT).tolist()
    return dict(zip(encoding.columns, row, strict=True))


def test_each_kind_enters_by_its_rule() -> None:
    turn = 2 * pi * 14 / 24  # noon in UTC is two in Vienna's summer
    assert tuple(encoded()) == COLUMNS
    assert list(encoded().values()) == pytest.approx(
        [log1p(99), log1p(3), 4.5, 0, 1, 1, 0, 0, 0, 0, log1p(1.0), sin(turn), cos(turn), 1]
    )


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("fuel", "category = fuel"),
        ("books", "category is rare"),
        ("yachts", "category is unseen"),
        ("", "category is unseen"),
        (None, "category is missing"),
    ],
)
def test_a_word_has_exactly_one_column(word: str | None, column: str) -> None:
    told = {name: value for name, value in encoded(category=word).items() if name.startswith("category")}
    assert told == {name: float(name == column) for name in told}


def test_a_missing_number_is_told_and_its_place_filled() -> None:
    told = encoded(distance=None)
    assert (told["distance"], told["distance is missing"]) == (12.0, 1.0)
    features = own_features()
    del features["distance"]
    left_out = an_own_encoding().encoded([features], [NOON], AMOUNT)
    assert (
        left_out.tolist() == an_own_encoding().encoded([own_features(distance=None)], [NOON], AMOUNT).tolist()
    )


@given(
    st.lists(
        st.tuples(
            st.floats(-1e6, 1e6),
            st.none() | st.floats(0, 1e4),
            st.booleans(),
            st.none() | st.sampled_from(["food", "fuel", "books", "yachts"]),
            st.integers(0, 10**6),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_file_and_its_payloads_become_the_same_columns(
    rows: list[tuple[float, float | None, bool, str | None, int]],
) -> None:
    encoding, words = an_own_encoding(), ("yachts", "food", "books", "fuel")
    moments = [NOON + timedelta(seconds=row[4]) for row in rows]
    payloads = [
        own_features(balance=row[0], distance=row[1], is_chip=row[2], category=row[3]) for row in rows
    ]
    opened = NOON.timestamp() - 86_400
    columns = {
        "balance": Column(numbers=np.array([row[0] for row in rows])),
        "payments_today": Column(numbers=np.full(len(rows), 3.0)),
        "distance": Column(numbers=np.array([np.nan if row[1] is None else row[1] for row in rows])),
        "is_chip": Column(numbers=np.array([float(row[2]) for row in rows])),
        "category": Column(
            codes=np.array([-1 if row[3] is None else words.index(row[3]) for row in rows], dtype=np.int32),
            words=words,
        ),
        "opened": Column(numbers=np.full(len(rows), opened)),
    }
    seconds = np.array([moment.timestamp() for moment in moments])
    amounts = np.arange(len(rows), dtype=np.float64)
    of_file = encoding.encoded_columns(columns, seconds, amounts)
    assert np.array_equal(encoding.encoded(payloads, moments, amounts), of_file)


def test_what_was_fitted_is_read_as_it_was_told() -> None:
    encoding = an_own_encoding()
    again = encoding_from(encoding.schema, encoding.described())
    assert (again.fill, again.words, again.columns) == (encoding.fill, encoding.words, encoding.columns)


def test_hours_are_those_of_the_wall_clock_on_both_sides_of_a_change_of_clocks() -> None:
    # Vienna's clocks went from 2 to 3 on 29 March 2026, at one o'clock UTC.
    before, after = (
        NOON.replace(month=3, day=29, hour=0, minute=30),
        NOON.replace(month=3, day=29, hour=1, minute=30),
    )
    encoding = Encoding(schema=an_own_schema(), fill={}, words=an_own_encoding().words)
    places = [encoding.columns.index(name) for name in ("hour (sine)", "hour (cosine)")]
    told = encoding.encoded([own_features()] * 2, [before, after], np.ones(2))[:, places]
    hours = (np.arctan2(told[:, 0], told[:, 1]) / (2 * pi) * 24) % 24
    assert hours == pytest.approx([1.5, 3.5])


def test_a_payload_is_refused_by_rule_and_value() -> None:
    schema = an_own_feature_schema()
    assert schema.problems(own_features()) == ()
    wrong: dict[str, Value] = {
        "balance": "12",
        "payments_today": 1.5,
        "distance": -1.0,
        "is_chip": "Y",
        "category": 3.0,
        "opened": "yesterday",
    }
    assert [sentence for _, sentence in schema.problems(wrong)] == [
        'balance must be a number, not "12".',
        "payments_today must be a whole number, not 1.5.",
        "distance must lie between 0 and 20000, not -1.",
        'is_chip must be true or false, not "Y".',
        "category must be a text, not 3.",
        'opened must be a moment in ISO 8601 with a zone, such as 2026-05-01T12:00:00Z, not "yesterday".',
    ]
    assert schema.problems(own_features(balance=None)) == (("balance", "balance must not be null."),)
    assert schema.problems(own_features(is_chip=1.0)) == ()
    assert schema.problems(own_features(payments_today=True))[0][1].endswith("not true.")


def test_contributions_of_columns_add_up_to_those_of_what_was_read() -> None:
    schema = an_own_feature_schema()
    told = schema.by_source(np.arange(len(schema.columns), dtype=np.float64))
    assert schema.read == (*(each.name for each in an_own_schema().features), "occurred_at", "amount")
    assert told.tolist() == [0, 1, 5, 4, 35, 10, 36, 14]


VALUES = (
    st.none() | st.booleans() | st.text(max_size=3) | st.floats() | st.sampled_from([0.0, 1.0, -1.0, 1000.0])
)


@given(st.sampled_from(FEATURES), VALUES)
def test_what_is_good_at_a_glance_has_no_problem(feature: Feature, value: Value) -> None:
    assert not (feature.is_plainly_good(value) and feature.problem(value))
