"""The payments of a file in time order, as a schema names them; all that is wrong with it at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.cells import cell_faults
from app.datasets.file_kind import file_sha256
from app.datasets.header import Header
from app.datasets.payment_files.cells import Cells, NumberCells
from app.datasets.payment_files.columns import WantedColumns, wanted_columns
from app.datasets.payment_files.exact_amounts import ExactAmounts
from app.datasets.refusal import DatasetRefused, shown, shown_line
from app.datasets.table import Table
from app.datasets.tables import read_table
from app.datasets.watched import Watch, unwatched
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaymentFile:
    """The payments of one file in time order; rows along the first axis of each array."""

    #: The file's name, without its folder.
    name: str
    schema: Schema
    #: By the feature's name.
    columns: Mapping[str, Column]
    #: By the entity's name: card, merchant, ...
    entities: Mapping[str, Column]
    #: Seconds since 1970, or since the first payment where the file counts so; NaN without a time.
    seconds: Floats
    #: In currency units; nought where the schema names none.
    amounts: Floats
    #: The amounts to the last digit the file gives.
    exact_amounts: ExactAmounts
    #: None without a column of ids.
    ids: Column | None
    #: True for fraud; None when the file has no labels.
    is_fraud: Flags | None
    #: "line" or "row", and the number by which the file counts each payment.
    unit: str
    numbers: NDArray[np.intp]
    #: Fingerprint of the file's bytes, unpacked.
    sha256: str
    #: Which columns nobody reads, in one sentence; empty when there are none.
    note: str

    @property
    def rows(self) -> int:
        """How many payments there are."""
        return int(self.numbers.size)

    def place_of(self, row: int) -> str:
        """Return where a payment stands, such as "line 17"."""
        return f"{self.unit} {self.numbers[row]}"


def read_payments(path: Path, schema: Schema, *, watch: Watch = unwatched) -> PaymentFile:
    """Return the checked payments of a CSV or Parquet file, gzip or not; `watch` hears how far it is.

    Raises `DatasetRefused` with all faults: columns that are missing or stand there twice, ragged rows, and
    of each column its first cell that breaks the schema's rule.
    """
    if not path.exists():
        raise DatasetRefused(f"there is no data file {shown_line(str(path))}: name one, or set TERTIUM_DATA")
    wanted = wanted_columns(schema)
    table = read_table(path, wanted.named, delimiter=schema.file.delimiter, watch=watch)
    header = _header(path, schema, wanted, table)
    if faults := tuple(_faults(header, table, wanted)):
        raise DatasetRefused(*faults)
    return _in_time_order(path, schema, wanted, table, note=header.note())


def _header(path: Path, schema: Schema, wanted: WantedColumns, table: Table[Cells]) -> Header:
    label = (wanted.label.name,) if wanted.label is not None else ()
    return Header(
        file=shown(path.name),
        present=table.present,
        needed=tuple(wanted.needed),
        optional=(*label, *schema.ignored),
        first_row=table.first_row,
        reader="the schema",
    )


def _faults(header: Header, table: Table[Cells], wanted: WantedColumns) -> Iterator[str]:
    yield from header.faults()
    if len(header.missing) == len(header.needed):
        return
    yield from table.faults
    if table.rows == 0 and not table.faults:
        yield f"{header.file} holds no payments"
    yield from cell_faults(header.file, filter(None, map(wanted.named, table.columns)), table.place_of)


def _in_time_order(
    path: Path, schema: Schema, wanted: WantedColumns, table: Table[Cells], *, note: str
) -> PaymentFile:
    payment, rows = schema.payment, table.rows
    read = {name: cells.column() for name, cells in wanted.needed.items()}
    seconds = read[payment.time].numbers if payment.time else np.full(rows, np.nan)
    order = np.argsort(seconds, kind="stable")
    taken = {name: column.taken(order) for name, column in read.items()}
    amount = wanted.needed.get(payment.amount)
    exact = amount.amounts.amounts() if isinstance(amount, NumberCells) else ExactAmounts.nothing(rows)
    has_label = wanted.label is not None and wanted.label.name in table.columns
    return PaymentFile(
        name=shown(path.name),
        schema=schema,
        columns={each.name: taken[each.in_file] for each in schema.features},
        entities={name: taken[column] for name, column in schema.entities.items()},
        seconds=seconds[order],
        amounts=taken[payment.amount].numbers if payment.amount else np.zeros(rows),
        exact_amounts=exact.taken(order),
        ids=taken[payment.id] if payment.id else None,
        is_fraud=wanted.label.column().numbers[order] == 1
        if wanted.label is not None and has_label
        else None,
        unit=table.unit,
        numbers=table.numbers[order],
        sha256=file_sha256(path),
        note=note,
    )
