"""Which digits are a card number."""

from time import process_time

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from app.review.card_numbers.finding import (
    card_numbers,
    has_card_number,
    may_hold_card_number,
)
from app.review.card_numbers.luhn import LuhnSums
from tests.review.card_numbers.numbers import card_digits, holds_card, luhn_sum, written

PIECES = st.one_of(
    card_digits().flatmap(written).filter(str.isascii),
    st.text("0123456789", max_size=6),
    st.text(" -.x", min_size=1, max_size=2),
    card_digits().map(lambda digits: digits[:-1]),
)
TEXTS = st.lists(PIECES, max_size=4).map("".join)


@given(st.text("0123456789", min_size=1, max_size=40), st.data())
def test_the_check_digit_is_luhns_wherever_a_number_begins_and_ends(digits: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(digits) - 1))
    end = data.draw(st.integers(start + 1, len(digits)))
    assert LuhnSums(digits).passes(start, end) is (luhn_sum(digits[start:end]) % 10 == 0)


@given(TEXTS)
@settings(max_examples=400)
def test_a_text_holds_one_where_some_part_of_it_is_one(text: str) -> None:
    assert has_card_number(text) is holds_card(text)
    assert may_hold_card_number(text) or not holds_card(text)


@given(card_digits(), st.data(), st.sampled_from(["", "visa ", "(", "\u2022", "é ", "id:"]))
@settings(max_examples=300)
def test_it_is_found_however_it_is_written_and_whatever_stands_before(
    digits: str, data: st.DataObject, before: str
) -> None:
    assume(len(set(digits)) > 1)
    text = before + data.draw(written(digits))
    assert may_hold_card_number(text)
    (found,) = card_numbers(text)
    assert (found.digits, found.start, found.end) == (digits, len(before), len(text))


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # its last digit is wrong
        "1111111111111117",  # nobody's beginning
        "378282246310005000",  # American Express gives out fifteen digits
        "4444444444444444",
        "41111111111111110000000",  # a longer number
        "4111  1111 1111 1111",
        "4111/1111/1111/1111",
        "4.14145362657511",
        "•••• 8841",
        "9ae4111111111111111be5c0",  # a key of twenty-four hexadecimal places
        "a3f41234-4111-1111-1111-111111111111",
        "+49 151 12345673",
        "AT611904300234573201",
        "AT61 1904 3002 3457 3201",
        "BE68539007547034",
    ],
)
def test_what_is_something_else_is_none(text: str) -> None:
    assert not has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "AT611904300234573202 4111111111111111",  # wrong check digits, and a card behind it
        "+4111 1111 1111 1111",  # too long for a telephone
        "card4111111111111111",
        "4111\u200b1111\u200b1111\u200b1111",
        "\u2463\u2460\u2460\u2460 1111 1111 1111",  # circled
        "9 4111111111111111 9",
        "4111111111111111-a",
    ],
)
def test_what_only_looks_like_something_else_is_one(text: str) -> None:
    (found,) = card_numbers(text)
    assert found.digits == "4111111111111111"


def test_each_of_several_is_found() -> None:
    text = "4111111111111111, 5555 5555 5555 4444; 3782-822463-10005"
    assert [each.digits for each in card_numbers(text)] == [
        "4111111111111111",
        "5555555555554444",
        "378282246310005",
    ]


@pytest.mark.parametrize("text", ["4 " * 128, "5 6 " * 64, "40 " * 85, "+1 " * 85, "DE12 3456 " * 25])
def test_a_text_made_to_take_long_takes_little(text: str) -> None:
    began = process_time()
    for _ in range(20):
        has_card_number(text)
    assert (process_time() - began) / 20 < 0.02
