"""A file is accepted when, and only when, the API would accept every row of it."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cli.replay.file_rows import checked_moments, rows_of
from app.cli.replay.rows import Plan
from app.datasets import DatasetRefused
from app.datasets.payment_files.file import read_payments
from app.review.card_numbers.rule import CardNumberRule
from app.scoring.schema.schema import numeric_schema
from app.web.api.payments.schemas import TransactionIn
from app.web.problems import InvalidTransaction
from tests.scoring.builders import a_schema
from tests.service import NOON

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
SCHEMA = a_schema(("V1",))
DESCRIBED = numeric_schema(("V1",))
NUMBERS = st.one_of(
    st.decimals(0, 10_000, places=2).map(str),
    st.decimals(0, 100, places=5).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.text("0123456789.,-_e \uff11", min_size=1, max_size=6),
    st.sampled_from(["0", "-0.0", "1e12", "999999999999.9999", "1000000000000", "1.50000", "1e-4", "1e-5"]),
)


def accepted_by_the_api(feature: str, amount: str) -> bool:
    """Whether a client may send the texts of these cells, read by nobody but the API."""
    whole, _, behind = amount.partition(".")
    body = {
        "transaction_id": "row",
        "occurred_at": "2026-05-01T12:00:00Z",
        "amount": f"{whole}.{behind.rstrip('0') or '0'}" if behind and "e" not in amount else amount,
        "currency": "EUR",
        "features": {"V1": float(feature)},
    }
    try:
        TransactionIn.model_validate(body).checked(SCHEMA, 1, NOON, CardNumberRule())
    except (ValidationError, InvalidTransaction):
        return False
    return True


def is_plain(text: str) -> bool:
    """Whether a text is a number as a person writes one: what Python reads beyond that is not meant."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text and text == text.strip()


@given(NUMBERS, NUMBERS)
@example("0", "61.70018282")
@example("1e7", "1")
@example("0", "9007199254740993")
@example("0", ".0")
def test_a_row_of_a_file_is_accepted_exactly_when_the_api_accepts_it(feature: str, amount: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "some.csv"
        path.write_text(f'Time,V1,Amount\n0,"{feature}","{amount}"\n')
        try:
            file = read_payments(path, DESCRIBED)
            plan = Plan()
            moments = checked_moments(file, plan, now=NOW)
        except DatasetRefused:
            accepted = False
        else:
            (row,) = rows_of(file, plan, moments)
            accepted = True
            assert TransactionIn.model_validate(row.body).amount == abs(file.exact_amounts[0])
    expected = is_plain(feature) and is_plain(amount) and accepted_by_the_api(feature, amount)
    assert accepted == expected


def test_amounts_in_fewer_bits_are_what_their_own_digits_say(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    columns = {
        "Time": pa.array([0, 1]),
        "V1": pa.array([0.5, 1.5], pa.float32()),
        "Amount": pa.array([2.69, 149.62], pa.float32()),
    }
    pyarrow.parquet.write_table(pa.table(columns), path)
    file = read_payments(path, DESCRIBED)
    plan = Plan()
    moments = checked_moments(file, plan, now=NOW)
    assert [row.body["amount"] for row in rows_of(file, plan, moments)] == ["2.69", "149.62"]
    assert [row.place for row in rows_of(file, plan, moments)] == ["row 1", "row 2"]


def test_a_unit_that_is_named_is_taken_at_its_word(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("Time,V1,Amount\n" + "".join(f"{row / 4 + 1 / 3},0,1\n" for row in range(200)))
    file = read_payments(path, DESCRIBED)
    plan = Plan(time_unit="hours")
    moments = checked_moments(file, plan, now=NOW)
    told = [row.occurred_at for row in rows_of(file, plan, moments)]
    assert (told[4] - told[0]).total_seconds() == 3600


def test_ids_that_begin_with_a_card_number_are_refused_before_a_row_is_posted(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("Time,V1,Amount\n0,0,1\n")
    file = read_payments(path, DESCRIBED)
    with pytest.raises(DatasetRefused, match="--id-prefix must not hold a card number") as refused:
        checked_moments(file, Plan(id_prefix="4000 0012 3456 7899"), now=NOW)
    assert "7899" not in str(refused.value)
