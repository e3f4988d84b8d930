"""Data files, checked to the cell and in time order, and the demo's generator that stands in for them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from app.learning.generator import Generator, Mixture
from app.scoring.features import LARGEST

Floats = NDArray[np.float64]
Column: TypeAlias = "pa.ChunkedArray[pa.Scalar[pa.DataType]]"

TIME, AMOUNT, CLASS = "Time", "Amount", "Class"

#: The feature names of the Kaggle file, for a model that is yet to be trained.
KAGGLE_NAMES = tuple(f"V{number}" for number in range(1, 29))

#: How the name of a Parquet file ends; the second is OpenML's.
PARQUET = (".parquet", ".pq")

#: The files of the demo's generator, and the arrays of each of its mixtures.
GENERATOR_TENSORS, GENERATOR_ORIGIN = "generator.safetensors", "generator.json"
MIXTURE_PARTS = ("weights", "means", "factors")


class DatasetRefused(ValueError):
    """A data file cannot be had, lacks what is needed or holds what cannot be; the sentence says where."""


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
    #: True for fraud; None when the file has no labels.
    classes: NDArray[np.bool_] | None
    #: Fingerprint of the file's bytes.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """What a readable file holds, whether or not it can be used."""

    #: The file's name, without its folder.
    name: str
    #: All columns by name, in the file's order.
    present: tuple[str, ...]
    #: The known columns, each of shape (rows,) in the file's order; NaN where there is no number.
    columns: Mapping[str, Floats]
    #: What keeps the file from being used, one sentence each; of each column the first bad cell.
    faults: tuple[str, ...]


def inspect(path: Path, schema_names: Sequence[str] = KAGGLE_NAMES) -> Inspection:
    """Return everything a `.csv`, `.parquet` or `.pq` file holds, with all its faults.

    The file must hold Time, Amount and exactly the features of the schema; Class (0 or 1) may be
    absent. Values are held to the same limits as a payload's.

    Raises `DatasetRefused` with one sentence when there is no such file or it cannot be read at all.
    """
    if not path.is_file():
        raise DatasetRefused(f"there is no data file {path}: name one, or set TERTIUM_DATA")
    table = _parquet(path) if path.suffix in PARQUET else _csv(path)
    present = tuple(table.column_names)
    known = {TIME, *schema_names, AMOUNT, CLASS}
    columns = {name: _parsed(table[name]) for name in present if name in known and present.count(name) == 1}
    faults = list(_column_faults(path, present, schema_names))
    if table.num_rows == 0:
        faults.append(f"{path.name} holds no transactions")
    for name, values in columns.items():
        faults.extend(_cell_faults(path, name, table[name], values))
    return Inspection(name=path.name, present=present, columns=columns, faults=tuple(faults))


def read_transactions(path: Path, schema_names: Sequence[str] = KAGGLE_NAMES) -> TransactionFile:
    """Return the checked transactions of a file, in time order; `inspect` says what is checked.

    Raises `DatasetRefused` with one sentence, the first fault.
    """
    found = inspect(path, schema_names)
    if found.faults:
        raise DatasetRefused(found.faults[0])
    columns = found.columns
    order = np.argsort(columns[TIME], kind="stable")
    return TransactionFile(
        name=path.name,
        names=tuple(schema_names),
        features=np.column_stack([columns[name][order] for name in schema_names]),
        time_seconds=columns[TIME][order],
        amounts=columns[AMOUNT][order],
        classes=columns[CLASS][order] == 1 if CLASS in columns else None,
        sha256=file_sha256(path),
    )


def read_labelled(
    path: Path, schema_names: Sequence[str] = KAGGLE_NAMES
) -> tuple[TransactionFile, NDArray[np.bool_]]:
    """Return the transactions of a file that must know which of them were frauds.

    Raises `DatasetRefused` with one sentence, also when all rows are of one class.
    """
    file = read_transactions(path, schema_names)
    return file, checked_labels(path.name, file.classes)


def checked_labels(name: str, classes: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return the classes of a file if something can be learned from them.

    Raises `DatasetRefused` with one sentence when there are none, or all rows are of one class.
    """
    if classes is None:
        raise DatasetRefused(f"{name} has no column {CLASS}, and without labels nothing can be learned")
    if classes.all() or not classes.any():
        raise DatasetRefused(f"{name} holds only one class, and nothing can be learned from that")
    return classes


def file_sha256(path: Path) -> str:
    """Return the fingerprint of a file's bytes."""
    with path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _parquet(path: Path) -> pa.Table:
    try:
        return pyarrow.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as failure:
        raise DatasetRefused(f"{path.name} is not a readable Parquet file") from failure


def _csv(path: Path) -> pa.Table:
    """Read every column as text: a bad value can then be named by its row."""
    try:
        with pyarrow.csv.open_csv(path) as opened:
            names = opened.schema.names
        as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        return pyarrow.csv.read_csv(path, convert_options=as_text)
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as failure:
        reason = str(failure).splitlines()[0]
        raise DatasetRefused(f"{path.name} is not a readable CSV file: {reason}") from failure


def _column_faults(path: Path, present: Sequence[str], schema_names: Sequence[str]) -> Iterator[str]:
    needed = (TIME, *schema_names, AMOUNT)
    for name in needed:
        if name not in present:
            yield f"{path.name} has no column {name}, which the model needs"
    for name in present:
        if name not in (*needed, CLASS):
            yield f"{path.name} has a column {name or 'without a name'}, which the model does not know"
    if len(set(present)) != len(present):
        yield f"{path.name} has a column twice"


def _cell_faults(path: Path, name: str, column: Column, values: Floats) -> Iterator[str]:
    """Say which value of a column is the first that cannot be, if any."""
    if name == CLASS:
        bad, limits = ~np.isin(values, (0, 1)), "0 or 1"
    elif name in (AMOUNT, TIME):
        bad, limits = ~((values >= 0) & np.isfinite(values)), "a number that is not negative"
    else:
        bad, limits = ~(np.abs(values) <= LARGEST), f"a number between -{LARGEST:g} and {LARGEST:g}"
    if bad.any():
        row = int(np.argmax(bad))
        found = column[row].as_py()
        said = "nothing" if found in (None, "") else repr(found)
        yield f"{path.name}: row {row + 1}, column {name}: expected {limits}, found {said}"


def _parsed(column: Column) -> Floats:
    """Return float64 values, NaN where there is none."""
    try:
        numbers = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.array([_number(value.as_py()) for value in column])
    return np.asarray(numbers.to_numpy(), dtype=np.float64)


def _number(value: object) -> float:
    text = str(value)
    # OpenML's CSV export writes the values of a category in single quotes: '0'.
    if len(text) > 2 and text[0] == text[-1] == "'":
        text = text[1:-1]
    try:
        return float(text)
    except ValueError:
        return float("nan")


def save_generator(folder: Path, generator: Generator, origin: Mapping[str, Any]) -> None:
    """Write the demo's generator: its numbers, and beside them what they were fitted to."""
    tensors = {"lowest": generator.lowest, "highest": generator.highest}
    for name, mixture in (("legit", generator.legit), ("fraud", generator.fraud)):
        for part in MIXTURE_PARTS:
            tensors[f"{name}.{part}"] = np.ascontiguousarray(getattr(mixture, part))
    content = safetensors.numpy.save(tensors)
    told = {"names": list(generator.names), **origin, "sha256": sha256(content).hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GENERATOR_TENSORS).write_bytes(content)
    (folder / GENERATOR_ORIGIN).write_text(json.dumps(told, indent=1) + "\n")


def load_generator(folder: Path) -> Generator:
    """Return the generator of a folder, checked. Raises `DatasetRefused` with one sentence."""
    try:
        content = (folder / GENERATOR_TENSORS).read_bytes()
        told = json.loads((folder / GENERATOR_ORIGIN).read_bytes())
        if sha256(content).hexdigest() != told["sha256"]:
            raise DatasetRefused(
                f"the generator in {folder} is not the one its origin names (sha256 differs)"
            )
        tensors = safetensors.numpy.load(content)
        legit, fraud = (
            Mixture(**{part: tensors[f"{name}.{part}"] for part in MIXTURE_PARTS})
            for name in ("legit", "fraud")
        )
        return Generator(
            names=tuple(told["names"]),
            legit=legit,
            fraud=fraud,
            lowest=tensors["lowest"],
            highest=tensors["highest"],
        )
    except OSError as why:
        raise DatasetRefused(f"there is no generator in {folder}") from why
    except (KeyError, json.JSONDecodeError, safetensors.SafetensorError) as why:
        raise DatasetRefused(f"the generator in {folder} is damaged or of another format") from why
