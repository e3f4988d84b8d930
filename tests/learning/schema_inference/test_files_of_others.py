"""What files of others hold that reads as something else: told or asked, never taken silently."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.learning.schema_inference.infer import Inference
from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.feature import Kind, Missing
from tests.learning.schema_inference.test_infer import MONEY, NUMBERS, RARE, ROWS, WHEN, guessed, roles

DRAW = random.Random(1)
STEPS = [str(row // 20) for row in range(900)]
SAYS_FRAUD = {"is_fraud": RARE}


def kind_of(found: Inference, name: str) -> Kind:
    return found.schema.by_name[name].kind


def question_of(found: Inference, role: str) -> str:
    return next(question.text for question in found.questions if question.role == role)


def cycled(*texts: str, rows: int = ROWS) -> list[str]:
    return [texts[row % len(texts)] for row in range(rows)]


# Labels


def test_a_label_in_another_language_is_one() -> None:
    label = ["ja" if row % 20 == 3 else "nein" for row in range(ROWS)]
    schema = guessed({"Betrug": label, "x": NUMBERS}).schema
    assert schema.label is not None
    assert (schema.label.column, schema.label.fraud) == ("Betrug", ("ja",))


def test_a_label_that_is_not_known_everywhere_is_asked_about_and_no_feature() -> None:
    found = guessed({"class": cycled("unknown", "2", "unknown", "2", "1"), "x": NUMBERS})
    assert roles(found) == ["[label] column"]
    assert "It holds unknown in 160 rows, 2 in 160 rows, 1 in 80 rows" in question_of(found, "[label] column")
    assert "class" not in found.schema.by_name


def test_gaps_in_a_label_are_asked_about() -> None:
    found = guessed({"is_fraud": cycled("0", "", "0", "1"), "x": NUMBERS})
    assert "nothing in 100" in question_of(found, "[label] column")
    assert "is_fraud" not in found.schema.by_name


@pytest.mark.parametrize(
    "values", [cycled("1", "0", "0", "0"), cycled(*["spam"] * 19, "ham"), cycled("2", "1", "1")]
)
def test_two_values_without_a_name_are_asked_about_and_no_feature(values: list[str]) -> None:
    found = guessed({"default payment next month": values, "x": NUMBERS})
    assert roles(found) == (["[label] column"] if set(values) != {"1", "2"} else [])


# Times


def test_milliseconds_are_read_as_the_moments_they_are() -> None:
    stamps = [str(1_700_000_000_000 + 61_000 * row) for row in range(ROWS)]
    payment = guessed({"timestamp": stamps, "x": NUMBERS}).schema.payment
    assert (payment.time, payment.time_format) == ("timestamp", "unix milliseconds")


def test_steps_that_many_payments_share_are_asked_about_whatever_their_name() -> None:
    found = guessed({"time_step": STEPS, "x": [*NUMBERS, *NUMBERS, *NUMBERS][:900]})
    assert found.schema.payment.time == ""
    assert "until [payment] time_format says hours or days" in question_of(found, "[payment] time")


def test_a_customer_by_whom_the_file_is_sorted_is_no_time() -> None:
    users = [str(row // 8) for row in range(ROWS)]
    found = guessed({"User": users, "x": NUMBERS, **SAYS_FRAUD})
    assert found.questions == ()
    assert found.schema.entities == {"customer": "User"}


@pytest.mark.parametrize("unit", [1, 60, 3_600, 86_400])
def test_what_counts_the_payments_time_again_is_no_feature(unit: int) -> None:
    counted = [str(row * 5 * 3_600 // unit) for row in range(ROWS)]
    found = guessed({"when": WHEN, "counted": counted, "x": NUMBERS})
    assert found.schema.payment.time == "when"
    assert found.schema.ignored == {"counted": "the moment of when again, counted"}


def test_numbers_of_a_short_file_do_not_count_its_time() -> None:
    moments = [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=row)).isoformat() for row in range(ROWS)]
    found = guessed({"when": moments, "visits": [str(row // 7) for row in range(ROWS)], "x": NUMBERS})
    assert set(found.schema.by_name) == {"visits", "x"}


def test_a_moment_in_several_columns_is_asked_about() -> None:
    found = guessed(
        {
            "Year": cycled("2015", "2016"),
            "Month": cycled("1", "7", "12"),
            "Day": cycled("3", "31", "8"),
            "Time": cycled("06:21", "17:40"),
            "x": NUMBERS,
        }
    )
    assert "do Year, Month, Day, Time tell the moment" in question_of(found, "[payment] time")


# Ids and entities


def test_times_of_day_are_no_addresses() -> None:
    clock = [f"{row % 24:02}:{row % 60:02}:{row % 7:02}" for row in range(ROWS)]
    assert guessed({"tod": clock, "x": NUMBERS}).schema.entities == {}
    address = [f"2001:db8::{row % 90:x}" for row in range(ROWS)]
    assert guessed({"from": address, "x": NUMBERS}).schema.entities == {"ip": "from"}


def test_the_number_of_a_contract_is_asked_about() -> None:
    found = guessed({"policy_number": [str(100_000 + row * 7) for row in range(ROWS)], "x": NUMBERS})
    assert roles(found) == ["[payment] id"]
    assert "differs, too, where each pays once" in question_of(found, "[payment] id")


def test_an_address_written_as_a_number_with_decimals_is_an_entity() -> None:
    addresses = [f"{732_758_368 + row % 300 * 1_234_567}.79972" for row in range(ROWS)]
    assert guessed({"ip_address": addresses, "x": NUMBERS}).schema.entities == {"ip": "ip_address"}
    each_another = [f"{732_758_368 + row * 1_234_567}.79972" for row in range(ROWS)]
    ignored = guessed({"ip_address": each_another, "x": NUMBERS}).schema.ignored
    assert ignored == {"ip_address": "seems to be the ip, but each payment has another: nothing is shared"}


# Codes, quantities, money


def test_codes_are_no_quantities() -> None:
    found = guessed(
        {
            "PLZ": cycled("04109", "10115", "80331"),
            "region of file": cycled("01", "02", "10"),
            "insured_zip": cycled("430001", "430002"),
            "SEX": cycled("1", "2"),
            "x": NUMBERS,
        }
    )
    for name in ("PLZ", "region of file", "insured_zip", "SEX"):
        assert kind_of(found, name) is Kind.CATEGORY
    assert "01 begins with nought" in guessed({"v": cycled("01", "02", "10"), "x": NUMBERS}).comments["v"]


def test_codes_that_nearly_each_payment_has_of_its_own_are_ignored() -> None:
    zips = [str(430_000 + row * 7 % 1_500) for row in range(1_500)]
    found = guessed({"zip": zips, "x": [str(DRAW.gauss(0, 1)) for _ in range(1_500)]})
    assert found.schema.ignored == {
        "zip": "codes (by their name), 1,500 different ones in 1,500 rows: too many to learn"
    }


def test_how_many_there_are_is_no_code_and_a_score_no_money() -> None:
    found = guessed(
        {
            "bank_months_count": cycled("3", "20", "31", "8"),
            "credit_risk_score": cycled("120", "310", "200", "87"),
            "Total ERC20 tnxs": cycled("12", "31", "20", "7"),
            "credit_limit": cycled("1200", "3100", "2000", "870"),
            "x": NUMBERS,
        }
    )
    assert kind_of(found, "bank_months_count") is Kind.COUNT
    assert kind_of(found, "credit_risk_score") is Kind.NUMERIC
    assert kind_of(found, "Total ERC20 tnxs") is not Kind.MONEY
    assert kind_of(found, "credit_limit") is Kind.MONEY
    assert found.comments["credit_limit"] == "Guessed: money by its name."


def test_names_of_people_are_sensitive() -> None:
    found = guessed({"first": cycled("Ann", "Mark"), "last": cycled("Cole", "Gill", "Banks"), "x": NUMBERS})
    assert {each.name for each in found.schema.features if each.sensitive} == {"first", "last"}


def test_an_amount_in_cents_is_asked_about() -> None:
    cents = [text.replace(".", "").lstrip("0") for text in MONEY]
    found = guessed({"amount_cents": cents, "x": NUMBERS})
    assert found.schema.payment.amount == ""
    assert "Its name speaks of cents" in question_of(found, "[payment] amount")
    assert guessed({"amount_cents": cents, "x": NUMBERS}, amount="amount_cents").questions == ()


def test_an_amount_with_signs_around_it_is_asked_about() -> None:
    found = guessed({"Amount": [f"${text}" for text in MONEY], "x": NUMBERS})
    assert "Its numbers have signs around them, such as '$" in question_of(found, "[payment] amount")


# Numbers that stand for nothing


@pytest.mark.parametrize(
    ("stands", "others", "why"),
    [
        ("-1", ("0", "3", "20"), "nothing else is below 0"),
        ("-1.0", ("0.5", "3.25", "20.1"), "nothing else is below 0"),
        ("-999", ("0.5", "3.25", "20.1"), "nothing else is below 0"),
        ("9999", ("10", "31", "199"), "the next number is 199"),
    ],
)
def test_a_number_that_seems_to_stand_for_nothing_is_asked_about(
    stands: str, others: tuple[str, ...], why: str
) -> None:
    columns = {"months": cycled(stands, stands, *others), "x": NUMBERS}
    found = guessed(columns)
    (question,) = found.questions
    assert question.text.startswith(f"does {stands} mean that nothing is known? It stands in months (40.0%)")
    assert why in question.text
    document = document_of(found.schema, comments=found.comments)
    assert f"# QUESTION: {stands} stands in 40.0% of the rows" in document
    assert schema_from(document) == found.schema
    said = guessed(columns, nothing=(stands,))
    assert said.questions == ()
    feature = said.schema.by_name["months"]
    assert (feature.nothing, feature.missing) == ((stands,), Missing.OWN_VALUE)
    assert guessed(columns, number=(stands,)).questions == ()


@pytest.mark.parametrize(
    "numbers",
    [cycled("-1", "-2", "0", "3"), cycled("999", "998", "400", "20"), cycled("-999", "-998.5", "-4", "20")],
)
def test_a_number_among_its_like_stands_for_itself(numbers: list[str]) -> None:
    assert guessed({"months": numbers, "x": NUMBERS}).questions == ()


def test_one_question_is_asked_for_all_columns_of_a_number() -> None:
    found = guessed(
        {"a": cycled("-1", "3", "5", "9"), "b": cycled("2", "-1", "5", "9"), "x": NUMBERS, **SAYS_FRAUD}
    )
    (question,) = found.questions
    assert question.candidates == ("a", "b")
    assert "a (25.0%), b (25.0%)" in question.text


# Leaks


def test_what_speaks_of_fraud_beside_the_label_is_asked_about() -> None:
    flagged = ["1" if row % 40 == 3 else "0" for row in range(ROWS)]
    found = guessed({"isFraud": RARE, "isFlaggedFraud": flagged, "x": NUMBERS}, label="isFraud")
    (question,) = found.questions
    assert question.text.startswith("was isFlaggedFraud known before the payment was decided?")
    assert "isFlaggedFraud" in found.schema.by_name
    columns = {"isFraud": RARE, "isFlaggedFraud": flagged, "x": NUMBERS}
    known = guessed(columns, label="isFraud", known_before=("isFlaggedFraud",))
    assert (known.questions, known.schema.by_name["isFlaggedFraud"].known_before) == ((), True)
    left_out = guessed(columns, label="isFraud", ignore=("isFlaggedFraud",))
    assert (left_out.questions, left_out.schema.ignored) == ((), {"isFlaggedFraud": "it was said so"})
