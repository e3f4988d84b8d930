"""Files of recorded transactions, checked to the cell and in time order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.datasets.cells import AMOUNT, CLASS, Column, cell_faults, column_named
from app.datasets.file_kind import file_sha256
from app.datasets.header import TIME, Header
from app.datasets.refusal import DatasetRefused, shown, shown_line
from app.datasets.table import Table
from app.datasets.tables import read_table
from app.scoring.arrays import Floats

#: The feature names of the Kaggle file, for a model that is yet to be trained.
KAGGLE_NAMES = tuple(f"V{number}" for number in range(1, 29))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransactionFile:
    """The transactions of one file in time order; rows along the first axis of each array."""

    #: The file's name, without its folder.
    name: str
    #: Names of the feature columns, and their raw values of shape (transactions, names).
    names: tuple[str, ...]
    features: Floats
    #: Seconds since the first transaction of the recording, not falling.
    time_seconds: Floats
    #: In currency units (euros in the Kaggle file).
    amounts: Floats
    #: The amounts to the last digit the file gives.
    exact_amounts: tuple[Decimal, ...]
    #: True for fraud; None when the file has no labels.
    classes: NDArray[np.bool_] | None
    #: "line" or "row", and the number by which the file counts each transaction.
    unit: str
    numbers: NDArray[np.intp]
    #: Fingerprint of the file's bytes, unpacked.
    sha256: str
    #: Which columns nobody reads, in one sentence; empty when there are none.
    note: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """What a readable file holds, whether or not it can be used."""

    #: The file's name, without its folder, as it is shown.
    name: str
    #: All columns by name, in the file's order.
    present: tuple[str, ...]
    #: The known columns, each of shape (rows,) in the file's order; NaN where there is no number.
    columns: Mapping[str, Floats]
    #: The amounts to the last digit the file gives; empty without the column.
    exact_amounts: tuple[Decimal, ...]
    #: "line" or "row", and the number by which the file counts each row.
    unit: str
    numbers: NDArray[np.intp]
    #: What keeps the file from being used, one sentence each; of each column the first bad cell.
    faults: tuple[str, ...]
    #: Which columns nobody reads, in one sentence; empty when there are none.
    note: str


def inspect(path: Path, schema_names: Sequence[str] = KAGGLE_NAMES) -> Inspection:
    """Return everything a CSV or Parquet file holds, with all its faults; gzip is read as what is inside.

    The file must hold Time, Amount and the features of the schema; Class (0 or 1) may be absent, other
    columns are left alone. Values are held to the same limits as a payload's.

    Raises `DatasetRefused` with one sentence when there is no such file or it cannot be read at all.
    """
    if not path.exists():
        raise DatasetRefused(f"there is no data file {shown_line(str(path))}: name one, or set TERTIUM_DATA")
    known = {TIME, *schema_names, AMOUNT, CLASS}
    table = read_table(path, lambda name: column_named(name, time=TIME) if name in known else None)
    header = Header(
        file=shown(path.name),
        present=table.present,
        needed=(TIME, *schema_names, AMOUNT),
        optional=(CLASS,),
        first_row=table.first_row,
    )
    amount = table.columns.get(AMOUNT)
    return Inspection(
        name=header.file,
        present=table.present,
        columns={name: column.values for name, column in table.columns.items()},
        exact_amounts=tuple(amount.exact) if amount else (),
        unit=table.unit,
        numbers=table.numbers,
        faults=tuple(_faults(header, table)),
        note=header.note() if not header.missing else "",
    )


def _faults(header: Header, table: Table[Column]) -> Iterator[str]:
    yield from header.faults()
    # A header of another kind of file says all there is to say.
    if len(header.missing) == len(header.needed):
        return
    yield from table.faults
    if table.rows == 0 and not table.faults:
        yield f"{header.file} holds no payments"
    yield from cell_faults(header.file, table.columns.values(), table.place_of, of_one=", of this column")


def read_transactions(path: Path, schema_names: Sequence[str] = KAGGLE_NAMES) -> TransactionFile:
    """Return the checked transactions of a file, in time order; `inspect` says what is checked.

    Raises `DatasetRefused` with all faults.
    """
    found = inspect(path, schema_names)
    if found.faults:
        raise DatasetRefused(*found.faults)
    return _in_time_order(found, schema_names, sha256=file_sha256(path))


def _in_time_order(found: Inspection, schema_names: Sequence[str], *, sha256: str) -> TransactionFile:
    """Return the transactions of a file without faults, those of the same second in the file's order."""
    columns = found.columns
    order = np.argsort(columns[TIME], kind="stable")
    return TransactionFile(
        name=found.name,
        names=tuple(schema_names),
        features=np.column_stack([columns[name][order] for name in schema_names]),
        time_seconds=columns[TIME][order],
        amounts=columns[AMOUNT][order],
        exact_amounts=tuple(found.exact_amounts[row] for row in order.tolist()),
        classes=columns[CLASS][order] == 1 if CLASS in columns else None,
        unit=found.unit,
        numbers=found.numbers[order],
        sha256=sha256,
        note=found.note,
    )


def read_labelled(
    path: Path, schema_names: Sequence[str] = KAGGLE_NAMES
) -> tuple[TransactionFile, NDArray[np.bool_]]:
    """Return the transactions of a file that must know which of them were frauds.

    Raises `DatasetRefused`, also when all rows are of one class.
    """
    file = read_transactions(path, schema_names)
    return file, checked_labels(file.name, file.classes)


def checked_labels(name: str, classes: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return the classes of a file if something can be learned from them.

    Raises `DatasetRefused` with one sentence when there are none, or all rows are of one class.
    """
    if classes is None:
        raise DatasetRefused(f"{name} has no column {CLASS}, and without labels nothing can be learned")
    if classes.all() or not classes.any():
        raise DatasetRefused(f"{name} holds only one class, and nothing can be learned from that")
    return classes
