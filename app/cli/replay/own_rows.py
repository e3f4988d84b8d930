"""The rows of a file of a team's own schema, as a replay posts them."""

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
from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Feature, Kind, Value
from app.scoring.schema.schema import APART_ONLY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnPlan:
    """How the moments and ids of a file become those of its payments."""

    plan: Plan
    #: Of each payment as the file has it, a second apart where it has none; since 1970.
    seconds: Floats
    #: Added to each of them.
    shift: timedelta

    @property
    def start(self) -> datetime:
        """The moment of the first payment as it is posted."""
        return self.occurred_at(float(self.seconds[0]))

    def occurred_at(self, seconds: float) -> datetime:
        """Return a moment of the file as it is posted."""
        return datetime.fromtimestamp(seconds, tz=UTC) + self.shift


def checked_own_plan(file: PaymentFile, plan: Plan, *, now: datetime) -> OwnPlan:
    """Return the plan with its shift, when the service would take every row that it posts.

    Payments keep their moments, unless a start is given for the first of them, or the file has none: the
    last one then falls on the last midnight. Raises `DatasetRefused`, a sentence for each kind of refusal.
    """
    refuse_prefix(file.name, plan)
    if plan.time_unit:
        raise DatasetRefused(f"{file.name}: its schema says how times are written; leave --time-unit out")
    if file.schema.payment.id and plan.id_prefix is None and (twice := _twice(file)):
        raise DatasetRefused(
            f"{file.name}: the id {twice!r} stands there twice; with --id-prefix rows are numbered instead"
        )
    has_moments = not np.isnan(file.seconds).any()
    seconds = file.seconds if has_moments else np.arange(file.rows, dtype=np.float64)
    keeps = has_moments and file.schema.payment.time_format not in APART_ONLY
    own = OwnPlan(plan=plan, seconds=seconds, shift=_shift(seconds, plan, now, keeps=keeps))
    refuse_rows(file.name, own_rows_of(file, own))
    return own


def own_rows_of(file: PaymentFile, own: OwnPlan) -> Iterator[Row]:
    """Return the rows in time order, each made when it is wanted."""
    first, id_of = float(own.seconds[0]), _ids(file, own.plan)
    for number in range(rows_in(file.rows, own.plan)):
        seconds = float(own.seconds[number])
        occurred_at = own.occurred_at(seconds)
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
            due_seconds=seconds - first,
            occurred_at=occurred_at,
            truth=truth_of(file.is_fraud, number),
            body=body,
        )


def _shift(seconds: Floats, plan: Plan, now: datetime, *, keeps: bool) -> timedelta:
    """Return what leads from the file's moments to those that are posted; `keeps`: they are moments."""
    if plan.start is not None:
        return plan.start - datetime.fromtimestamp(float(seconds[0]), tz=UTC)
    return timedelta() if keeps else default_start(float(seconds[-1]), now) - EPOCH


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
