"""A file nobody described is read by the schema that was guessed of it; what is open is asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from app.datasets import DatasetRefused
from app.datasets.payment_files.file import PaymentFile, read_payments
from app.datasets.payment_files.sampling import FIRST_ROWS, LATER_ROWS, sampled
from app.learning.preparation.own_payments import usual_split
from app.learning.schema_inference.infer import Inference, infer
from app.learning.schema_inference.sample import AnswerRefused, Answers
from app.learning.splits import Split
from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.feature import Kind, Missing
from tests.public_files import (
    ROWS,
    START,
    Cells,
    is_fraud,
    moments,
    with_commas,
    with_gaps,
    with_index,
    with_thousands_of_words,
    with_truths,
    written,
)


def guessed(path: Path, **said: object) -> Inference:
    return infer(sampled(path), Answers(**said))  # type: ignore[arg-type]


def read(path: Path, found: Inference) -> PaymentFile:
    """Read a file by the document of what was guessed, so that comments and all are part of it."""
    document = document_of(found.schema, comments=found.comments)
    assert schema_from(document) == found.schema
    payments = read_payments(path, schema_from(document))
    assert payments.is_fraud is None or payments.is_fraud.tolist() == [
        is_fraud(row) for row in range(payments.rows)
    ]
    return payments


def kinds(found: Inference) -> dict[str, Kind]:
    return {each.name: each.kind for each in found.schema.features}


def test_a_data_frame_with_its_index(tmp_path: Path) -> None:
    path = written(tmp_path / "frame.csv", with_index())
    found = guessed(path)
    payments = read(path, found)

    payment, schema = found.schema.payment, found.schema
    assert (payment.id, payment.time, payment.amount) == ("trans_num", "trans_date_trans_time", "amt")
    assert schema.entities == {"card": "cc_num"}
    assert schema.ignored == {
        "": "has no name; it counts the rows",
        "unix_time": "the moment of trans_date_trans_time again",
    }
    assert kinds(found) == {"gender": Kind.CATEGORY, "dob": Kind.TIME, "lat": Kind.NUMERIC}
    assert [each.name for each in schema.features if each.sensitive] == ["gender", "dob"]
    assert payments.seconds.tolist() == [moment.timestamp() for moment in moments()]
    assert found.questions == ()


def test_semicolons_decimal_commas_and_days_first(tmp_path: Path) -> None:
    path = written(tmp_path / "sheet.csv.gz", with_commas(), delimiter=";")
    found = guessed(path)
    payments = read(path, found)

    file = found.schema.file
    assert (file.delimiter, file.decimal, file.thousands) == (";", ",", ".")
    assert found.schema.payment.time_format == "%d.%m.%Y %H:%M"
    assert kinds(found) == {"Score": Kind.NUMERIC, "Konto seit": Kind.TIME}
    assert payments.amounts.max() > 1000
    assert "No zone is written" in found.comments["[payment] time"]


def test_yes_and_no_in_four_ways(tmp_path: Path) -> None:
    path = written(tmp_path / "truths.csv", with_truths(), delimiter="|")
    found = guessed(path)
    payments = read(path, found)

    assert found.schema.payment.id == "payment_id"
    assert found.schema.payment.time_format == "unix seconds"
    assert kinds(found) == {
        **dict.fromkeys(("new_device", "vpn", "chip", "foreign"), Kind.BOOLEAN),
        "visits": Kind.COUNT,
    }
    assert set(payments.columns["vpn"].numbers.tolist()) == {0.0, 1.0}
    assert found.schema.label is not None
    assert (found.schema.label.fraud, found.schema.label.legit) == (("Y",), ("N",))


def test_words_by_the_thousand_and_what_a_spreadsheet_destroyed(tmp_path: Path) -> None:
    path = written(tmp_path / "shop.csv", with_thousands_of_words(), delimiter="\t")
    found = guessed(path)
    payments = read(path, found)

    ignored = found.schema.ignored
    assert set(ignored) == {"comment", "channel", "card_number"}
    assert ignored["card_number"].startswith("REFUSED as card: a spreadsheet made 4.")
    assert ignored["channel"] == "is 'web' in each row"
    assert found.schema.entities == {"email": "buyer_mail"}
    assert found.schema.payment.time_format == "%m/%d/%Y %I:%M %p"
    assert kinds(found) == {"goods": Kind.CATEGORY}
    assert len(payments.columns["goods"].words) > 1_000


def test_four_cells_in_ten_that_say_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "gaps.csv", with_gaps())
    found = guessed(path)
    payments = read(path, found)

    gaps = [each for each in found.schema.features if each.missing is Missing.OWN_VALUE]
    assert {each.name: each.nothing for each in gaps} == {
        "score": ("NA",),
        "logins": ("null",),
        "country": (),  # Namibia is there
        "browser": ("?",),
        "ratio": ("-",),
        "distance": ("unknown",),
    }
    assert all(0.3 < payments.columns[each.name].is_missing.mean() < 0.5 for each in gaps)
    assert "unknown stands for nothing" in found.comments["distance"]


@pytest.mark.parametrize("make", [with_index, with_truths, with_thousands_of_words, with_gaps])
def test_parquet_gives_the_schema_that_the_text_gives(tmp_path: Path, make: object) -> None:
    cells: Cells = make()  # type: ignore[operator]
    stored = {name: [str(cell) for cell in column] for name, column in cells.items() if name}
    text = written(tmp_path / "payments.csv", stored)
    table = pa.table(stored)
    parquet = tmp_path / "payments.parquet"
    pyarrow.parquet.write_table(table, parquet)

    assert guessed(parquet).schema.features == guessed(text).schema.features
    assert read(parquet, guessed(parquet)).rows == table.num_rows


def test_parquet_with_kinds_of_its_own(tmp_path: Path) -> None:
    parquet = tmp_path / "typed.parquet"
    draw = np.random.default_rng(6)
    pyarrow.parquet.write_table(
        pa.table(
            {
                "time": pa.array(moments(), type=pa.timestamp("us", tz="UTC")),
                "amount": np.round(draw.lognormal(3, 1, ROWS), 2).astype(np.float32),
                "is_new": draw.random(ROWS) < 0.5,
                "visits": pa.array([None if row % 5 == 0 else row % 40 for row in range(ROWS)]),
                "fraud": [is_fraud(row) for row in range(ROWS)],
            }
        ),
        parquet,
    )
    found = guessed(parquet)
    payments = read(parquet, found)

    assert kinds(found) == {"is_new": Kind.BOOLEAN, "visits": Kind.COUNT}
    assert found.schema.payment.amount == "amount"
    assert payments.seconds[0] == START.timestamp()
    assert payments.columns["visits"].is_missing.sum() == ROWS / 5


def test_days_and_months_that_cannot_be_told_apart_are_asked_about(tmp_path: Path) -> None:
    cells = {**with_truths(), "ts": [f"0{row // 100 % 9 + 1}/0{row % 9 + 1}/2026" for row in range(ROWS)]}
    path = written(tmp_path / "days.csv", cells)

    found = guessed(path)
    assert found.schema.payment.time == ""
    (question,) = found.questions
    assert (question.role, question.answer) == ("[payment] time", "--day-first or --month-first")
    assert "QUESTION: is 01/01/2026 in ts day first (%d/%m/%Y)" in document_of(
        found.schema, comments=found.comments
    )
    assert guessed(path, day_first=True).schema.payment.time_format == "%d/%m/%Y"
    assert guessed(path, day_first=False).schema.payment.time_format == "%m/%d/%Y"


def test_an_order_of_day_and_month_that_the_days_deny_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "sheet.csv", with_commas(), delimiter=";")
    assert guessed(path, day_first=True).schema.payment.time == "Buchung"
    with pytest.raises(AnswerRefused, match="was said to be month first"):
        guessed(path, day_first=False)


def test_a_thousand_that_may_be_a_decimal_is_asked_about(tmp_path: Path) -> None:
    either = [f"{row % 9 + 1},{row % 900 + 100}" for row in range(ROWS)]
    path = written(tmp_path / "either.csv", {**with_gaps(), "price": range(ROWS), "score": either})

    (question,) = [each for each in guessed(path).questions if each.role == "[file] decimal"]
    assert either[0] in question.text


@pytest.mark.parametrize(
    ("time_format", "step"), [("hours", 3_600), ("days", 86_400), ("unix milliseconds", 1e-3)]
)
def test_time_is_counted_in_the_unit_that_the_schema_says(
    tmp_path: Path, time_format: str, step: float
) -> None:
    path = written(tmp_path / "steps.csv", {**with_truths(), "ts": [5 + row for row in range(ROWS)]})
    schema = guessed(path, time="ts").schema
    payment = replace(schema.payment, time_format=time_format)
    payments = read_payments(path, replace(schema, payment=payment))
    assert payments.seconds[:2].tolist() == [5 * step, 6 * step]
    assert usual_split(payments.schema) is (
        Split.TIME if time_format.startswith("unix") else Split.STRATIFIED
    )


def test_later_rows_are_looked_at_evenly(tmp_path: Path) -> None:
    rows = 150_000
    path = written(tmp_path / "long.csv", {"number": range(rows), "word": ["a"] * rows})
    sample = sampled(path)

    numbers = [int(text) for text in sample.columns["number"]]
    assert (sample.rows, sample.head) == (rows, FIRST_ROWS)
    assert numbers[:FIRST_ROWS] == list(range(FIRST_ROWS))
    later = np.array(numbers[FIRST_ROWS:])
    assert LATER_ROWS // 2 <= later.size <= LATER_ROWS
    assert len(set(np.diff(later).tolist())) == 1
    assert later[-1] > rows - 50


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sep=;\na;b\n1;2\n", "delete that line"),
        ("alone\n1\n2\n", "no columns"),
        ("a,b,a\n1,2,3\n", "twice: a; give one of them another name"),
        ("X1,X2,X3\nID,AGE,PAY\n" + "1,2,3\n" * 12, "second line seems to hold names, too .ID, AGE, PAY."),
        ("1,2,3.5\n4,5,6\n", "first line holds values"),
        ("a,b\n", "no rows"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "payments.csv"
    path.write_text(content)
    with pytest.raises(DatasetRefused, match=said):
        sampled(path)
