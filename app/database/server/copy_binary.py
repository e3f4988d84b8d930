"""Fixed-width rows by PostgreSQL's binary COPY, read straight into numpy columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

SIGNATURE = b"PGCOPY\n\xff\r\n\0"
# Signature, flags (int32) and the length of a header extension (int32), which PostgreSQL leaves at 0.
HEADER_BYTES = len(SIGNATURE) + 8
TRAILER = b"\xff\xff"

# Our own limit, behind the server's (`score_columns.LOAD_TIMEOUT_MS`): for a server that keeps none.
COPY_SECONDS = 310.0

#: PostgreSQL's fixed-width types as numpy reads them off the wire, and as columns hold them; int2 is
#: for codes, which are small.
TYPES: Mapping[str, tuple[str, type[np.generic]]] = {
    "int2": (">i2", np.int8),
    "int8": (">i8", np.int64),
    "float8": (">f8", np.float64),
}


class CopyUnreadable(Exception):
    """PostgreSQL sent rows in another form than they were asked for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a COPY: its name, its type (a key of `TYPES`), and the SQL that gives it, never NULL."""

    name: str
    type: str
    sql: str


Columns = dict[str, NDArray[Any]]


async def copied(
    connection: AsyncConnection, columns: Sequence[Column], rest: str, *arguments: object
) -> Columns:
    """Return the rows of `SELECT columns rest` as columns by name, each of shape (rows,).

    `rest` is the statement from FROM on, with $1, $2, ... for the arguments. Chunks are taken up as
    they arrive, so that nobody else waits for long; all of them may take `COPY_SECONDS`. Raises
    `CopyUnreadable`.
    """
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None:
        raise ConnectionError
    selected = ", ".join(f"({each.sql})::{each.type} AS {each.name}" for each in columns)
    parser = _Parser(columns)

    async def take(data: bytes) -> None:
        parser.feed(data)

    await raw.copy_from_query(
        f"SELECT {selected} {rest}", *arguments, output=take, format="binary", timeout=COPY_SECONDS
    )
    return parser.columns()


class _Parser:
    """Takes the bytes of one COPY, in chunks cut anywhere."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        # Each row: how many fields (int16), then for each its length (int32) and its bytes.
        fields = [("fields", ">i2")]
        for each in columns:
            fields += [(f"{each.name} length", ">i4"), (each.name, TYPES[each.type][0])]
        self._row = np.dtype(fields)
        self._pending = bytearray()
        self._has_header = False
        self._parts: list[Columns] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._pending += data
        if not self._has_header:
            self._take_header()
        rows = len(self._pending) // self._row.itemsize if self._has_header else 0
        if rows:
            size = rows * self._row.itemsize
            block = np.frombuffer(bytes(self._pending[:size]), dtype=self._row)
            del self._pending[:size]
            self._check(block)
            taken = {each.name: block[each.name].astype(TYPES[each.type][1]) for each in self._columns}
            self._parts.append(taken)

    def columns(self) -> Columns:
        """Return what was taken, once all of it is."""
        if not self._has_header or bytes(self._pending) != TRAILER:
            raise CopyUnreadable
        empty = {each.name: np.empty(0, dtype=TYPES[each.type][1]) for each in self._columns}
        return {name: np.concatenate([empty[name], *(part[name] for part in self._parts)]) for name in empty}

    def _take_header(self) -> None:
        if len(self._pending) < HEADER_BYTES:
            return
        if not self._pending.startswith(SIGNATURE) or any(self._pending[len(SIGNATURE) : HEADER_BYTES]):
            raise CopyUnreadable
        del self._pending[:HEADER_BYTES]
        self._has_header = True

    def _check(self, block: NDArray[Any]) -> None:
        """A NULL, or a type of another width, would shift all that follows."""
        right = block["fields"] == len(self._columns)
        for each in self._columns:
            right &= block[f"{each.name} length"] == np.dtype(TYPES[each.type][0]).itemsize
        if not right.all():
            raise CopyUnreadable
