"""The invented world's files are read by the schema that lies beside them, as CSV and as Parquet."""

from pathlib import Path

import numpy as np
import pytest

from app.datasets import DatasetRefused
from app.datasets.payment_files.file import PaymentFile, read_payments
from app.datasets.payment_files.world_files import world_schema, write_world
from tests.learning.payments_world.worlds import its_days, numbers_of

SCHEMA = world_schema()


def read_back(path: Path) -> PaymentFile:
    days = its_days()[:2]
    assert write_world(path, iter(days)) == (
        sum(day.paid.seconds.size for day in days),
        sum(int(day.paid.is_fraud.sum()) for day in days),
    )
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return read_payments(path, SCHEMA)


@pytest.mark.parametrize("name", ["payments.csv", "payments.parquet"])
def test_a_file_holds_what_the_world_made(tmp_path: Path, name: str) -> None:
    file, days = read_back(tmp_path / name), its_days()[:2]
    assert file.note == ""
    assert (file.seconds == np.concatenate([day.paid.seconds for day in days])).all()
    assert (file.amounts == np.concatenate([day.paid.amounts for day in days])).all()
    assert file.is_fraud is not None
    assert (file.is_fraud == np.concatenate([day.paid.is_fraud for day in days])).all()
    for feature in SCHEMA.features:
        found = file.columns[feature.name]
        if found.codes.size:
            words = [found.words[code] if code >= 0 else None for code in found.codes.tolist()]
            made = [
                day.columns[feature.name].words[code] if code >= 0 else None
                for day in days
                for code in day.columns[feature.name].codes.tolist()
            ]
            assert words == made
        else:
            values = np.concatenate([numbers_of(day.columns[feature.name]) for day in days])
            np.testing.assert_array_equal(found.numbers, values)


def test_both_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        (tmp_path / kind).mkdir()
    csv, parquet = (read_back(tmp_path / kind / f"payments.{kind}") for kind in ("csv", "parquet"))
    assert tuple(csv.exact_amounts) == tuple(parquet.exact_amounts)
    for name in SCHEMA.entities:
        assert csv.entities[name].words == parquet.entities[name].words


def test_another_ending_and_no_days_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetRefused, match=r"must end in \.csv or \.parquet"):
        write_world(tmp_path / "payments.xlsx", its_days())
    with pytest.raises(DatasetRefused, match="no payments"):
        write_world(tmp_path / "payments.csv", [])
    assert list(tmp_path.iterdir()) == []


def test_each_feature_has_a_description_and_numbers_have_a_range() -> None:
    assert all(each.about for each in SCHEMA.features)
    assert all(each.most < 1e15 for each in SCHEMA.features if each.kind in {"numeric", "money", "count"})
    assert [each.name for each in SCHEMA.features if each.sensitive] == ["monthly_limit", "limit_left"]
    assert set(SCHEMA.ignored) == {"fraud_reported_at", "fraud_pattern"}
