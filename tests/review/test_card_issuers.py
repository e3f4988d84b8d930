"""Card issuers by the longest known beginning: against plain comparing of all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.card_issuers import LONGEST, CardIssuer, CardIssuers, IssuersUnclear, issuers_of

digits = st.text(alphabet="0123", min_size=1, max_size=LONGEST)
tables = st.dictionaries(digits, st.sampled_from(["Visa", "Mastercard", "Amex"]), max_size=12)


def the_table(brands: dict[str, str]) -> CardIssuers:
    return issuers_of(
        (line, {"prefix": prefix, "brand": brand, "country": "AT"})
        for line, (prefix, brand) in enumerate(brands.items(), start=2)
    )


@given(tables, digits)
def test_the_longest_known_beginning_counts(brands: dict[str, str], number: str) -> None:
    known = [prefix for prefix in brands if number.startswith(prefix)]
    found = the_table(brands).of_digits(number)
    assert (found.brand if found else None) == (brands[max(known, key=len)] if known else None)


@pytest.mark.parametrize(
    ("told", "brand"),
    [
        ({"card_bin": "411111"}, "Visa"),
        ({"bin": "41111122"}, "Visa Debit"),
        ({"card": "411111******8841"}, "Visa"),
        ({"card": "4111 1122 **** 8841"}, "Visa Debit"),
        ({"card": "•••• 8841"}, None),
        ({"card": "4111"}, None),
        ({"card": "4111111111111111"}, None),
        ({"card": "token-411111"}, None),
        ({}, None),
    ],
)
def test_a_card_is_known_by_its_bin_or_by_how_its_masked_number_begins(
    told: dict[str, str], brand: str | None
) -> None:
    found = the_table({"4": "Visa", "41111122": "Visa Debit"}).of_payment(told)
    assert (found.brand if found else None) == brand


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"prefix": "4x", "brand": "Visa", "country": ""}, "line 2: '4x' is not 1 to 8 digits"),
        ({"prefix": "411111111", "brand": "Visa", "country": ""}, "is not 1 to 8 digits"),
        ({"prefix": "٤", "brand": "Visa", "country": ""}, "is not 1 to 8 digits"),
        ({"prefix": "4", "brand": "Visa", "country": "Austria"}, "not a country of two letters"),
        ({"prefix": "4", "brand": " ", "country": None}, "neither brand nor country"),
    ],
)
def test_a_line_that_cannot_be_meant_is_said(row: dict[str, str | None], why: str) -> None:
    with pytest.raises(IssuersUnclear, match=why):
        issuers_of([(2, row)])


def test_a_beginning_has_one_issuer() -> None:
    twice = [(2, {"prefix": "4", "brand": "Visa"}), (3, {"prefix": "4", "brand": "Visa"})]
    assert issuers_of(twice).by_prefix == {"4": CardIssuer(brand="Visa", country="")}
    with pytest.raises(IssuersUnclear, match="line 4: 4 was another issuer's before"):
        issuers_of([*twice, (4, {"prefix": "4", "brand": "Amex"})])
