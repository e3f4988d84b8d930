"""What is to know of a team's own payments before a model learns from them: figures, leaks, warnings."""

from dataclasses import dataclass

import numpy as np

from app.learning.data_report.cells import ClassBalance, class_balance
from app.learning.data_report.drift import ColumnDrift, column_drifts
from app.learning.data_report.leaks import Leak, leaks
from app.learning.data_report.order import Copies, copies
from app.learning.data_report.own_rows import OwnRows
from app.learning.data_report.own_warnings import class_warnings, column_warnings, value_warnings
from app.learning.data_report.shared_entities import SharedEntity, shared_entity
from app.learning.splits import row_hashes
from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """Figures of a file, and sentences (without their full stop) on what is odd about it."""

    classes: ClassBalance
    leaks: tuple[Leak, ...]
    warnings: tuple[str, ...]
    #: None without a time: there is no earlier and later then.
    drift: tuple[ColumnDrift, ...] | None
    entities: tuple[SharedEntity, ...]
    copies: Copies


def own_report(rows: OwnRows) -> OwnReport:
    """Return the report; each legit row stands for as many of the population as the schema says."""
    label = rows.schema.label
    weight = label.legit_weight if label else 1.0
    has_time = not np.isnan(rows.seconds).any()
    balance = class_balance(rows.is_fraud, legit_weight=weight)
    of_rows = copies(_hashes(rows), rows.is_fraud)
    found = leaks(rows.schema, rows.columns, rows.amounts, rows.is_fraud)
    told = {leak.feature for leak in found}
    return OwnReport(
        classes=balance,
        leaks=found,
        warnings=(
            *column_warnings(rows),
            *value_warnings(rows, told),
            *class_warnings(rows, balance, of_rows),
        ),
        drift=_drift(rows, weight) if has_time else None,
        entities=_shared(rows) if has_time else (),
        copies=of_rows,
    )


def _shared(rows: OwnRows) -> tuple[SharedEntity, ...]:
    return tuple(
        shared_entity(name, column.codes, rows.is_fraud, rows.earlier, rows.later)
        for name, column in rows.entities.items()
    )


def _drift(rows: OwnRows, legit_weight: float) -> tuple[ColumnDrift, ...]:
    numbers = {name: _as_numbers(column) for name, column in rows.columns.items()}
    moments = {each.name for each in rows.schema.features if each.kind is Kind.TIME}
    # A moment moves with the payments; what is read of it is its distance.
    numbers |= {name: rows.seconds - numbers[name] for name in moments}
    if rows.schema.reads_amount:
        numbers["amount"] = rows.amounts
    weights = np.where(rows.is_fraud, 1.0, legit_weight)
    return column_drifts(numbers, weights, rows.earlier, rows.later)


def _as_numbers(column: Column) -> Floats:
    """Return a column's numbers; words are numbered by how common they are in all rows.

    Were they numbered by the earlier rows alone, what was common there by chance would seem to move.
    """
    if not column.codes.size:
        return column.numbers
    known = column.codes >= 0
    counts = np.bincount(column.codes[known], minlength=len(column.words))
    rank = np.empty(len(column.words))
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(column.words))
    values = np.full(column.codes.size, np.nan)
    values[known] = rank[column.codes[known]]
    return values


def _hashes(rows: OwnRows) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    """Return fingerprints of what each payment holds, whatever its time and id."""
    columns = (*rows.columns.values(), *rows.entities.values())
    parts = [column.codes if column.codes.size else column.numbers for column in columns]
    features = np.column_stack(parts) if parts else np.empty((rows.amounts.size, 0))
    return row_hashes(features.astype(np.float64), rows.amounts)
