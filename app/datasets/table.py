"""What is read of a data file: columns that are filled while it goes by, and where each row stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats


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

    def add_repeated(self, texts: Sequence[str], places: NDArray[np.int32]) -> None:
        """Read the next cells, each of them one of these texts, by its place; shape (cells,)."""
        ...

    def add_numbers(self, values: Floats) -> None:
        """Take the next cells as the numbers they are stored as."""
        ...


@runtime_checkable
class MomentCells(Protocol):
    """Columns that may take moments as a file stores them."""

    @property
    def takes_moments(self) -> bool:
        """Whether it does: a moment may be wanted as a text."""
        ...

    def add_moments(self, microseconds: NDArray[np.int64], is_missing: Flags, *, has_zone: bool) -> None:
        """Take the next moments since 1970: in UTC, or on the clock of whoever wrote them."""
        ...


AnyCells = TypeVar("AnyCells", bound=Cells)
#: Gives an empty column to fill for the name of one that is wanted.
Wanted = Callable[[str], AnyCells | None]


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


def wanted_once(present: Sequence[str], wanted: Wanted[AnyCells]) -> dict[str, AnyCells]:
    """Return empty columns for those of a header that are wanted and stand there once."""
    once = [name for name in present if list(present).count(name) == 1]
    return {name: column for name in once if (column := wanted(name)) is not None}
