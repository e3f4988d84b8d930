"""The columns of a CSV file: its ordinary beginning in blocks, the rest from the first odd block on by rows.

Both give the same columns, places and refusals; the rows have the last word on what is not ordinary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Generic

import numpy as np

from app.datasets.csv_rows import CsvRows
from app.datasets.file_kind import opened
from app.datasets.ordinary_csv import OrdinaryCsv, blocks_of, cells_of_line, header_line
from app.datasets.parquet_tables import different_texts
from app.datasets.records import records
from app.datasets.refusal import DatasetRefused, shown
from app.datasets.table import AnyCells, Table, Wanted, wanted_once
from app.datasets.watched import Watch, share_read, unwatched

# Rows that are held as texts at once; a whole file of texts would take ten times its size.
ROWS_AT_ONCE = 10_000


def read_csv(
    path: Path, wanted: Wanted[AnyCells], *, delimiter: str, watch: Watch = unwatched
) -> Table[AnyCells]:
    """Return the columns for which `wanted` gives an empty one. Raises `DatasetRefused`."""
    with opened(path) as file:
        header = header_line(file, delimiter)
        if header is None:
            return read_by_rows(path, wanted, delimiter=delimiter, watch=watch)
        reading = _Reading.of(path, header, wanted, delimiter)
        reading.add_blocks(file, watch)
        return reading.table()


def read_by_rows(
    path: Path, wanted: Wanted[AnyCells], *, delimiter: str, watch: Watch = unwatched
) -> Table[AnyCells]:
    """Return the same, read record by record from the first on."""
    with (
        opened(path) as file,
        TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        rows = records(text, shown(path.name), delimiter=delimiter)
        _, header = next(rows, (0, []))
        if not header:
            raise DatasetRefused(f"{shown(path.name)} is blank: it holds only spaces and line ends")
        reading = _Reading.of(path, header, wanted, delimiter)
        reading.add_rows(rows, file, watch)
    return reading.table()


@dataclass(kw_only=True, eq=False)
class _Reading(Generic[AnyCells]):
    """A file while it goes by."""

    path: Path
    header: list[str]
    delimiter: str
    columns: dict[str, AnyCells]
    rows: CsvRows
    first_row: str = ""

    @classmethod
    def of(
        cls, path: Path, header: list[str], wanted: Wanted[AnyCells], delimiter: str
    ) -> "_Reading[AnyCells]":
        columns = wanted_once(header, wanted)
        rows = CsvRows(columns, [header.index(each) for each in columns], len(header))
        return cls(path=path, header=header, delimiter=delimiter, columns=columns, rows=rows)

    def add_blocks(self, file: BinaryIO, watch: Watch) -> None:
        """Take the ordinary blocks behind the header, then the rest by its rows."""
        places = [self.header.index(each) for each in self.columns]
        ordinary = OrdinaryCsv(width=len(self.header), places=places, delimiter=self.delimiter)
        lines = 1
        for begin, block in blocks_of(file):
            table = ordinary.table(block)
            if table is None:
                file.seek(begin)
                self._add_rest(file, lines, watch)
                return
            if lines == 1:
                self.first_row = ",".join(cells_of_line(block.split(b"\n", 1)[0], self.delimiter) or ())
            for column, stored in zip(self.columns.values(), table.columns, strict=True):
                for chunk in stored.chunks:
                    column.add_repeated(*different_texts(chunk))
            self.rows.add_lines(np.arange(lines + 1, lines + 1 + table.num_rows, dtype=np.intp))
            lines += table.num_rows
            watch(share_read(file, self.path))

    def _add_rest(self, file: BinaryIO, lines: int, watch: Watch) -> None:
        with TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="") as text:
            name = shown(self.path.name)
            rest = records(text, name, delimiter=self.delimiter, lines_before=lines)
            self.add_rows(rest, file, watch)

    def add_rows(self, rows: Iterator[tuple[int, list[str]]], file: BinaryIO, watch: Watch) -> None:
        """Take what is left, record by record."""
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            if not self.rows.count:
                self.first_row = ",".join(chunk[0][1])
            self.rows.add(chunk)
            watch(share_read(file, self.path))

    def table(self) -> Table[AnyCells]:
        """Return what was read."""
        return Table(
            present=tuple(self.header),
            first_row=self.first_row,
            columns=self.columns,
            unit="line",
            numbers=self.rows.lines,
            faults=tuple(self.rows.faults(shown(self.path.name))),
        )
