"""Data files, checked to the cell."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from app.datasets import KAGGLE_NAMES, DatasetRefused, inspect, read_labelled, read_transactions

NAMES = ("V1", "V2")
GOOD = "Time,V1,V2,Amount,Class\n5,1.5,-2,10.00,0\n0,0.25,1e-3,3.99,1\n5,2,2,0,0\n"


def written(folder: Path, content: str, name: str = "some.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_rows_come_in_time_order_and_equal_times_in_file_order(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    file = read_transactions(path, NAMES)
    assert file.time_seconds.tolist() == [0, 5, 5]
    assert file.features.tolist() == [[0.25, 0.001], [1.5, -2.0], [2.0, 2.0]]
    assert file.amounts.tolist() == [3.99, 10.0, 0.0]
    assert file.classes is not None
    assert file.classes.tolist() == [True, False, False]
    assert file.sha256 == sha256(path.read_bytes()).hexdigest()


def test_parquet_and_quoted_csv_read_alike(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    parquet = tmp_path / "some.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), parquet)
    header, *rows = GOOD.splitlines()
    quoted = [",".join(f'"{name}"' for name in header.split(","))]
    quoted += [f'{row[:-1]}"{row[-1]}"' for row in rows]
    plain = read_transactions(path, NAMES)
    for other in (parquet, written(tmp_path, "\n".join(quoted), "quoted.csv")):
        file = read_transactions(other, NAMES)
        assert np.array_equal(file.features, plain.features)
        assert np.array_equal(file.amounts, plain.amounts)
        assert file.classes is not None
        assert file.classes.tolist() == [True, False, False]


def test_the_order_of_the_columns_is_the_schemas(tmp_path: Path) -> None:
    path = written(tmp_path, "V2,Amount,V1,Time\n2,3,1,0\n")
    file = read_transactions(path, NAMES)
    assert file.features.tolist() == [[1.0, 2.0]]
    assert file.classes is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GOOD.replace("V2", "W2"), "some.csv has no column V2, which the model needs"),
        (GOOD.replace("Time", "Seconds"), "some.csv has no column Time, which the model needs"),
        ("Time,V1,V2,V2,Amount\n0,1,2,2,3\n", "some.csv has a column twice: V2"),
        ("Time,V1,V2,Amount\n", "some.csv holds no payments"),
        (GOOD.replace("1e-3", "abc"), "line 3, column V2: expected a number .*, found 'abc'"),
        (GOOD.replace("1e-3", ""), "line 3, column V2: expected a number .*, found nothing"),
        (GOOD.replace("1e-3", "nan"), "line 3, column V2: expected a number .*, found 'nan'"),
        (GOOD.replace("1e-3", "1e7"), "line 3, column V2: expected a number between .*, found '1e7'"),
        (GOOD.replace("10.00", "-10.00"), "line 2, column Amount: .* not negative, found '-10.00'"),
        (GOOD.replace("0,0.25", "inf,0.25"), "line 3, column Time: .* not negative, found 'inf'"),
        (GOOD.replace("3.99,1", "3.99,2"), "line 3, column Class: expected .*found '2'"),
        (GOOD.replace("3.99", "NaN"), "line 3, column Amount: .* not negative, found 'NaN'"),
        (GOOD + "1,2\n", "line 5 has 2 cells, the header 5: it is the last, so the file seems"),
        ("<html>Not found</html>\n", r"some.csv is a web page \(HTML\)"),
        ("\n\n", "some.csv is blank"),
        ("", r"some.csv is empty \(0 bytes\)"),
    ],
)
def test_a_refusal_names_file_row_and_column(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(DatasetRefused, match=sentence) as refused:
        read_transactions(written(tmp_path, content), NAMES)
    assert "\n" not in str(refused.value)


def test_a_bad_value_in_parquet_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    columns = {"Time": [0.0, 1.0], "V1": [1.0, None], "V2": [1.0, 2.0], "Amount": [1.0, 2.0]}
    pyarrow.parquet.write_table(pa.table(columns), path)
    with pytest.raises(DatasetRefused, match=r"some.parquet: row 2, column V1: .* found nothing"):
        read_transactions(path, NAMES)


def test_a_file_that_is_no_parquet_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetRefused, match="not a readable Parquet file"):
        read_transactions(written(tmp_path, GOOD, "some.parquet"), NAMES)


def test_a_missing_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DatasetRefused, match=r"there is no data file .*TERTIUM_DATA"):
        read_transactions(tmp_path / "none.csv")


def test_learning_needs_labels_of_both_classes(tmp_path: Path) -> None:
    without = GOOD.replace(",Class", "").replace(",0\n", "\n").replace(",1\n", "\n")
    with pytest.raises(DatasetRefused, match="no column Class"):
        read_labelled(written(tmp_path, without), NAMES)
    with pytest.raises(DatasetRefused, match="only one class"):
        read_labelled(written(tmp_path, GOOD.replace("3.99,1", "3.99,0")), NAMES)
    _, classes = read_labelled(written(tmp_path, GOOD), NAMES)
    assert classes.tolist() == [True, False, False]


def test_the_kaggle_file_names_28_features() -> None:
    assert KAGGLE_NAMES[0] == "V1"
    assert KAGGLE_NAMES[-1] == "V28"
    assert len(KAGGLE_NAMES) == 28


def test_a_text_deep_in_a_file_of_the_kaggle_format_is_named_exactly(tmp_path: Path) -> None:
    header = ["Time", *KAGGLE_NAMES, "Amount", "Class"]
    rows = [[str(number), *["0.5"] * 28, "9.99", str(number % 2)] for number in range(2000)]
    rows[1233][7] = "many"
    path = written(tmp_path, "\n".join(",".join(row) for row in (header, *rows)), "file.csv")
    with pytest.raises(DatasetRefused) as refused:
        read_labelled(path)
    said = "file.csv: line 1235, column V7: expected a number between -1e+06 and 1e+06, found 'many'"
    assert str(refused.value) == said


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\n\xff\xfe\n", b"\x00" * 50])
def test_what_is_no_text_is_no_csv(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetRefused, match=r"^some.csv ") as refused:
        read_transactions(path, NAMES)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["some.parquet", "dataset_1597.pq"])
@pytest.mark.parametrize(
    "classes",
    [
        pa.array(["0", "1", "0"]),
        pa.array(["0", "1", "0"]).dictionary_encode(),
        pa.array([b"0", b"1", b"0"]),
        pa.array(["'0'", "'1'", "'0'"]),
        pa.array([False, True, False]),
        pa.array([0, 1, 0], pa.uint8()).dictionary_encode(),
    ],
    ids=str,
)
def test_a_class_is_read_however_openml_writes_it(
    tmp_path: Path, name: str, classes: "pa.Array[Any]"
) -> None:
    path = tmp_path / name
    columns = {
        "Time": [0.0, 1.0, 2.0],
        "V1": [1.0, 2.0, 3.0],
        "V2": [1.0, 2.0, 3.0],
        "Amount": [1.0, 2.0, 3.0],
    }
    pyarrow.parquet.write_table(pa.table(columns | {"Class": classes}), path)
    _, is_fraud = read_labelled(path, NAMES)
    assert is_fraud.tolist() == [False, True, False]


def test_a_category_that_is_no_class_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    columns = {"Time": [0.0, 1.0], "V1": [1.0, 2.0], "V2": [1.0, 2.0], "Amount": [1.0, 2.0]}
    classes = pa.array(["0", "fraud"]).dictionary_encode()
    pyarrow.parquet.write_table(pa.table(columns | {"Class": classes}), path)
    with pytest.raises(DatasetRefused, match=r"row 2, column Class: .*found 'fraud'"):
        read_labelled(path, NAMES)


def test_an_inspection_tells_all_faults_and_keeps_the_files_order(tmp_path: Path) -> None:
    path = written(tmp_path, "Time,V1,Amount,Iban,Class\n5,x,1,2,0\n0,1,-2,3,7\n")
    found = inspect(path, NAMES)
    assert found.present == ("Time", "V1", "Amount", "Iban", "Class")
    assert found.columns["Time"].tolist() == [5, 0]
    assert np.isnan(found.columns["V1"]).tolist() == [True, False]
    assert "Iban" not in found.columns
    assert [fault.split(": expected")[0] for fault in found.faults] == [
        "some.csv has no column V2, which the model needs; it has 'Iban', which nothing here reads",
        "some.csv: line 2, column V1",
        "some.csv: line 3, column Amount",
        "some.csv: line 3, column Class",
    ]
    assert inspect(written(tmp_path, GOOD), NAMES).faults == ()
