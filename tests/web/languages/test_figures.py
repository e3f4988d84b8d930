"""Formats are CLDR's: held against Babel's own writing of the same number, in English and in German."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from app.review.access.languages import Language
from app.scoring.currencies import minor_decimals
from app.web.languages.reader import Reader, read_by, zone_info, zones
from app.web.pages import formatting

LANGUAGES = st.sampled_from(Language)
MOMENTS = st.integers(631_152_000, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, UTC))
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CHF"])


def by_babel(number: Decimal, digits: int, language: Language) -> str:
    """Return a number as Babel writes it; English with our thin spaces, and a true minus sign in both."""
    places = f".{'0' * digits}" if digits else ""
    told = format_decimal(number, format=f"#,##0{places}", locale=Reader(language=language).locale)
    return (
        told.replace(",", formatting.THIN).replace("-", formatting.MINUS)
        if language == "en"
        else (told.replace("-", formatting.MINUS))
    )


@given(st.integers(-(10**12), 10**12), LANGUAGES)
def test_a_count_is_written_as_its_language_does(number: int, language: Language) -> None:
    with read_by(Reader(language=language)):
        assert formatting.count(number) == by_babel(Decimal(number), 0, language)


@given(st.decimals(-(10**9), 10**9, places=2), LANGUAGES)
def test_a_number_with_decimals_is_written_as_its_language_does(number: Decimal, language: Language) -> None:
    with read_by(Reader(language=language)):
        assert formatting.number(float(number)) == by_babel(Decimal(f"{float(number):.2f}"), 2, language)


@given(st.decimals(0, 10**9, places=2).filter(bool), CURRENCIES, LANGUAGES)
def test_money_has_its_languages_digits_and_the_currency_on_its_side(
    amount: Decimal, currency: str, language: Language
) -> None:
    decimals = minor_decimals(currency) or 0
    digits = max(decimals, -int(amount.normalize().as_tuple().exponent))
    sign = formatting.SYMBOLS.get(currency, currency)
    number = by_babel(amount, digits, language)
    thin = formatting.THIN
    with read_by(Reader(language=language)):
        told = formatting.money(amount, currency)
    assert told == (f"{number}{thin}{sign}" if language is Language.GERMAN else f"{sign}{thin}{number}")


@given(st.integers(1, 999), LANGUAGES)
def test_a_percentage_has_its_languages_decimal_sign(thousandths: int, language: Language) -> None:
    with read_by(Reader(language=language)):
        told = formatting.percent(thousandths / 1000).removesuffix(formatting.PERCENT)
    digits = len(told.partition("," if language is Language.GERMAN else ".")[2])
    share = Decimal(f"{thousandths / 1000 * 100:.{digits}f}")
    assert told == by_babel(share, digits, language)
    assert abs(share - Decimal(thousandths) / 10) <= Decimal("0.5")


@given(MOMENTS, LANGUAGES, st.sampled_from(sorted(zones())))
def test_a_moment_is_its_languages_date_by_the_readers_clock(
    at: datetime, language: Language, zone: str
) -> None:
    who = Reader(language=language, zone=zone)
    local = at.astimezone(zone_info(zone))
    with read_by(who):
        told = formatting.moment(at)
    date, _, clock = told.rpartition(", ")
    assert date == format_date(
        local, format=who.locale.datetime_skeletons["yMMMd"].pattern, locale=who.locale
    )
    assert clock.split(" ")[0] == f"{local:%H:%M}"
    assert clock.split(" ", 1)[1]


@pytest.mark.parametrize(
    ("language", "said"),
    [(Language.ENGLISH, "\u20ac\u202f1\u202f234.50"), (Language.GERMAN, "1.234,50\u202f\u20ac")],
)
def test_an_amount_as_people_of_both_languages_know_it(language: Language, said: str) -> None:
    with read_by(Reader(language=language)):
        assert formatting.money(Decimal("1234.5"), "EUR") == said
