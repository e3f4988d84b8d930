"""The columns of a CSV or Parquet file, with where each row stands in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from app.datasets.file_kind import Kind, kind_of, opened, opened_text
from app.datasets.records import records
from app.datasets.refusal import DatasetRefused, shown
from app.scoring.arrays import Floats

PARQUET = (".parquet", ".pq")

# Rows that are held as texts at once; a whole file of texts would take ten times its size.
ROWS_AT_ONCE = 10_000
_LINES_NAMED = 3

ArrowColumn: TypeAlias = "pa.ChunkedArray[pa.Scalar[pa.DataType]]"


class Cells(Protocol):
    """A column that is filled while a file is read."""

    @property
    def name(self) -> str:
        """Its name in the file."""
        ...

    @property
    def takes_numbers(self) -> bool:
        """Whether numbers that a file stores as such come by `add_numbers`."""
        ...

    @property
    def keeps_digits(self) -> bool:
        """Whether a number in fewer bits is what its own digits say, not what they are as a double."""
        ...

    def add_texts(self, texts: Sequence[str]) -> None:
        """Read the next cells as they are written."""
        ...

    def add_numbers(self, values: Floats) -> None:
        """Take the next cells as the numbers they are stored as."""
        ...


AnyCells = TypeVar("AnyCells", bound=Cells)


@dataclass(slots=True, kw_only=True)
class Table(Generic[AnyCells]):
    """What a file holds, of the columns that were wanted."""

    #: All columns by name, in the file's order.
    present: tuple[str, ...]
    #: The first row as it stands in the file; empty for Parquet, which cannot be mistaken.
    first_row: str = ""
    #: Of the wanted columns, those that stand there once.
    columns: Mapping[str, AnyCells] = field(default_factory=dict)
    #: "line" or "row", and its number for each row, shape (rows,).
    unit: str = "row"
    numbers: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    #: What is wrong with rows as such.
    faults: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.numbers.size)

    def place_of(self, row: int) -> str:
        """Return where a row (from 0) stands, such as "line 17"."""
        return f"{self.unit} {self.numbers[row]}"


def read_table(
    path: Path, wanted: Callable[[str], AnyCells | None], *, delimiter: str = ","
) -> Table[AnyCells]:
    """Return the columns of a file for which `wanted` gives an empty one to fill.

    What it is, Parquet or text, its bytes say. Raises `DatasetRefused` when it is neither, or damaged.
    """
    if kind_of(path) is Kind.PARQUET:
        return _parquet(path, wanted)
    if path.suffix in PARQUET:
        raise DatasetRefused(
            f"{shown(path.name)} is not a readable Parquet file: it holds text; name it .csv if it is CSV"
        )
    with opened_text(path) as text:
        rows = records(text, shown(path.name), delimiter=delimiter)
        return _csv(rows, shown(path.name), wanted)


def _csv(
    rows: Iterator[tuple[int, list[str]]], name: str, wanted: Callable[[str], AnyCells | None]
) -> Table[AnyCells]:
    _, header = next(rows, (0, []))
    if not header:
        raise DatasetRefused(f"{name} is blank: it holds only spaces and line ends")
    first = next(rows, None)
    columns = _wanted(header, wanted)
    read = _Rows(columns, [header.index(each) for each in columns], len(header))
    rows = rows if first is None else chain((first,), rows)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        read.add(chunk)
    return Table(
        present=tuple(header),
        first_row=",".join(first[1]) if first else "",
        columns=columns,
        unit="line",
        numbers=np.array(read.lines, dtype=np.intp),
        faults=tuple(read.faults(name)),
    )


class _Rows:
    """The rows of a CSV file as they go by: cells into their columns, ragged ones remembered."""

    def __init__(self, columns: Mapping[str, Cells], places: Sequence[int], width: int) -> None:
        self._columns = columns
        self._places = places
        self._width = width
        self.lines: list[int] = []
        #: Line and cells of the rows that are longer or shorter than the header.
        self._ragged: list[tuple[int, int]] = []
        self._ends_with_comma = True
        self._last_line = 0

    def add(self, chunk: Sequence[tuple[int, list[str]]]) -> None:
        """Take the next rows."""
        whole = [each for each in chunk if len(each[1]) == self._width]
        if len(whole) < len(chunk):
            for line, cells in chunk:
                if len(cells) != self._width:
                    self._ragged.append((line, len(cells)))
                    self._ends_with_comma &= len(cells) == self._width + 1 and not cells[-1].strip()
        self._last_line = chunk[-1][0]
        self.lines.extend(line for line, _ in whole)
        if not whole or not self._columns:
            return
        by_column = list(zip(*(cells for _, cells in whole), strict=True))
        for column, place in zip(self._columns.values(), self._places, strict=True):
            column.add_texts(by_column[place])

    def faults(self, name: str) -> Iterator[str]:
        """Say which rows have more or fewer cells than the header, and why where that can be seen."""
        if not self._ragged:
            return
        line, cells = self._ragged[0]
        others = [str(each) for each, _ in self._ragged[1 : _LINES_NAMED + 1]]
        more = len(self._ragged) - 1 - len(others)
        also = f"; so it is in {len(self._ragged):,} lines, next {', '.join(others)}" if others else ""
        dots = ", ..." if more > 0 else ""
        yield (f"{name}: line {line} has {cells} cells, the header {self._width}{self._why()}{also}{dots}")

    def _why(self) -> str:
        if not self.lines and self._ends_with_comma:
            return ": every row ends with a comma that the header lacks"
        if not self.lines and all(cells == self._width + 1 for _, cells in self._ragged):
            return ": every row begins with a name or number of its own; write the file without row names"
        if not self.lines and all(cells > self._width for _, cells in self._ragged):
            return ": a comma as decimal point without quotation marks would do this; write points"
        if len(self._ragged) == 1 and self._ragged[0][0] == self._last_line:
            return ": it is the last, so the file seems to be cut off"
        return ""


def _wanted(present: Sequence[str], wanted: Callable[[str], AnyCells | None]) -> dict[str, AnyCells]:
    once = [name for name in present if list(present).count(name) == 1]
    return {name: column for name in once if (column := wanted(name)) is not None}


def _parquet(path: Path, wanted: Callable[[str], AnyCells | None]) -> Table[AnyCells]:
    name = shown(path.name)
    try:
        with opened(path) as file:
            table = pyarrow.parquet.read_table(file)
    except (pa.ArrowException, OSError, ValueError) as failure:
        raise DatasetRefused(
            f"{name} is not a readable Parquet file: it is cut off or damaged; fetch it again"
        ) from failure
    columns = _wanted(table.column_names, wanted)
    for each in columns.values():
        _fill(each, table[each.name])
    return Table(
        present=tuple(table.column_names),
        columns=columns,
        numbers=np.arange(1, table.num_rows + 1, dtype=np.intp),
    )


def _fill(column: Cells, stored: ArrowColumn) -> None:
    kind = stored.type
    is_number = pa.types.is_floating(kind) or pa.types.is_integer(kind)
    is_double = not column.keeps_digits or pa.types.is_float64(kind)
    if column.takes_numbers and is_number and is_double and not stored.null_count:
        column.add_numbers(np.asarray(stored.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64))
    elif pa.types.is_float32(kind) and not stored.null_count:
        column.add_texts([str(value) for value in stored.to_numpy()])
    else:
        column.add_texts([text_of(value) for value in cast("Any", stored).to_pylist()])


def text_of(value: Any) -> str:
    """Return a value of a Parquet file as a text; nothing is an empty one."""
    if value is None:
        return ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
