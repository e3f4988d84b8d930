"""What is guessed of columns rests on their values; what they leave open is asked, never chosen."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.schema_inference.infer import Inference, infer
from app.learning.schema_inference.number_format import FORMATS, PLAIN, NumberFormat, found_format
from app.learning.schema_inference.profile import profile_of
from app.learning.schema_inference.sample import AnswerRefused, Answers, FileSample
from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.feature import Kind

ROWS = 400
DRAW = random.Random(0)
MONEY = [f"{DRAW.lognormvariate(3, 1):.2f}" for _ in range(ROWS)]
OTHER_MONEY = [f"{DRAW.lognormvariate(4, 1):.2f}" for _ in range(ROWS)]
NUMBERS = [f"{DRAW.gauss(0, 1):.6f}" for _ in range(ROWS)]
RARE = ["1" if row % 20 == 3 else "0" for row in range(ROWS)]
OTHER_RARE = ["1" if row % 25 == 4 else "0" for row in range(ROWS)]
WHEN = [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=5 * row)).isoformat() for row in range(ROWS)]
SHUFFLED = [WHEN[row * 7 % ROWS] for row in range(ROWS)]
IDS = [f"T{10_000 + row}" for row in range(ROWS)]


def guessed(columns: Mapping[str, Sequence[str]], **said: object) -> Inference:
    rows = len(next(iter(columns.values())))
    sample = FileSample(name="payments.csv", columns=columns, rows=rows, head=rows)
    return infer(sample, Answers(**said))  # type: ignore[arg-type]


def roles(found: Inference) -> list[str]:
    return [question.role for question in found.questions]


def test_what_else_a_model_may_read_of_moment_and_amount_is_offered() -> None:
    found = guessed({"when": WHEN, "amount": MONEY, "x": NUMBERS})
    assert found.schema.payment.read_of_time == ("hour", "weekend")
    document = document_of(found.schema, comments=found.comments)
    assert "weekday in the place of weekend" in document
    assert '# read_of_amount = ["ending"] lets the model read' in document
    taken = document.replace("# read_of_amount", "read_of_amount").split(" lets the model")[0]
    assert schema_from(taken).payment.read_of_amount == ("ending",)
    without_time = guessed({"amount": MONEY, "x": NUMBERS})
    assert "[payment] read_of_amount" not in without_time.comments


def test_a_name_alone_makes_nothing_of_a_column() -> None:
    found = guessed(
        {
            "label": NUMBERS,
            "amount": ["red", "blue"] * (ROWS // 2),
            "time": NUMBERS[::-1],
            "transaction_id": ["a", "b", "c", "d"] * (ROWS // 4),
            "card_number": ["visa", "amex"] * (ROWS // 2),
            "is_fraud": [str(row % 7) for row in range(ROWS)],
        }
    )
    schema = found.schema
    assert schema.label is None
    assert schema.entities == {}
    assert (schema.payment.amount, schema.payment.id, schema.payment.time) == ("", "", "")
    assert schema.by_name["amount of file"].kind is Kind.CATEGORY
    assert schema.by_name["amount of file"].column == "amount"


@pytest.mark.parametrize(
    ("columns", "role", "option"),
    [
        ({"isFraud": RARE, "isFlaggedFraud": OTHER_RARE, "x": NUMBERS}, "[label] column", "label"),
        ({"flag": RARE, "x": NUMBERS}, "[label] column", "label"),
        ({"amount": MONEY, "total": OTHER_MONEY, "x": NUMBERS}, "[payment] amount", "amount"),
        ({"v": MONEY, "x": NUMBERS}, "[payment] amount", "amount"),
        ({"order_id": IDS, "payment_id": IDS[::-1], "x": NUMBERS}, "[payment] id", "id"),
        ({"date": SHUFFLED, "when": SHUFFLED[::-1], "x": NUMBERS}, "[payment] time", "time"),
        ({"step": [str(row // 9) for row in range(ROWS)], "x": NUMBERS}, "[payment] time", "time"),
    ],
)
def test_what_several_columns_could_be_is_asked_and_answered(
    columns: dict[str, list[str]], role: str, option: str
) -> None:
    found = guessed(columns)
    assert roles(found) == [role]
    (question,) = found.questions
    assert f"--{option} COLUMN" == question.answer
    document = document_of(found.schema, comments=found.comments)
    assert "# QUESTION: " in document
    assert schema_from(document) == found.schema
    for candidate in question.candidates:
        answered = guessed(columns, **{option: candidate})
        assert role not in roles(answered)
        taken = answered.schema.label.column if answered.schema.label else ""
        assert candidate in {taken, getattr(answered.schema.payment, option, "")}


def test_a_few_numbers_that_rise_are_years_and_nobody_is_asked() -> None:
    found = guessed({"year": [str(2015 + row // 50) for row in range(ROWS)], "x": NUMBERS})
    assert found.questions == ()
    assert found.schema.by_name["year"].kind is Kind.NUMERIC


def test_an_id_by_its_making_alone_is_asked_about() -> None:
    found = guessed({"origin": IDS, "x": NUMBERS})
    assert found.schema.payment.id == ""
    assert roles(found) == ["[payment] id"]
    assert "a customer's, a card's or an account's differs, too" in found.comments["[payment] id"]
    assert guessed({"origin": IDS, "x": NUMBERS}, id="origin").schema.payment.id == "origin"


def test_codes_without_a_name_that_some_payments_share_are_offered_as_an_entity() -> None:
    codes = [f"C{1_000 + row * row % 331}" for row in range(ROWS)]
    ignored = guessed({"destination": [*IDS[:200], *codes[:200]], "x": NUMBERS}).schema.ignored
    assert "name them in [entities]" in ignored["destination"]


def test_of_two_moments_the_one_that_rises_through_the_file_is_the_payments() -> None:
    found = guessed({"date": SHUFFLED, "when": WHEN, "x": NUMBERS})
    assert found.schema.payment.time == "when"
    assert "the only one that rises" in found.comments["[payment] time"]


def test_ten_digits_are_a_moment_only_where_the_name_speaks_of_time() -> None:
    digits = [str(1_700_000_000 + 61 * row) for row in range(ROWS)]
    assert guessed({"unix_time": digits, "x": NUMBERS}).schema.payment.time_format == "unix seconds"
    payment = guessed({"payment_id": digits, "x": NUMBERS}).schema.payment
    assert (payment.id, payment.time) == ("payment_id", "")
    assert guessed({"u": digits, "x": NUMBERS}, time="u").schema.payment.time_format == "unix seconds"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"label": "x"}, "a label has two"),
        ({"amount": "x"}, "is negative"),
        ({"time": "words"}, "does not hold a moment"),
        ({"id": "words"}, "it is not unique"),
        ({"label": "nowhere"}, "has no column"),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused(said: dict[str, str], why: str) -> None:
    columns = {"x": NUMBERS, "words": ["a", "b", "c", "d"] * (ROWS // 4), "class": RARE}
    with pytest.raises(AnswerRefused, match=why):
        guessed(columns, **said)


@pytest.mark.parametrize(
    ("words", "fraud"),
    [
        (("Fraudulent", "Genuine"), "Fraudulent"),
        (("normal", "odd"), "odd"),
        (("1", "0"), "1"),
        (("no", "yes"), "no"),
    ],
)
def test_words_say_which_value_is_fraud_and_else_the_rarer_is(words: tuple[str, str], fraud: str) -> None:
    rare = words[0] if words[0] == fraud else words[1]
    common = words[1] if words[0] == fraud else words[0]
    label = [rare if row % 20 == 3 else common for row in range(ROWS)]
    found = guessed({"class": label, "x": NUMBERS})
    assert found.schema.label is not None
    assert found.schema.label.fraud == (fraud,)
    assert "delay_days = 0" in found.comments["[label] column"]


def test_yes_is_fraud_in_a_balanced_file_even_where_it_is_commoner() -> None:
    label = ["1" if row % 9 < 5 else "0" for row in range(ROWS)]
    found = guessed({"Class": label, "x": NUMBERS})
    assert found.schema.label is not None
    assert found.schema.label.fraud == ("1",)


def test_moments_after_the_payment_are_no_features() -> None:
    days = [(datetime.fromisoformat(text) + timedelta(days=30)).isoformat() for text in WHEN]
    found = guessed({"occurred": WHEN, "reported": days, "x": NUMBERS})
    assert found.schema.ignored["reported"] == (
        "lies after the payment in 100% of the rows: not known when it came"
    )


def test_refunds_keep_a_column_from_being_the_amount() -> None:
    found = guessed({"amount": ["-5.00", *MONEY[1:]], "x": NUMBERS})
    assert found.schema.payment.amount == ""
    assert "is negative in 1 rows, as refunds are" in found.comments["[payment] amount"]
    assert found.schema.by_name["amount of file"].kind is Kind.MONEY


@given(
    st.sampled_from(FORMATS),
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=1, max_size=20),
)
def test_a_number_is_read_as_it_was_written(written: NumberFormat, numbers: list[object]) -> None:
    signs = str.maketrans({",": written.thousands, ".": written.decimal})
    texts = [f"{number:,.2f}".translate(signs) for number in numbers]
    assert [written.number(text) for text in texts] == [float(str(number)) for number in numbers]
    found = found_format([profile_of("n", texts)])
    if written.thousands and not found.doubtful and any(written.thousands in text for text in texts):
        assert found.written == written


@given(st.lists(st.integers(0, 10**6).map(str), min_size=1))
def test_whole_numbers_say_nothing_of_decimals(texts: list[str]) -> None:
    found = found_format([profile_of("n", texts)])
    assert (found.written, found.doubtful) == (PLAIN, "")


@given(
    st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=8), min_size=12, max_size=12), max_size=5)
)
def test_whatever_stands_in_a_file_the_document_reads_back(columns: dict[str, list[str]]) -> None:
    found = guessed({**columns, "surely a number": NUMBERS[:12]})
    assert schema_from(document_of(found.schema, comments=found.comments)) == found.schema
    told = {*found.schema.ignored, *found.schema.entities.values()}
    told |= {each.in_file for each in found.schema.features}
    payment = found.schema.payment
    told |= {payment.id, payment.time, payment.amount}
    told |= {found.schema.label.column} if found.schema.label else set()
    asked = {name for question in found.questions for name in question.candidates}
    assert set(columns) <= told | asked
