"""The rows of a file, as a replay posts them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from app.cli.posting import transaction_body
from app.cli.replay.rows import (
    Plan,
    Row,
    decimal_amount,
    default_start,
    numbered_ids,
    refuse_prefix,
    refuse_rows,
    rows_in,
    truth_of,
)
from app.datasets import DatasetRefused
from app.datasets.payment_files.file import PaymentFile
from app.datasets.times import UNITS, time_fault
from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Feature, Kind, Value
from app.scoring.schema.schema import APART_ONLY, SECONDS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """When the payments of a file occurred, and when they are said to occur as they are posted."""

    #: Of each payment as the file has it, a second apart where it has none; since 1970, or since it began.
    seconds: Floats
    #: What second 0 means.
    zero: datetime
    #: What the command's --start would name to get the same moments.
    start: datetime

    def occurred_at(self, number: int) -> datetime:
        """Return the moment of a row (from 0) as it is posted."""
        return self.zero + timedelta(seconds=float(self.seconds[number]))


def checked_moments(file: PaymentFile, plan: Plan, *, now: datetime) -> Moments:
    """Return when the payments occur, when the service would take every row that the plan posts.

    Payments keep their moments, unless a start is given, or the file has none: the last one then falls on
    the last midnight. Raises `DatasetRefused`, a sentence for each kind of refusal.
    """
    refuse_prefix(file.name, plan)
    if file.schema.payment.id and plan.id_prefix is None and (twice := _twice(file)):
        raise DatasetRefused(
            f"{file.name}: the id {twice!r} stands there twice; with --id-prefix rows are numbered instead"
        )
    try:
        moments = _moments(file, plan, now)
        moments.occurred_at(file.rows - 1) + plan.label_delay
    except OverflowError as beyond:
        raise DatasetRefused(
            f"{file.name}: the column {file.schema.payment.time} holds {file.seconds[-1]:g}, which cannot be"
            " seconds since the first transaction"
        ) from beyond
    refuse_rows(file.name, rows_of(file, plan, moments))
    return moments


def _moments(file: PaymentFile, plan: Plan, now: datetime) -> Moments:
    if file.schema.payment.time_format == SECONDS:
        return _counted(file, plan, now)
    if plan.time_unit:
        raise DatasetRefused(f"{file.name}: its schema says how times are written; leave --time-unit out")
    if file.schema.payment.time_format in APART_ONLY:
        return _from(plan.start, file.seconds, now)
    if np.isnan(file.seconds).any():
        return _from(plan.start, np.arange(file.rows, dtype=np.float64), now)
    into = timedelta(seconds=float(file.seconds[0]))
    start = plan.start or EPOCH + into
    return Moments(seconds=file.seconds, zero=start - into, start=start)


def _counted(file: PaymentFile, plan: Plan, now: datetime) -> Moments:
    """Return the moments of a file that counts seconds, which must look like it where no unit is given."""
    fault = None if plan.time_unit else time_fault(file.seconds)
    if fault is not None:
        raise DatasetRefused(
            f"{file.name}: {fault}; where it is right all the same, name its unit with --time-unit"
        )
    return _from(plan.start, file.seconds * UNITS[plan.time_unit or "seconds"], now)


def _from(start: datetime | None, seconds: Floats, now: datetime) -> Moments:
    begin = start or default_start(float(seconds[-1]), now)
    return Moments(seconds=seconds, zero=begin, start=begin)


def rows_of(file: PaymentFile, plan: Plan, moments: Moments) -> Iterator[Row]:
    """Return the rows in time order, each made when it is wanted."""
    first, id_of = float(moments.seconds[0]), _ids(file, plan)
    for number in range(rows_in(file.rows, plan)):
        occurred_at = moments.occurred_at(number)
        body = transaction_body(
            id_of(number),
            occurred_at=occurred_at,
            amount=decimal_amount(file.exact_amounts[number]),
            features=_features(file, number),
            attributes=_attributes(file, number),
            currency=file.schema.payment.currencies[0],
        )
        yield Row(
            transaction_id=body["transaction_id"],
            place=file.place_of(number),
            due_seconds=float(moments.seconds[number]) - first,
            occurred_at=occurred_at,
            truth=truth_of(file.is_fraud, number),
            body=body,
        )


def _twice(file: PaymentFile) -> str | None:
    """Return an id that two payments share."""
    if file.ids is None:
        return None
    counts = np.bincount(file.ids.codes[file.ids.codes >= 0], minlength=len(file.ids.words))
    most = int(np.argmax(counts))
    return file.ids.words[most] if counts[most] > 1 else None


def _ids(file: PaymentFile, plan: Plan) -> Callable[[int], str]:
    """Return what makes the id of a row: the file's own, unless it has none or a prefix is given."""
    ids = file.ids
    if ids is None or plan.id_prefix is not None:
        return numbered_ids(file.sha256, plan)
    return lambda number: ids.words[int(ids.codes[number])]


def _features(file: PaymentFile, number: int) -> dict[str, Value]:
    values = {each.name: _value(each, file.columns[each.name], number) for each in file.schema.features}
    return {name: value for name, value in values.items() if value is not None}


def _value(feature: Feature, column: Column, number: int) -> Value:
    if feature.kind is Kind.CATEGORY:
        code = int(column.codes[number])
        return None if code < 0 else column.words[code]
    value = float(column.numbers[number])
    if np.isnan(value):
        return None
    if feature.kind is Kind.BOOLEAN:
        return value == 1.0
    return datetime.fromtimestamp(value, tz=UTC).isoformat() if feature.kind is Kind.TIME else value


def _attributes(file: PaymentFile, number: int) -> dict[str, str]:
    codes = ((name, column, int(column.codes[number])) for name, column in file.entities.items())
    return {name: column.words[code] for name, column, code in codes if code >= 0}
