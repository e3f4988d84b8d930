"""What a person typed is what is meant, or it is asked back: numbers and moments, in three locales."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.web.pages.cases.queue_query import read_query
from app.web.pages.typed_moment import MomentUnclear, typed_moment
from app.web.pages.typed_number import NumberUnclear, typed_float, typed_number, typed_whole, unmistakable
from app.web.pages.typed_sentence import SentenceUnclear, typed_sentence
from tests.web.pages.policies.drawn_policies import LOCALES, as_typed

#: What is typed, and the number it means.
MEANT = {
    "1234.5": "1234.5", "1,234.5": "1234.5", "1.234,5": "1234.5", "1 234,5": "1234.5",
    "1\u202f234,5": "1234.5",
    "1\u00a0234,5": "1234.5", "1'234.5": "1234.5", "1\u2019234,5": "1234.5", "1 234": "1234",
    "1.234.567": "1234567",
    "1,234,567": "1234567", "1.234.567,8": "1234567.8", "\u22125,25": "-5.25", "-5.25": "-5.25",
    "+5": "5", "  7 ": "7",
    ".5": "0.5", ",5": "0.5", "-.5": "-0.5", "0.125": "0.125", "0,125": "0.125", "1234.567": "1234.567",
    "1234,567": "1234.567", "1.2340": "1.234", "1e3": "1000", "1.5E-3": "0.0015", "1,234e2": "123.4",
    "007": "7", "0.001": "0.001", "-0,001": "-0.001",
}  # fmt: skip
#: What may mean two numbers, or none.
ASKED_BACK = (
    "1.234", "1,234", "-8.321", "12,345", "999.999", "\u22121.000", "", "  ", ".", "-", ",", "5.",
    "5,", "1.2.3", "1,2,3",
    "1,234,5", "1.234.5", "1 23", "12 34", "1 2345", "1  234", "1 234 5", "1.234 567", "1'234,567.8",
    "1_000", "1__0",
    "\uff11\uff12", "\u0661\u0662", "\u00b2", "nan", "NaN", "inf", "-Infinity", "1e", "e5", "1e5.5",
    "0x10", "1/2", "5 %",
    "5%", "\u20ac 5", "5 EUR", "--5", "- 5", "1e99999", "1\n234", "1;5", "1\u00b75", "0 000", "00.000.000",
    "123456789012345678", "0.1000000000000000000000000000000001", "9" * 61,
)  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), MEANT.items())
def test_a_number_is_understood_as_it_was_typed(text: str, meant: str) -> None:
    assert typed_number(text) == Decimal(meant)


@pytest.mark.parametrize("text", ASKED_BACK)
def test_what_may_mean_two_numbers_or_none_is_asked_back(text: str) -> None:
    with pytest.raises(NumberUnclear):
        typed_number(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.234", "may mean 1234 or 1.234. Write 1234, or 1.2340."),
        ("10,000", "may mean 10000 or 10. Write 10000, or 10."),
        ("-8.320", "may mean -8320 or -8.32. Write -8320, or -8.32."),
        ("five", "is not a number. Write it in digits, with a point or a comma before the decimals"),
    ],
)
def test_the_sentence_says_how_to_write_it(text: str, says: str) -> None:
    with pytest.raises(NumberUnclear) as caught:
        typed_number(text)
    assert says in str(caught.value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_shown_of_a_number_is_understood_as_that_number(number: float) -> None:
    shown = unmistakable(Decimal(repr(number)))
    assert repr(typed_float(shown)) == repr(number)
    assert repr(typed_float(unmistakable(Decimal(repr(number)).scaleb(2)), scale=-2)) == repr(number)


@given(st.floats(-1e13, 1e13), st.sampled_from(LOCALES))
def test_a_number_typed_in_any_of_three_locales_is_that_number(number: float, locale: str) -> None:
    assert typed_float(as_typed(repr(number), locale)) == number


@given(st.text("0123456789.,' \u202f-+eE_\uff11n", max_size=14))
@example("0.001")
@example("0,125")
def test_no_text_means_two_numbers(text: str) -> None:
    """Read by the habits of each locale that can read it at all, an understood text is one number."""
    try:
        understood = typed_number(text)
    except NumberUnclear:
        return
    assert understood.is_finite()
    read = {_read_as(text, point, groups) for point, groups in ((".", ", '"), (",", ". '"))} - {None}
    assert not read or read == {understood}


def _read_as(text: str, point: str, groups: str) -> Decimal | None:
    """Return what somebody reads who knows this decimal point and these separators of thousands."""
    plain = text.strip(" \u202f").replace("\u202f", " ").replace("\u2212", "-")
    whole, _, rest = plain.partition(point)
    for group in groups:
        parts = whole.lstrip("+-").split(group)
        # Nobody sets thousands apart behind a zero: 0.001 is a decimal in every locale.
        is_group = 1 <= len(parts[0]) <= 3 and not parts[0].startswith("0")
        if len(parts) > 1 and is_group and all(len(part) == 3 for part in parts[1:]):
            whole = whole.replace(group, "")
    try:
        return Decimal(
            f"{whole or '0'}.{rest or '0'}" if "e" not in rest.lower() else f"{whole or '0'}.{rest}"
        )
    except ArithmeticError:
        return None


@pytest.mark.parametrize("text", ["1e-400", "1e400", "-1e309"])
def test_what_a_stored_number_cannot_hold_is_no_other_number(text: str) -> None:
    with pytest.raises(NumberUnclear):
        typed_float(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "1_0", "\uff11", "101", "", "1e1", "9" * 30])
def test_a_whole_number_is_digits_alone(text: str) -> None:
    with pytest.raises(NumberUnclear):
        typed_whole(text, most=100)
    assert typed_whole(" 100 ", most=100) == 100


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T12:00", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("2026-05-01 12:00:30", datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)),
        ("2026-05-01T12:00Z", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("2026-05-01T12:00 UTC", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("2026-05-01T12:00+05:30", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
        ("2026-05-01T00:00\u22120800", datetime(2026, 5, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_understood_with_the_zone_that_was_typed(text: str, moment: datetime) -> None:
    assert typed_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-05-01", "20260501T1200", "2026-W18-5T12:00", "01.05.2026 12:00",
        "05/01/2026 12:00 PM", "12:00",
        "1777636800", "2026-02-30T12:00", "2026-05-01T25:00", "2026-05-01T12:00:00.5", "2026-05-01T12:00 CET",
        "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "1969-12-31T23:59",
        "\uff12026-05-01T12:00", "2026-05-01T12:00+99:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_asked_back(text: str) -> None:
    with pytest.raises(MomentUnclear):
        typed_moment(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("amount_from", text) for text in ("1.000", "1,000", "1_000", "\uff11", "nan", "inf")),
        *(("amount_from", text) for text in ("1.00001", "-1", "1e20")),
        *(("amount_to", text) for text in ("1.234", "5 EUR")),
        *(("waits_from", text) for text in ("1.440", "1_0", "nan", "-5")),
        *(("policy", text) for text in ("1_0", "\uff11", "1.0", "+1")),
    ],
)  # fmt: skip
def test_the_queue_filters_by_no_other_number_than_was_typed(name: str, text: str) -> None:
    query = read_query({name: text}, may_see_policies=True)
    assert query.mistakes == (name,)
    assert query.wanted.is_empty


@pytest.mark.parametrize("text", ["1 234,5", "1.234,5", "1,234.5", "1234.5"])
def test_the_queue_understands_amounts_of_three_locales(text: str) -> None:
    query = read_query({"amount_from": text}, may_see_policies=False)
    assert (query.wanted.amount_from, query.mistakes) == (Decimal("1234.5"), ())


def test_a_sentence_with_a_card_number_is_asked_back() -> None:
    with pytest.raises(SentenceUnclear, match="There is a card number in it"):
        typed_sentence("As with 4000 0012 3456 7899.")
    assert typed_sentence("As with •••• 7899.") == "As with •••• 7899."
