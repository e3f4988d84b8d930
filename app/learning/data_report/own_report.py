"""What is to know of a team's own payments before a model learns from them: leaks, then warnings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.learning.data_report.cells import ClassBalance, class_balance
from app.learning.data_report.drift import ColumnDrift, column_drifts
from app.learning.data_report.leaks import FEWEST_FRAUDS, Leak, leaks
from app.learning.data_report.order import Copies, copies
from app.learning.data_report.shared_entities import SharedEntity, shared_entity
from app.learning.splits import row_hashes
from app.scoring.arrays import Flags, Floats, Rows
from app.scoring.schema.encoding import SECONDS_A_DAY, Column
from app.scoring.schema.feature import Kind
from app.scoring.schema.schema import Schema

#: The last quarter of the rows by time is compared with those before it.
EARLIER_SHARE = 0.75
#: From here on a column hardly says anything, and a category tells single payments.
MOSTLY_MISSING, MOST_WORDS = 0.95, 1_000
#: Copies in so large a share of the frauds are no chance.
MANY_COPIES = 0.1
#: A difference to the stated base rate by this factor is no chance.
FAR_RATE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnRows:
    """The payments of a file in time order; rows along the first axis of each array."""

    schema: Schema
    #: By the feature's name, and by the entity's.
    columns: Mapping[str, Column]
    entities: Mapping[str, Column]
    #: NaN without a time.
    seconds: Floats
    amounts: Floats
    is_fraud: Flags

    @property
    def earlier(self) -> Rows:
        """The rows before the last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE))

    @property
    def later(self) -> Rows:
        """The last quarter."""
        return np.arange(round(self.seconds.size * EARLIER_SHARE), self.seconds.size)


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
    return OwnReport(
        classes=balance,
        leaks=leaks(rows.schema, rows.columns, rows.amounts, rows.is_fraud),
        warnings=(*_warnings(rows), *_of_classes(rows, balance, of_rows)),
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


def _warnings(rows: OwnRows) -> Iterator[str]:
    """Say what is odd about each column."""
    for feature in rows.schema.features:
        column = rows.columns[feature.name]
        missing = float(column.is_missing.mean())
        if missing > MOSTLY_MISSING:
            yield f"{feature.name} is missing in {missing:.1%} of the payments"
        if feature.kind is Kind.CATEGORY:
            yield from _of_words(feature.name, column)
        if feature.kind is Kind.TIME:
            yield from _of_moments(feature.name, column, rows.seconds)


def _of_words(name: str, column: Column) -> Iterator[str]:
    different = np.unique(column.codes[column.codes >= 0]).size
    present = int((column.codes >= 0).sum())
    if different > MOST_WORDS or different > max(10, present / 2):
        yield (
            f"{name} has {different:,} different words in {present:,} payments: nearly all of them are rare,"
            " and a model reads rare ones as one"
        )


def _of_moments(name: str, column: Column, seconds: Floats) -> Iterator[str]:
    later = int((column.numbers > seconds).sum())
    if later:
        yield (
            f"{name} lies after the payment in {later:,} payments: a moment that had not come was known only"
            " if it was planned, such as a date of expiry"
        )


def _of_classes(rows: OwnRows, balance: ClassBalance, of_rows: Copies) -> Iterator[str]:
    if balance.frauds < FEWEST_FRAUDS:
        yield f"there are {balance.frauds} frauds: too few to look for columns that tell them alone"
    label = rows.schema.label
    stated, found = (label.base_rate if label else 0.0), balance.weighted_fraud_rate
    if stated and not stated / FAR_RATE < found < stated * FAR_RATE:
        weight = balance.weight_for(stated)
        fits = f"; legit_weight = {weight:.3g} would fit it" if weight else ""
        yield f"the schema says a base rate of {stated:.3%}, and the file's is {found:.3%}{fits}"
    if not stated and found > 0.2:
        yield f"{found:.0%} of the payments are frauds: where legits were left out, say base_rate"
    copied = balance.frauds - of_rows.different_frauds
    if copied > MANY_COPIES * balance.frauds:
        yield f"{copied:,} of {balance.frauds:,} frauds are exact copies of others: they teach nothing again"
    if of_rows.of_both_classes:
        yield f"{of_rows.of_both_classes:,} groups of equal payments hold frauds and legits"
    yield from _of_delay(rows)


def _of_delay(rows: OwnRows) -> Iterator[str]:
    """Say what the delay of labels leaves out, or that the last payments lack frauds as if there were one."""
    label = rows.schema.label
    if label is None or np.isnan(rows.seconds).any():
        return
    span = (rows.seconds.max() - rows.seconds.min()) / SECONDS_A_DAY
    if label.delay_days > span / 2:
        yield f"delay_days is {label.delay_days:g}, and the file spans {span:.1f} days: little is left"
    last = np.arange(round(rows.seconds.size * 0.95), rows.seconds.size)
    usual, of_last = float(rows.is_fraud.mean()), float(rows.is_fraud[last].mean()) if last.size else 0.0
    if not label.delay_days and usual * last.size >= 20 and of_last < usual / 4:
        yield (
            f"the last twentieth of the payments has {of_last:.3%} frauds, all have {usual:.3%}: perhaps its"
            " frauds are not known yet; say delay_days"
        )
