"""What a payload may hold, and the vector it becomes."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf, log1p, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring.builders import a_schema

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = ("V1", "V2", "V3")
PAYLOAD = {"V1": 1.0, "V2": -2.0, "V3": 3.0}
SCHEMA = replace(a_schema(NAMES), centre=np.array([1.0, 0.0, 0.0, 2.0]), scale=np.array([1.0, 2.0, 1.0, 0.5]))


def test_a_vector_is_the_features_in_order_then_the_log_amount_standardised() -> None:
    shuffled = {"V3": 3.0, "V1": 1.0, "V2": -2.0}
    vector = SCHEMA.vectorize([shuffled], [99.5], [NOON])
    assert vector.tolist() == [[0.0, -1.0, 3.0, (log1p(99.5) - 2.0) / 0.5]]
    assert SCHEMA.columns == ("V1", "V2", "V3", "amount")


def test_no_payloads_make_an_empty_batch() -> None:
    assert SCHEMA.vectorize([], [], []).shape == (0, 4)


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 4), max_size=5))
def test_payloads_and_arrays_give_the_same_vectors(rows: list[tuple[float, ...]]) -> None:
    payloads = [dict(zip(NAMES, row, strict=False)) for row in rows]
    amounts = [abs(row[3]) for row in rows]
    arrays = np.array([row[:3] for row in rows]).reshape(len(rows), 3)
    whole = SCHEMA.standardised(arrays, np.array(amounts))
    assert np.array_equal(SCHEMA.vectorize(payloads, amounts, [NOON] * len(payloads)), whole)


def test_a_good_payload_has_no_problems() -> None:
    assert SCHEMA.problems(PAYLOAD) == ()
    assert SCHEMA.problems({"V1": 1e6, "V2": -1e6, "V3": 1e6}) == ()


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"V1": 1.0, "V2": 2.0}, "V3"),
        (PAYLOAD | {"V29": 0.0}, "V29"),
        (PAYLOAD | {"V2": 1.1e6}, "V2"),
        (PAYLOAD | {"V2": -1.1e6}, "V2"),
        (PAYLOAD | {"V2": inf}, "V2"),
        (PAYLOAD | {"V2": nan}, "V2"),
    ],
)
def test_a_problem_names_its_field_in_one_sentence(payload: dict[str, float], field: str) -> None:
    ((named, sentence),) = SCHEMA.problems(payload)
    assert named == field
    assert field in sentence
    assert sentence.endswith(".")


def test_every_problem_is_told_at_once() -> None:
    problems = SCHEMA.problems({"V1": nan, "V9": 1.0})
    assert [field for field, _ in problems] == ["V2", "V3", "V9", "V1"]


def test_only_learned_currencies_are_known() -> None:
    assert SCHEMA.knows_currency("EUR")
    assert not SCHEMA.knows_currency("USD")


def test_a_schema_whose_scaling_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        replace(SCHEMA, centre=np.zeros(3), scale=np.ones(3))
    with pytest.raises(ValueError, match="above zero"):
        replace(SCHEMA, scale=np.zeros(4))


def test_each_payload_needs_its_amount() -> None:
    with pytest.raises(ValueError, match="one amount and moment per payload"):
        SCHEMA.vectorize([PAYLOAD], [], [NOON])
