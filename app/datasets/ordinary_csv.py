"""Blocks of a CSV file that can be read at once, because nothing in them could be meant otherwise.

One record a line, as many cells as the header, quotation marks only around whole cells: there Arrow reads
what Python's csv reads. Anything else is none of this module's business.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

BLOCK_BYTES = 16 << 20
#: Python's csv refuses cells that are longer.
_LONGEST_LINE = 100_000
_BOM = b"\xef\xbb\xbf"
#: Zero bytes and markers of merge conflicts are refused with their line, blank lines are passed over.
_ODD = (b"\x00", b"<<<<<<< ", b">>>>>>> ", b"||||||| ", b"=======", b"\n\n", b"\n\r\n")
_VISIBLE = "[\x21-\x7e]"


def header_line(file: BinaryIO, delimiter: str) -> list[str] | None:
    """Return the cells of the first line, read from the file; None when it is no ordinary header."""
    line = file.readline(_LONGEST_LINE).removeprefix(_BOM)
    if not line.endswith(b"\n") or not is_ordinary(line, delimiter):
        return None
    cells = cells_of_line(line, delimiter)
    return cells if cells and any(cell.strip() for cell in cells) else None


def cells_of_line(line: bytes, delimiter: str) -> list[str] | None:
    """Return the cells of one ordinary line."""
    return next(csv.reader([line.decode()], strict=True, delimiter=delimiter), None)


def blocks_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield where each block begins, and its whole lines; of a line too long to be ordinary a part."""
    begin, rest = file.tell(), b""
    while chunk := file.read(BLOCK_BYTES):
        block = rest + chunk
        cut = block.rfind(b"\n") + 1 or (len(block) if len(block) > _LONGEST_LINE else 0)
        if cut:
            yield begin, block[:cut]
        begin, rest = begin + cut, block[cut:]
    if rest:
        yield begin, rest


def is_ordinary(block: bytes, delimiter: str) -> bool:
    """Whether each line of a block is a record of plain or wholly quoted cells, in UTF-8."""
    if block.startswith((_BOM, b"\n", b"\r")) or any(odd in block for odd in _ODD):
        return False
    if block.count(b"\r") != block.count(b"\r\n") or not _is_utf8(block) or not _is_short(block):
        return False
    return b'"' not in block or _quotes_whole_cells(block, delimiter)


def _quotes_whole_cells(block: bytes, delimiter: str) -> bool:
    """Whether marks come in pairs, each around all of a cell and nothing but it."""
    # A line begins and ends the block, wherever it was cut.
    signs = np.frombuffer(b"\n" + block + b"\n", dtype=np.uint8)
    marks, ends = np.flatnonzero(signs == ord('"')), np.flatnonzero(signs == ord("\n"))
    if marks.size % 2:
        return False
    opened, closed = marks[::2], marks[1::2]
    borders = np.frombuffer(delimiter.encode() + b"\n", dtype=np.uint8)
    begins_cell = np.isin(signs[opened - 1], borders)
    ends_cell = np.isin(signs[closed + 1], borders) | (signs[closed + 1] == ord("\r"))
    in_one_line = np.searchsorted(ends, opened) == np.searchsorted(ends, closed)
    return bool((begins_cell & ends_cell & in_one_line).all())


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_short(block: bytes) -> bool:
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    return int(np.diff(ends, prepend=-1, append=len(block)).max()) <= _LONGEST_LINE


@dataclass(frozen=True, kw_only=True)
class OrdinaryCsv:
    """How the ordinary blocks of one file are read."""

    #: Columns of the header, and which of them are wanted.
    width: int
    places: Sequence[int]
    delimiter: str

    def table(self, block: bytes) -> pa.Table | None:
        """Return the wanted columns of a block as texts; None when it is for the rows to decide."""
        if not self.places or len(self.delimiter.encode()) != 1 or not is_ordinary(block, self.delimiter):
            return None
        parsing = pyarrow.csv.ParseOptions(
            delimiter=self.delimiter,
            quote_char='"' if b'"' in block else False,
            double_quote=False,
            ignore_empty_lines=False,
        )
        reading = pyarrow.csv.ReadOptions(column_names=self._names, block_size=len(block) + 1)
        try:
            table = pyarrow.csv.read_csv(BytesIO(block), reading, parsing, self._converting)
        except pa.ArrowInvalid:
            return None
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        return table if table.num_rows == lines and not _has_blank_row(table) else None

    @cached_property
    def _names(self) -> list[str]:
        return [str(place) for place in range(self.width)]

    @cached_property
    def _converting(self) -> pyarrow.csv.ConvertOptions:
        wanted = [str(place) for place in self.places]
        return pyarrow.csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        )


def _has_blank_row(table: pa.Table) -> bool:
    """Whether a row may hold nothing in any cell: such rows are none."""
    blank = np.ones(table.num_rows, dtype=np.bool_)
    for column in table.columns:
        blank &= ~np.asarray(pyarrow.compute.match_substring_regex(column, _VISIBLE), dtype=np.bool_)
        if not blank.any():
            return False
    return True
