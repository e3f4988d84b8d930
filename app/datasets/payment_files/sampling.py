"""What a file of an unknown team holds, as texts: its first rows, and some spread over the later ones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from app.datasets.csv_tables import ROWS_AT_ONCE
from app.datasets.file_kind import Kind, kind_of, opened, opened_text
from app.datasets.header import shortened
from app.datasets.parquet_tables import texts_of
from app.datasets.records import records
from app.datasets.refusal import DatasetRefused, quoted, shown, shown_line
from app.learning.schema_inference.profile import NOTHING
from app.learning.schema_inference.sample import FileSample
from app.scoring.numbers import number_of

#: The first rows that are looked at, later ones spread over the file, and cells in all.
FIRST_ROWS, LATER_ROWS, MOST_CELLS = 50_000, 10_000, 6_000_000
#: The commoner first.
DELIMITERS = (",", ";", "\t", "|")
_ROWS_TRIED = 200
#: Fewer rows say nothing of whether the first one is of another kind.
FEWEST_BELOW = 10
#: Of the first rows so many are as wide as the header, where the delimiter is the file's.
_AS_WIDE = 0.9
_SEPARATOR_LINE = re.compile(r"sep=.?", re.IGNORECASE)


def sampled(path: Path) -> FileSample:
    """Return a sample of a CSV file of any delimiter or of a Parquet file, gzip or not.

    Raises `DatasetRefused` when it is neither, holds no rows, or its first line does not name columns.
    """
    if not path.exists():
        raise DatasetRefused(f"there is no data file {shown_line(str(path))}")
    name = shown(path.name)
    if kind_of(path) is Kind.PARQUET:
        with _parquet_rows(path) as (header, rows):
            return _sample(name, header, rows, delimiter=",", is_text=False)
    delimiter = found_delimiter(path)
    with opened_text(path) as text:
        lines = records(text, name, delimiter=delimiter)
        _, header = next(lines, (0, []))
        return _sample(name, header, (cells for _, cells in lines), delimiter=delimiter, is_text=True)


def found_delimiter(path: Path) -> str:
    """Return the sign by which most of a text's first rows have the cells that its header names.

    Raises `DatasetRefused` when none makes columns of it.
    """
    with opened_text(path) as text:
        first = text.readline(1_000).strip()
    if _SEPARATOR_LINE.fullmatch(first):
        raise DatasetRefused(
            f"{shown(path.name)}: its first line is a spreadsheet's `sep=`: delete that line"
        )
    fits: list[tuple[float, int, str]] = []
    refused: list[DatasetRefused] = []
    for delimiter in DELIMITERS:
        try:
            share, width = _fit(path, delimiter)
        except DatasetRefused as why:
            refused.append(why)
            continue
        if width > 1 and share >= _AS_WIDE:
            fits.append((share, width, delimiter))
    if fits:
        return max(fits, key=lambda fit: (fit[1], fit[0]))[2]
    if refused:
        raise refused[0]
    raise DatasetRefused(
        f"{shown(path.name)} has no columns that commas, semicolons, tabs or vertical bars separate;"
        f" it begins with {quoted(first)}"
    )


def _fit(path: Path, delimiter: str) -> tuple[float, int]:
    """Return which share of the first rows is as wide as the header, and how wide that is."""
    with opened_text(path) as text:
        lines = records(text, shown(path.name), delimiter=delimiter)
        widths = [len(cells) for _, cells in islice(lines, _ROWS_TRIED + 1)]
    if not widths:
        return 0.0, 0
    header, *rows = widths
    return (sum(width == header for width in rows) / len(rows) if rows else 1.0), header


@contextmanager
def _parquet_rows(path: Path) -> Iterator[tuple[Sequence[str], Iterator[Sequence[str]]]]:
    """Give the names of a Parquet file's columns, and its rows as texts."""
    try:
        with opened(path) as file:
            stored = pyarrow.parquet.ParquetFile(file)
            yield stored.schema_arrow.names, _rows_of(stored)
    except (pa.ArrowException, OSError, ValueError) as failure:
        if isinstance(failure, DatasetRefused):
            raise
        raise DatasetRefused(
            f"{shown(path.name)} is not a readable Parquet file: it is cut off or damaged; fetch it again"
        ) from failure


def _rows_of(stored: pyarrow.parquet.ParquetFile) -> Iterator[Sequence[str]]:
    for batch in stored.iter_batches(batch_size=ROWS_AT_ONCE):
        yield from zip(*map(texts_of, batch.columns), strict=True)


def _sample(
    name: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str, is_text: bool
) -> FileSample:
    _check_header(name, header)
    kept = _Kept(len(header))
    for cells in rows:
        # Ragged rows are told when the file is read by the schema.
        if len(cells) == len(header):
            kept.add(cells)
    if not kept.rows:
        raise DatasetRefused(f"{name} holds no rows below its header")
    if _has_second_header(kept.first):
        raise DatasetRefused(
            f"{name}: its second line seems to hold names, too ({shortened(list(kept.first[0][:5]))}), for"
            " numbers stand below it: delete the line that is not wanted"
        )
    by_column = zip(*kept.first, *kept.later, strict=True)
    return FileSample(
        name=name,
        columns=dict(zip(header, by_column, strict=True)),
        rows=kept.rows,
        head=len(kept.first),
        delimiter=delimiter,
        is_text=is_text,
    )


def _check_header(name: str, header: Sequence[str]) -> None:
    twice = [each for each in dict.fromkeys(header) if header.count(each) > 1]
    if twice:
        raise DatasetRefused(f"{name} has a column twice: {shortened(twice)}; give one of them another name")
    if sum(map(_is_number, header)) * 2 > len(header):
        raise DatasetRefused(
            f"{name}: its first line holds values, not names: write the names of the columns into a first"
            " line of their own"
        )


def _has_second_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has words in most of the columns that hold nothing but numbers below it."""
    first, below = rows[0], rows[1:_ROWS_TRIED]
    numbers = [
        place
        for place in range(len(first))
        if all(_is_number(cells[place]) for cells in below if cells[place])
    ]
    words = [
        place
        for place in numbers
        if first[place].strip() and first[place] not in NOTHING and not _is_number(first[place])
    ]
    return len(below) >= FEWEST_BELOW and len(words) >= 2 and len(words) * 2 > len(numbers)


def _is_number(text: str) -> bool:
    try:
        number_of(text.strip())
    except ValueError:
        return False
    return True


class _Kept:
    """The first rows, then each n-th; where those become too many, every other one of them goes."""

    def __init__(self, width: int) -> None:
        shrink = min(1.0, MOST_CELLS / ((FIRST_ROWS + LATER_ROWS) * max(width, 1)))
        self._most_first, self._most_later = int(FIRST_ROWS * shrink), int(LATER_ROWS * shrink)
        self._step = 1
        self.rows = 0
        self.first: list[Sequence[str]] = []
        self.later: list[Sequence[str]] = []

    def add(self, cells: Sequence[str]) -> None:
        """Take the next row."""
        self.rows += 1
        if len(self.first) < self._most_first:
            self.first.append(cells)
            return
        if (self.rows - self._most_first - 1) % self._step == 0:
            self.later.append(cells)
        if len(self.later) > self._most_later:
            self.later = self.later[::2]
            self._step *= 2
