"""Blocks of a file, and whole columns of it, are read as its rows one by one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.datasets import ordinary_csv
from app.datasets.csv_tables import read_by_rows, read_csv
from app.datasets.payment_files.cells import Cells, NumberCells
from app.datasets.payment_files.columns import wanted_columns
from app.datasets.payment_files.file import read_payments
from app.datasets.payment_files.moments import moments_in_utc
from app.datasets.refusal import DatasetRefused
from app.datasets.table import Table
from app.scoring.schema.document import schema_from

SCHEMA = """format = 1
name = "shop"

[payment]
id = "id"
time = "at"
zone = "Europe/Vienna"
amount = "amount"

[label]
column = "fraud"

[entities]
card = "card"

[[features]]
name = "distance"
kind = "numeric"
missing = "own value"
nothing = ["NA", "-1"]

[[features]]
name = "orders"
kind = "count"

[[features]]
name = "category"
kind = "category"
missing = "own value"

[[features]]
name = "chip"
kind = "boolean"

[[features]]
name = "opened"
kind = "time"
missing = "own value"
"""
HEADER = ("id", "at", "amount", "fraud", "card", "distance", "orders", "category", "chip", "opened")
GOOD = ("a1", "2026-03-01 10:00:00", "12.30", "0", "c1", "3.5", "7", "food", "true", "2025-01-01")
HOSTILE = (
    *("", " ", "\u00a0", "NA", "-1", "1.23457E+15", "1e400", "-0.0", "+5", ".5", "5.", "nan", "1,5", "1_0"),
    *("2026-03-29 02:30:00", "2026-10-25T02:30:00", "2026-02-30 10:00:00", "2026-03-01 24:00:00"),
    *("2026-03-01 10:00:00Z", "2026-03-01 10:00:00+00:00", "2026-03-01", "0000-01-01 00:00:00", "Zürich"),
    *('"', '"x"', 'a"b', "x\ny", "x\r", "=======", "<<<<<<< HEAD", "\x00", "a;b", "\ufeff", "\x85", "\u2028"),
)
ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n \n", "\n,,,\n", "")


def schema_cells() -> Callable[[str], Cells | None]:
    return wanted_columns(schema_from(SCHEMA)).named


def told(read: Callable[[], Table[Cells]]) -> object:
    """Return all that a table tells, or its refusal."""
    try:
        table = read()
    except DatasetRefused as refused:
        return refused.args
    columns = {}
    for name, cells in table.columns.items():
        column = cells.column()
        exact = [*map(str, cells.amounts.amounts())] if isinstance(cells, NumberCells) else []
        codes = [column.words[code] if code >= 0 else None for code in column.codes.tolist()]
        counted = (cells.first_bad, cells.bad, cells.missing, cells.rows)
        columns[name] = (*counted, column.numbers.tobytes(), codes, column.words, exact)
    return (table.present, table.first_row, table.unit, table.numbers.tolist(), table.faults, columns)


def both_ways(content: bytes, *, block: int) -> tuple[object, object]:
    usual = ordinary_csv.BLOCK_BYTES
    ordinary_csv.BLOCK_BYTES = block
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "payments.csv"
            path.write_bytes(content)
            quick = told(lambda: read_csv(path, schema_cells(), delimiter=","))
            return quick, told(lambda: read_by_rows(path, schema_cells(), delimiter=","))
    finally:
        ordinary_csv.BLOCK_BYTES = usual


cells = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(GOOD), st.text(max_size=4))
rows = st.lists(
    st.tuples(
        st.one_of(
            st.just(GOOD),
            st.tuples(*(st.one_of(st.just(good), cells) for good in GOOD)),
            st.lists(cells, max_size=len(GOOD) + 2),
        ),
        st.sampled_from(ENDS),
        st.sampled_from(["plain", "quoted"]),
    ),
    max_size=8,
)


def content_of(header: Sequence[str], drawn: Sequence[tuple[Sequence[str], str, str]]) -> bytes:
    lines = [",".join(header) + "\n"]
    for row, end, quotes in drawn:
        lines.append(",".join(f'"{cell}"' if quotes == "quoted" else cell for cell in row) + end)
    return "".join(lines).encode("utf-8", errors="surrogatepass")


@settings(max_examples=1000, deadline=None)
@given(drawn=rows, block=st.integers(1, 400))
@example(drawn=[(GOOD, "\n", "plain"), (GOOD, "\n\n", "quoted"), (("",) * 10, "\n", "plain")], block=4000)
def test_blocks_give_the_columns_places_and_refusals_of_the_rows(
    drawn: list[tuple[Sequence[str], str, str]], block: int
) -> None:
    quick, by_rows = both_ways(content_of(HEADER, drawn), block=block)
    assert quick == by_rows


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200), block=st.integers(1, 64))
def test_bytes_of_any_kind_are_read_or_refused_alike(content: bytes, block: int) -> None:
    quick, by_rows = both_ways(b"id,amount\n" + content, block=block)
    assert quick == by_rows


def test_an_ordinary_file_never_comes_to_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an ordinary file was read by rows")

    monkeypatch.setattr("app.datasets.csv_tables.records", refuse)
    path = tmp_path / "payments.csv"
    path.write_bytes(content_of(HEADER, [(GOOD, "\r\n", "quoted"), (GOOD, "\r\n", "plain")] * 50))
    assert read_csv(path, schema_cells(), delimiter=",").rows == 100


moments = st.datetimes(datetime(1899, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  # on a clock


@given(moment=moments, zone=st.sampled_from(["UTC", "Europe/Vienna", "America/St_Johns", "Asia/Kathmandu"]))
@example(moment=datetime(2026, 3, 29, 2, 30), zone="Europe/Vienna")  # noqa: DTZ001
@example(moment=datetime(2026, 10, 25, 2, 59, 59, 999999), zone="Europe/Vienna")  # noqa: DTZ001
@example(moment=datetime(1910, 4, 1, 0, 0, 30), zone="Europe/Vienna")  # noqa: DTZ001
def test_clocks_are_read_together_as_each_for_itself(moment: datetime, zone: str) -> None:
    on_clock = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001
    together = moments_in_utc(np.array([on_clock]), ZoneInfo(zone))
    assert together.tolist() == [moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()]


def written(path: Path, columns: dict[str, "pa.Array[Any]"]) -> Path:
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


def stored_payments(**columns: "pa.Array[Any]") -> dict[str, "pa.Array[Any]"]:
    texts = dict(zip(HEADER, GOOD, strict=True))
    return {name: columns.get(name, pa.array([texts[name]] * 3)) for name in HEADER}


def test_stored_values_are_read_as_their_texts(tmp_path: Path) -> None:
    at = [datetime(2026, 3, 1, 9, 0, second, 250_000, tzinfo=UTC) for second in (1, 2, 3)]
    stored = stored_payments(
        id=pa.array([815100, 815101, 2**60]),
        at=pa.array(at, pa.timestamp("ns", "UTC")),
        amount=pa.array([24.78, 0.1, None], pa.float32()).fill_null(5),
        fraud=pa.array([0, 1, 0], pa.int8()),
        card=pa.array([7, None, 7], pa.int32()),
        distance=pa.array([0.5, None, -1], pa.float64()),
        orders=pa.array([1, 2, 3], pa.int16()),
        category=pa.array(["b", "a", None]).dictionary_encode(),
        chip=pa.array([True, False, True]),
    )
    file = read_payments(written(tmp_path / "payments.parquet", stored), schema_from(SCHEMA))
    assert file.ids is not None
    assert file.ids.words == ("815100", "815101", str(2**60))
    assert [*map(str, file.exact_amounts)] == ["24.78", "0.1", "5.0"]
    assert file.seconds.tolist() == [moment.timestamp() for moment in at]
    assert file.entities["card"].codes.tolist() == [0, -1, 0]
    assert np.isnan(file.columns["distance"].numbers).tolist() == [False, True, False]
    assert file.columns["category"].words[:2] == ("b", "a")
    assert file.columns["chip"].numbers.tolist() == [1, 0, 1]


def test_a_whole_number_that_says_nothing_is_missing_in_parquet_too(tmp_path: Path) -> None:
    stored = stored_payments(distance=pa.array([3, -1, 4], pa.int32()))
    file = read_payments(written(tmp_path / "payments.parquet", stored), schema_from(SCHEMA))
    assert np.isnan(file.columns["distance"].numbers).tolist() == [False, True, False]


def test_moments_to_the_nanosecond_are_read_to_the_microsecond(tmp_path: Path) -> None:
    stored = stored_payments(at=pa.array([1_772_355_600_123_456_789] * 3, pa.timestamp("ns")))
    file = read_payments(written(tmp_path / "payments.parquet", stored), schema_from(SCHEMA))
    assert file.seconds.tolist() == [1_772_352_000.123456] * 3


def test_a_missing_moment_in_parquet_is_told_with_its_row(tmp_path: Path) -> None:
    at = pa.array([datetime(2026, 3, 1, 9, tzinfo=UTC), None, None], pa.timestamp("us", "UTC"))
    path = written(tmp_path / "payments.parquet", stored_payments(at=at))
    with pytest.raises(DatasetRefused, match=r"row 2, column at: expected a moment \(iso\), found nothing"):
        read_payments(path, schema_from(SCHEMA))


def test_how_far_a_file_is_read_is_told(tmp_path: Path) -> None:
    heard: list[float] = []
    path = tmp_path / "payments.csv"
    path.write_bytes(content_of(HEADER, [(GOOD, "\n", "plain")] * 50))
    read_payments(path, schema_from(SCHEMA), watch=heard.append)
    assert heard == [1.0]
