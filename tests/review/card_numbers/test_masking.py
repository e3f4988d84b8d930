"""What is left of a card number: its last four digits, and what tells it from others."""

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from app.review.card_numbers.finding import has_card_number
from app.review.card_numbers.masking import fingerprint, masked, without_card_numbers
from app.review.card_numbers.rule import (
    NO_CARD_NUMBER,
    CardNumberRule,
    CardNumberWritten,
    refuse_card_numbers,
)
from app.review.text import comparable
from app.scoring.schema.feature import Value
from tests.review.card_numbers.numbers import card_digits, written

KEY = b"a key of the tests"
CARD = "4111 1111 1111 1111"
MASK = CardNumberRule(key=KEY)


@given(
    card_digits(), st.data(), st.sampled_from(["", "paid by ", "0 ", "é"]), st.sampled_from(["", " x", "!"])
)
@settings(max_examples=300)
def test_the_number_is_gone_and_all_else_stays(
    digits: str, data: st.DataObject, before: str, behind: str
) -> None:
    assume(len(set(digits)) > 1)
    text = before + data.draw(written(digits)) + behind
    for kept in (masked(text, KEY), without_card_numbers(text)):
        assert not has_card_number(kept)
        assert digits[:-4] not in kept
        assert kept.startswith(before)
        assert kept.endswith(behind)
        assert f"•••• {digits[-4:]}" in kept
    assert masked(masked(text, KEY), KEY) == masked(text, KEY)


@given(card_digits(), st.data())
def test_one_card_is_one_text_however_it_is_written(digits: str, data: st.DataObject) -> None:
    assume(len(set(digits)) > 1)
    one, other = (masked(data.draw(written(digits)), KEY) for _ in range(2))
    assert comparable(one) == comparable(other)


@given(card_digits(), card_digits())
def test_two_cards_are_two_texts_whatever_they_end_in(one: str, other: str) -> None:
    assume(one != other)
    assert fingerprint(one, KEY) != fingerprint(other, KEY)
    assert fingerprint(one, KEY) != fingerprint(one, b"another key")


@given(st.text(max_size=40))
def test_other_texts_stay_as_they_are(text: str) -> None:
    assume(not has_card_number(text))
    assert masked(text, KEY) == without_card_numbers(text) == text


def test_a_fingerprint_is_no_number_and_no_word() -> None:
    told = fingerprint("4111111111111111", KEY)
    assert len(told) == 16
    assert set(told) <= set("bcdfghjkmnpqrstv")


def test_refused_are_numbers_in_values_unless_they_are_masked() -> None:
    features: dict[str, Value] = {"V1": 1.5, "bank": f"of {CARD}"}
    attributes = {"card": CARD, CARD: "a name", "country": "BE"}
    refused = CardNumberRule().faults(CARD, features, attributes)
    fields = ("transaction_id", "attributes", "features.bank", "attributes.card")
    assert refused == [(name, NO_CARD_NUMBER) for name in fields]
    assert MASK.faults(CARD, features, attributes) == refused[:2]
    assert MASK.faults("order-1", {}, {"card": CARD}) == []


@pytest.mark.parametrize(
    "told", [(CARD, {}, {}), ("1", {"bank": CARD}, {}), ("1", {}, {"card": CARD}), ("1", {}, {CARD: ""})]
)
def test_each_place_is_looked_at(told: tuple[str, dict[str, Value], dict[str, str]]) -> None:
    assert CardNumberRule().must_look(*told)
    assert CardNumberRule().faults(*told)


def test_an_ordinary_payment_is_not_looked_through() -> None:
    attributes = {"card": "•••• 8841", "ip": "192.168.100.201", "country": "BE"}
    assert not MASK.must_look("985e37e66f86416fb3b75c72e9a60a7c", {"V1": 0.25, "is_new": True}, attributes)


def test_kept_is_the_mask_where_there_is_a_key() -> None:
    values: dict[str, Value] = {"card": CARD, "country": "BE", "V1": 1.5, "is_new": True, "age": None}
    assert CardNumberRule().kept(values) == values
    assert MASK.kept(values) == values | {"card": masked(CARD, KEY)}


def test_a_number_is_sought_by_its_mask_or_not_at_all() -> None:
    assert MASK.sought("4111111111111111") == masked(CARD, KEY)
    assert CardNumberRule().sought("order-1") == "order-1"
    with pytest.raises(CardNumberWritten):
        CardNumberRule().sought(CARD)


def test_the_key_is_told_to_nobody() -> None:
    assert "tests" not in repr(MASK)


def test_what_people_write_holds_none() -> None:
    refuse_card_numbers(["called the customer", None, "•••• 1111"])
    with pytest.raises(CardNumberWritten):
        refuse_card_numbers([None, f"card {CARD}"])
