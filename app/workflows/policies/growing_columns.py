"""Columns that grow at their end without moving what was handed out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.database.server.copy_binary import Columns

# Room for a tenth more: a copy of everything once in so many rows.
SPARE_SHARE, SPARE_ROWS = 0.1, 4096


class GrowingColumns:
    """Arrays of one length with room behind them; a view stays as it is, whatever is appended."""

    def __init__(self, columns: Columns | None = None) -> None:
        self.size = 0
        self._room: Columns = {}
        if columns is not None:
            self._move_to(columns)

    def view(self) -> Columns:
        """Return the columns as they are now, without copying them."""
        return {name: column[: self.size] for name, column in self._room.items()}

    def append(self, rows: Columns) -> None:
        """Write rows behind the last one."""
        more = rows["key"].size
        if more == 0:
            return
        if self.size + more > self._room["key"].size:
            held = self.view()
            self._move_to({name: np.concatenate([held[name], rows[name]]) for name in held})
            return
        for name, column in self._room.items():
            column[self.size : self.size + more] = rows[name]
        self.size += more

    def replace(self, columns: Columns) -> None:
        """Put other values into some columns; views handed out before keep theirs."""
        for name, column in columns.items():
            room = np.empty_like(self._room[name])
            room[: self.size] = column
            self._room[name] = room

    def _move_to(self, columns: Columns) -> None:
        self.size = columns["key"].size
        capacity = self.size + max(int(self.size * SPARE_SHARE), SPARE_ROWS)
        self._room = {name: _with_room(column, capacity) for name, column in columns.items()}


def _with_room(column: NDArray[Any], capacity: int) -> NDArray[Any]:
    room = np.empty(capacity, dtype=column.dtype)
    room[: column.size] = column
    return room
