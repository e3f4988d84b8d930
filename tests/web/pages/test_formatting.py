"""Numbers, money and time as people read them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from app.scoring.currencies import minor_decimals
from app.web.pages import formatting
from tests.web.pages.builders import NOON

CODES = [each.code for each in Currency]


def plain(text: str) -> str:
    """Return the text as typed on a keyboard."""
    return text.replace(formatting.THIN, " ").replace(formatting.MINUS, "-")


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (412_806, "412 806"), (-3, "-3"), (0.4, "0.4"), (99.6, "100")]
)
def test_counts_are_grouped(number: float, said: str) -> None:
    assert plain(formatting.count(number)) == said


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("412.6", "EUR", "\u20ac 412.60"),
        ("18032.7449", "EUR", "\u20ac 18 032.7449"),
        ("5000.0000", "JPY", "JPY 5 000"),
        ("1.2345", "KWD", "KWD 1.2345"),
        ("-3", "USD", "$ -3.00"),
    ],
)
def test_money_has_its_currencys_sign_and_decimals(amount: str, currency: str, said: str) -> None:
    assert plain(formatting.money(Decimal(amount), currency)) == said


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("5", "XOF", "XOF 5"), ("5", "CLF", "CLF 5.0000"), ("5", "BIF", "BIF 5"), ("5", "OMR", "OMR 5.000"),
        ("0.5", "JPY", "JPY 0.5"), ("12.5000", "ZZZ", "ZZZ 12.5"), ("7.0000", "XAU", "XAU 7"),
        ("1E+3", "EUR", "\u20ac 1 000.00"),
        ("123456789012.3456", "USD", "$ 123 456 789 012.3456"), ("0.0000", "KWD", "KWD 0.000"),
    ],
)  # fmt: skip
def test_money_is_written_as_its_currency_is(amount: str, currency: str, said: str) -> None:
    assert plain(formatting.money(Decimal(amount), currency)) == said


@given(
    st.decimals(min_value=0, max_value=Decimal("999999999999.9999"), places=4),
    st.sampled_from([*"abc", *CODES]),
)
def test_no_digit_of_an_amount_is_lost(amount: Decimal, currency: str) -> None:
    code, _, told = formatting.money(amount, currency).partition(formatting.THIN)
    assert code in {currency, formatting.SYMBOLS.get(currency)}
    assert Decimal(told.replace(formatting.THIN, "")) == amount
    decimals = minor_decimals(currency) or 0
    assert len(told.partition(".")[2]) >= decimals


@pytest.mark.parametrize(
    ("estimate", "currency", "said"),
    [
        (1234.5678, "EUR", "\u20ac 1 234.57"),
        (0.1 + 0.2, "JPY", "JPY 0"),
        (-0.001, "USD", "$ 0.00"),
        (1e30, "ZZZ", "ZZZ 1" + " 000" * 10 + ".00"),
    ],
)
def test_an_estimate_is_rounded(estimate: float, currency: str, said: str) -> None:
    assert plain(formatting.money(estimate, currency)) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.0004, "under 0.1 %"),
        (0.9999, "over 99.9 %"),
        (0.005, "0.5 %"),
        (0.02, "2 %"),
        (0.0999, "10 %"),
        (0.2, "20 %"),
        (0.996, "99.6 %"),
    ],
)
def test_only_nothing_and_all_read_as_nothing_and_all(share: float, said: str) -> None:
    assert plain(formatting.percent(share)) == said


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0001, "fewer than 1 in 2 000"),
        (0.002, "about 1 in 500"),
        (0.0061, "about 1 in 160"),
        (0.2, "about 1 in 5"),
        (0.5, "about half of"),
        (0.72, "about 7 in 10"),
        (0.96, "about 19 in 20"),
        (0.999, "nearly all"),
    ],
)
def test_a_probability_is_told_as_a_frequency(probability: float, said: str) -> None:
    assert plain(formatting.one_in(probability)) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=6, seconds=59), "6 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=4), "1 day"),
        (timedelta(days=12), "12 days"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_a_duration_tells_the_units_that_matter(length: timedelta, said: str) -> None:
    assert plain(formatting.duration(length)) == said


def test_moments_say_that_they_are_utc() -> None:
    assert formatting.moment(NOON) == "1 May 2026, 12:00 UTC"


def test_what_was_and_what_comes_are_told_apart() -> None:
    assert plain(formatting.ago(NOON - timedelta(minutes=6), NOON)) == "6 min ago"
    assert plain(formatting.ago(NOON + timedelta(minutes=6), NOON)) == "in 6 min"
    assert formatting.ago(NOON, NOON) == "just now"


def test_a_countdown_never_runs_below_zero() -> None:
    assert formatting.countdown(timedelta(seconds=151)) == "2:31"
    assert formatting.countdown(timedelta(seconds=-3)) == "0:00"


def test_a_gain_carries_its_sign() -> None:
    assert [plain(formatting.signed(value)) for value in (4.871, -0.3, 0.0)] == ["+4.87", "-0.30", "+0.00"]


def test_a_short_day_names_its_year_only_when_it_must() -> None:
    assert formatting.short_day(NOON - timedelta(days=40), NOON) == "22 Mar"
    assert formatting.short_day(NOON - timedelta(days=400), NOON) == "Mar 2025"
