"""The columns of a Parquet file, some rows at a time: each text of a column is read once."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from app.datasets.file_kind import opened
from app.datasets.refusal import DatasetRefused, shown
from app.datasets.table import AnyCells, Cells, MomentCells, Table, Wanted, wanted_once
from app.datasets.watched import Watch, unwatched

#: More would not be read faster.
ROWS_AT_ONCE = 250_000
Result = TypeVar("Result")
#: Numbers in fewer bits, as numbers in as many: what is equal has equal bits, and nought keeps its sign.
_BITS = {pa.float16(): pa.int16(), pa.float32(): pa.int32(), pa.float64(): pa.int64()}


def read_parquet(path: Path, wanted: Wanted[AnyCells], *, watch: Watch = unwatched) -> Table[AnyCells]:
    """Return the columns for which `wanted` gives an empty one. Raises `DatasetRefused` for damaged files."""
    with opened(path) as file:
        stored = _undamaged(path, lambda: pyarrow.parquet.ParquetFile(_seekable(file)))
        present, rows, done = stored.schema_arrow.names, stored.metadata.num_rows, 0
        columns = wanted_once(present, wanted)
        batches = stored.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(columns))
        while (batch := _undamaged(path, lambda: next(batches, None))) is not None:
            for name, column in columns.items():
                _fill(column, batch.column(name))
            done += batch.num_rows
            watch(done / rows)
    numbers = np.arange(1, rows + 1, dtype=np.intp)
    return Table(present=tuple(present), columns=columns, numbers=numbers)


def _seekable(file: BinaryIO | gzip.GzipFile) -> "BinaryIO | pa.BufferReader":
    """Return what can be read back and forth: a packed file would be unpacked anew each time."""
    return pa.BufferReader(file.read()) if isinstance(file, gzip.GzipFile) else file


def _undamaged(path: Path, step: Callable[[], Result]) -> Result:
    try:
        return step()
    except (pa.ArrowException, OSError, ValueError) as failure:
        if isinstance(failure, DatasetRefused):
            raise
        raise DatasetRefused(
            f"{shown(path.name)} is not a readable Parquet file: it is cut off or damaged; fetch it again"
        ) from failure


def _fill(column: Cells, stored: Any) -> None:
    kind = stored.type
    if _is_taken_as_numbers(column, stored):
        values = stored.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        column.add_numbers(np.asarray(values, dtype=np.float64))
    elif pa.types.is_timestamp(kind) and isinstance(column, MomentCells) and column.takes_moments:
        moments = stored.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
        is_missing = np.asarray(stored.is_null().to_numpy(zero_copy_only=False))
        column.add_moments(moments.fill_null(0).to_numpy(), is_missing, has_zone=kind.tz is not None)
    elif column.takes_numbers and not column.keeps_digits and pa.types.is_floating(kind):
        # As they would be without the gaps: in fewer bits, not by their digits.
        column.add_repeated(*different_texts(stored.cast(pa.float64())))
    else:
        column.add_repeated(*different_texts(stored))


def _is_taken_as_numbers(column: Cells, stored: Any) -> bool:
    kind = stored.type
    is_number = pa.types.is_floating(kind) or pa.types.is_integer(kind)
    keeps_them = not column.keeps_digits or pa.types.is_float64(kind)
    return column.takes_numbers and is_number and keeps_them and not stored.null_count


def different_texts(stored: Any) -> tuple[Sequence[str], NDArray[np.int32]]:
    """Return the texts of a column, each once in the order they come, and the place of each cell's."""
    kind = stored.type
    if pa.types.is_dictionary(kind):
        return different_texts(stored.cast(kind.value_type))
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return different_texts(stored.cast(pa.timestamp("us", kind.tz), safe=False))
    if pa.types.is_nested(kind):
        texts = texts_of(stored)
        return texts, np.arange(len(texts), dtype=np.int32)
    coded = stored.view(_BITS[kind]) if kind in _BITS else stored
    coded = coded.dictionary_encode(null_encoding="encode")
    different = coded.dictionary.view(kind) if kind in _BITS else coded.dictionary
    return texts_of(different), coded.indices.to_numpy()


def texts_of(stored: Any) -> list[str]:
    """Return values as texts; a number in fewer bits is what its own digits say."""
    if pa.types.is_float32(stored.type):
        return ["" if value is None else str(np.float32(value)) for value in stored.to_pylist()]
    return [text_of(value) for value in stored.to_pylist()]


def text_of(value: Any) -> str:
    """Return a value of a Parquet file as a text; nothing is an empty one."""
    if value is None:
        return ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
