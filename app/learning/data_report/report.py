"""The whole report on a file's transactions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.copies.origins import Origins, origins_of
from app.learning.data_report.cells import Amounts, ClassBalance, amounts_told, class_balance
from app.learning.data_report.drift import ColumnDrift, column_drifts
from app.learning.data_report.order import Copies, TimeSpan, copies, time_span
from app.learning.splits import row_hashes, time_parts
from app.scoring.arrays import Flags, Floats

# The first and the last quarter of the rows are compared, the middle lies between them.
QUARTERS = (0.25, 0.5, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transactions:
    """The rows of a file as they lie in it, good or bad; rows along the first axis of each array."""

    names: tuple[str, ...]
    #: Shape (rows, names); NaN where there is no number, as in the other arrays.
    features: Floats
    #: In currency units.
    amounts: Floats
    #: Seconds since the recording began.
    seconds: Floats
    #: None when the file has no labels.
    is_fraud: Flags | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The last quarter of the rows by Time against the first, weighted to the population."""

    #: Of the features and the amount, the most drifted first.
    columns: tuple[ColumnDrift, ...]
    #: Classes of the first and the last quarter; None without labels.
    first: ClassBalance | None
    last: ClassBalance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReport:
    """What can be said of a file that has all its columns, and at least one row."""

    #: None when the file has no labels.
    classes: ClassBalance | None
    amounts: Amounts
    copies: Copies
    #: Which rows are of one origin; None without labels, or where a value is missing or infinite.
    origins: Origins | None
    #: None when no time is finite.
    time: TimeSpan | None
    #: None when there are too few rows to compare quarters.
    drift: Drift | None


def data_report(rows: Transactions, *, legit_weight: float) -> DataReport:
    """Return the report; each legit row stands for `legit_weight` rows of the population.

    Rows without labels all count as legit, which leaves their drift unweighted.
    """
    is_fraud = np.zeros(rows.amounts.size, dtype=np.bool_) if rows.is_fraud is None else rows.is_fraud
    weights = np.where(is_fraud, 1.0, legit_weight)
    # The file may hold anything; a value too large to be rounded is told by its column's range.
    with np.errstate(over="ignore", invalid="ignore"):
        hashes = row_hashes(rows.features, rows.amounts)
        return DataReport(
            classes=_balance(rows, slice(None), legit_weight),
            amounts=amounts_told(rows.amounts),
            copies=copies(hashes, is_fraud),
            origins=_origins(rows, hashes),
            time=time_span(rows.seconds),
            drift=_drift(rows, hashes, weights, legit_weight),
        )


def _origins(rows: Transactions, hashes: NDArray[np.bytes_]) -> Origins | None:
    is_whole = np.isfinite(rows.features).all() and bool((rows.amounts >= 0).all())
    if rows.is_fraud is None or not is_whole or not np.isfinite(rows.amounts).all():
        return None
    return origins_of(rows.features, rows.amounts, rows.is_fraud, hashes)


def _drift(
    rows: Transactions, hashes: NDArray[np.bytes_], weights: Floats, legit_weight: float
) -> Drift | None:
    first, _, last = time_parts(rows.seconds, hashes, shares=QUARTERS)
    if not first.size or not last.size:
        return None
    columns = dict(zip(rows.names, rows.features.T, strict=True)) | {"Amount": rows.amounts}
    return Drift(
        columns=column_drifts(columns, weights, first, last),
        first=_balance(rows, first, legit_weight),
        last=_balance(rows, last, legit_weight),
    )


def _balance(
    rows: Transactions, chosen: NDArray[np.intp] | slice, legit_weight: float
) -> ClassBalance | None:
    if rows.is_fraud is None:
        return None
    return class_balance(rows.is_fraud[chosen], legit_weight=legit_weight)
