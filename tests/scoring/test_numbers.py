"""One rule for numbers in files and requests: digits and nothing to guess."""

from decimal import Decimal
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.cells import numbers_of
from app.scoring.numbers import decimal_of, number_of

SIGNS = st.text("0123456789+-.eE_, \u0661\uff11naifx'", max_size=12)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12.0), ("-0.5", -0.5), ("+5", 5.0), ("5.", 5.0), (".5", 0.5), ("1e-05", 1e-5), ("1E3", 1000.0)],
)
def test_digits_a_point_a_sign_and_an_exponent_are_a_number(text: str, number: float) -> None:
    assert number_of(text) == number == float(decimal_of(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing stands there"),
        ("1_000", "grouped"),
        ("1 000", "grouped"),
        ("\uff11\uff12", "not 0 to 9"),
        ("\u0664\u0662", "not 0 to 9"),
        (" 12 ", "blanks"),
        ("12,50", "comma"),
        ("1,234.50", "thousands"),
        ("1.234,50", "comma"),
        ("nan", "word"),
        ("-Infinity", "word"),
        ("#NAME?", "spreadsheet's error"),
        ("1.191.857", "separator"),
        ("01.Feb", "date"),
        ("0x1F", "no number"),
        ("1e9999", "no number"),
        ("1e999", "too large"),
        ("--1", "no number"),
        ("1\n", "blanks"),
    ],
)
def test_everything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    for read in (number_of, decimal_of):
        with pytest.raises(ValueError, match=reason):
            read(text)


@given(SIGNS)
def test_what_is_read_python_reads_too_and_as_the_same_number(text: str) -> None:
    try:
        number = number_of(text)
    except ValueError:
        return
    assert number == float(text) == float(Decimal(text))
    assert isfinite(number)
    assert text.isascii()
    assert "_" not in text


@given(st.lists(SIGNS | st.floats(allow_nan=False, allow_infinity=False).map(repr), max_size=5))
def test_a_column_is_read_by_the_very_rule_of_its_cells(texts: list[str]) -> None:
    for text, number in zip(texts, numbers_of(texts).tolist(), strict=True):
        try:
            assert number == number_of(text)
        except ValueError:
            assert not isfinite(number)
