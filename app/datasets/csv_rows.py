"""The rows of a CSV file as they go by: cells into their columns, ragged ones remembered."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.datasets.table import Cells

_LINES_NAMED = 3


class CsvRows:
    """The rows of a CSV file as they go by: cells into their columns, ragged ones remembered."""

    def __init__(self, columns: Mapping[str, Cells], places: Sequence[int], width: int) -> None:
        self._columns = columns
        self._places = places
        self._width = width
        self._lines: list[NDArray[np.intp]] = []
        #: Rows as wide as the header.
        self.count = 0
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
        self.add_lines(np.array([line for line, _ in whole], dtype=np.intp))
        self._last_line = chunk[-1][0]
        if not whole or not self._columns:
            return
        by_column = list(zip(*(cells for _, cells in whole), strict=True))
        for column, place in zip(self._columns.values(), self._places, strict=True):
            column.add_texts(by_column[place])

    def add_lines(self, lines: NDArray[np.intp]) -> None:
        """Take the lines of rows whose cells are in their columns."""
        self._lines.append(lines)
        self.count += lines.size
        self._last_line = int(lines[-1]) if lines.size else self._last_line

    @property
    def lines(self) -> NDArray[np.intp]:
        """The line of each row."""
        return np.concatenate(self._lines) if self._lines else np.empty(0, dtype=np.intp)

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
        if not self.count and self._ends_with_comma:
            return ": every row ends with a comma that the header lacks"
        if not self.count and all(cells == self._width + 1 for _, cells in self._ragged):
            return ": every row begins with a name or number of its own; write the file without row names"
        if not self.count and all(cells > self._width for _, cells in self._ragged):
            return ": a comma as decimal point without quotation marks would do this; write points"
        if len(self._ragged) == 1 and self._ragged[0][0] == self._last_line:
            return ": it is the last, so the file seems to be cut off"
        return ""
