"""The columns of a CSV or Parquet file, with where each row stands in it."""

from pathlib import Path

from app.datasets.csv_tables import read_csv
from app.datasets.file_kind import Kind, kind_of
from app.datasets.parquet_tables import read_parquet
from app.datasets.refusal import DatasetRefused, shown
from app.datasets.table import AnyCells, Table, Wanted
from app.datasets.watched import Watch, unwatched

PARQUET = (".parquet", ".pq")


def read_table(
    path: Path, wanted: Wanted[AnyCells], *, delimiter: str = ",", watch: Watch = unwatched
) -> Table[AnyCells]:
    """Return the columns of a file for which `wanted` gives an empty one to fill.

    What it is, Parquet or text, its bytes say. Raises `DatasetRefused` when it is neither, or damaged.
    """
    if kind_of(path) is Kind.PARQUET:
        return read_parquet(path, wanted, watch=watch)
    if path.suffix in PARQUET:
        raise DatasetRefused(
            f"{shown(path.name)} is not a readable Parquet file: it holds text; name it .csv if it is CSV"
        )
    return read_csv(path, wanted, delimiter=delimiter, watch=watch)
