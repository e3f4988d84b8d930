import pytest

from app.learning.report.words import count, number, percent, plain, plain_percent, probability


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.01234, "1.2 %"),
        (0.0004, "0.040 %"),
        (0.9997, "99.97 %"),
        (0.99996, "99.996 %"),
        (0.45, "45 %"),
    ],
)
def test_a_share_has_two_digits_and_never_becomes_all_or_nothing(share: float, told: str) -> None:
    assert percent(share) == told.replace(" ", "\u00a0")


def test_a_probability_never_claims_certainty() -> None:
    assert probability(1e-9).startswith("<")
    assert probability(1 - 1e-9).startswith(">")
    assert probability(0.5) == "50.000\u00a0%"


def test_a_number_has_a_real_minus_and_zero_no_sign() -> None:
    assert number(-1.5) == "\u22121.50"
    assert number(-0.001) == "0.00"
    assert count(12345.0) == "12\u202f345"


def test_a_plain_number_has_the_digits_it_needs() -> None:
    assert plain(99.99) == "99.99"
    assert plain(-5.957861) == "\u22125.957861"
    assert plain_percent(1e-6) == "0.0001\u00a0%"
