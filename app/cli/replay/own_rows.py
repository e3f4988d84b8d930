"""The rows of a file of a team's own schema, as a replay posts them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from app.cli.posting import transaction_body
from app.cli.replay.rows import Plan, Refusals, Row, decimal_amount
from app.datasets import DatasetRefused
from app.datasets.payment_files.file import PaymentFile
from app.scoring.arrays import Floats
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Feature, Kind, Value
from app.scoring.schema.schema import SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlan:
    """How the moments and ids of a file become those of its payments."""

    plan: Plan
    #: Added to each moment of the file.
    shift: timedelta


def checked_own_plan(file: PaymentFile, plan: Plan, *, now: datetime) -> OwnPlan:
    """Return the plan with its shift, when the service would take every row that it posts.

    Payments keep their moments, unless a start is given for the first of them, or the file has none: the
    last one then falls on the last midnight. Raises `DatasetRefused`, a sentence for each kind of refusal.
    """
    if plan.time_unit:
        raise DatasetRefused(f"{file.name}: its schema says how times are written; leave --time-unit out")
    if file.schema.payment.id and plan.id_prefix is None and (twice := _twice(file)):
        raise DatasetRefused(
            f"{file.name}: the id {twice!r} stands there twice; with --id-prefix rows are numbered instead"
        )
    own = OwnPlan(plan=plan, shift=_shift(file, plan, now))
    refusals = Refusals()
    for row in own_rows_of(file, own):
        refusals.look_at(row)
    if refusals.sentences:
        raise DatasetRefused(*(f"{file.name}: {sentence}" for sentence in refusals.sentences))
    return own


def own_rows_of(file: PaymentFile, own: OwnPlan) -> Iterator[Row]:
    """Return the rows in time order, each made when it is wanted."""
    plan = own.plan
    first = float(_seconds(file)[0])
    for number in range(min(plan.limit or file.rows, file.rows)):
        seconds = float(_seconds(file)[number])
        occurred_at = datetime.fromtimestamp(seconds, tz=UTC) + own.shift
        body = transaction_body(
            _id(file, plan, number),
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
            truth=None if file.is_fraud is None else ("fraud" if file.is_fraud[number] else "legit"),
            body=body,
        )


def start_of(file: PaymentFile, own: OwnPlan) -> datetime:
    """Return the moment of the first payment as it is posted."""
    return datetime.fromtimestamp(float(_seconds(file)[0]), tz=UTC) + own.shift


def _seconds(file: PaymentFile) -> Floats:
    """Return moments, a second apart where the file has none."""
    return np.arange(file.rows, dtype=np.float64) if np.isnan(file.seconds).any() else file.seconds


def _shift(file: PaymentFile, plan: Plan, now: datetime) -> timedelta:
    seconds = _seconds(file)
    if plan.start is not None:
        return plan.start - datetime.fromtimestamp(float(seconds[0]), tz=UTC)
    if np.isnan(file.seconds).any() or file.schema.payment.time_format == SECONDS:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - datetime.fromtimestamp(float(seconds[-1]), tz=UTC)
    return timedelta()


def _twice(file: PaymentFile) -> str | None:
    """Return an id that two payments share."""
    if file.ids is None:
        return None
    counts = np.bincount(file.ids.codes[file.ids.codes >= 0], minlength=len(file.ids.words))
    most = int(np.argmax(counts))
    return file.ids.words[most] if counts[most] > 1 else None


def _id(file: PaymentFile, plan: Plan, number: int) -> str:
    if file.ids is not None and plan.id_prefix is None:
        return file.ids.words[int(file.ids.codes[number])]
    return f"{plan.id_prefix or f'file-{file.sha256[:16]}'}-{number + 1}"


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
