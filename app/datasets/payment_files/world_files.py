"""The invented world's payments as a labelled file, a day at a time, and the schema that reads it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from app.datasets.refusal import DatasetRefused, shown
from app.learning.payments_world.paying import Pattern
from app.learning.payments_world.payments import Payments
from app.scoring.schema.columns import SECONDS_A_DAY, Column
from app.scoring.schema.document import schema_from
from app.scoring.schema.feature import Kind
from app.scoring.schema.schema import Schema

#: By pattern, as the file names it.
PATTERNS = ("", "large amount", "compromised terminal", "stolen card")
MOMENT = pa.timestamp("s", tz="UTC")

_Opened = Callable[[str, pa.Schema], AbstractContextManager[Any]]
#: By a file's ending; both write one batch after the other.
_WRITERS: dict[str, _Opened] = {
    ".csv": cast(_Opened, pyarrow.csv.CSVWriter),
    ".parquet": cast(_Opened, pyarrow.parquet.ParquetWriter),
}


def world_schema_text() -> str:
    """Return the schema of the world's payments, as it is written beside a file of them."""
    return (files("app.learning.payments_world") / "schema.toml").read_text(encoding="utf-8")


def world_schema() -> Schema:
    """Return the schema of the world's payments."""
    return schema_from(world_schema_text())


def refuse_ending(path: Path) -> None:
    """Raise `DatasetRefused` for a file that would be neither CSV nor Parquet."""
    if path.suffix not in _WRITERS:
        raise DatasetRefused(f"{shown(path.name)} must end in {' or '.join(_WRITERS)}")


def write_world(path: Path, days: Iterable[Payments]) -> tuple[int, int]:
    """Write payments, and return how many there are and how many are frauds; the file appears whole.

    Raises `DatasetRefused` for another ending than .csv or .parquet, or when there is nothing to write.
    """
    refuse_ending(path)
    schema, written, frauds = world_schema(), 0, 0
    partial = path.with_name(f".{path.name}.partial")
    batches = (_batch(schema, payments) for payments in days)
    first = next(batches, None)
    if first is None:
        raise DatasetRefused("there are no payments in these days")
    with _WRITERS[path.suffix](str(partial), first.schema) as writer:
        for batch in _chained(first, batches):
            writer.write_batch(batch)
            written += batch.num_rows
            frauds += int(np.count_nonzero(batch.column("is_fraud").to_numpy()))
    partial.replace(path)
    return written, frauds


def _chained(first: pa.RecordBatch, others: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    yield first
    yield from others


def _batch(schema: Schema, payments: Payments) -> pa.RecordBatch:
    paid = payments.paid
    day = int(paid.seconds[0] // SECONDS_A_DAY)
    columns: dict[str, Any] = {
        "payment_id": pa.array([f"{day}-{number:06d}" for number in range(1, paid.seconds.size + 1)]),
        "paid_at": _moments(paid.seconds),
        "amount": pa.array(paid.amounts),
    }
    columns |= {name: pa.array(values, pa.string()) for name, values in payments.entities.items()}
    columns |= {each.name: _cells(each.kind, payments.columns[each.name]) for each in schema.features}
    columns["is_fraud"] = pa.array(paid.is_fraud.astype(np.int8))
    columns["fraud_reported_at"] = _moments(payments.reported_seconds)
    words = [PATTERNS[Pattern(each)] or None for each in paid.pattern.tolist()]
    columns["fraud_pattern"] = pa.array(words, pa.string())
    return pa.record_batch(columns)


def _moments(seconds: NDArray[np.float64]) -> Any:
    is_there = ~np.isnan(seconds)
    return pa.array(np.where(is_there, seconds, 0).astype(np.int64), MOMENT, mask=~is_there)


def _cells(kind: Kind, column: Column) -> Any:
    if kind is Kind.CATEGORY:
        # The last word stands where the code is -1: nothing.
        return pa.array(np.array([*column.words, None], dtype=np.object_)[column.codes], pa.string())
    if kind is Kind.BOOLEAN:
        return pa.array(column.numbers == 1.0)
    if kind is Kind.COUNT:
        is_missing = column.is_missing
        return pa.array(np.where(is_missing, 0, column.numbers).astype(np.int64), mask=is_missing)
    return pa.array(column.numbers, mask=column.is_missing)
