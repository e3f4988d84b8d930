"""From a recorded file to the rows a replay posts: ids, times and amounts that a repeat repeats."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.cli.posting import transaction_body
from app.datasets import DatasetRefused, TransactionFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file is replayed."""

    #: What Time = 0 means; None: as `default_start` says.
    start: datetime | None = None
    #: Before each row's number; None: the file's fingerprint.
    id_prefix: str | None = None
    limit: int | None = None
    #: Recorded seconds per second; 0: as fast as possible.
    speed: float = 0.0
    concurrency: int = 32
    with_labels: bool = False
    label_delay: timedelta = timedelta()
    #: Whether a file that differs as a whole from what the model learned is meant so.
    accept_feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, ready to be posted."""

    transaction_id: str
    #: Seconds after the first row's time in the recording.
    due_seconds: float
    occurred_at: datetime
    truth: str | None
    body: dict[str, Any]


def rows_of(file: TransactionFile, plan: Plan, *, now: datetime) -> Iterator[Row]:
    """Return the rows in time order, each made when it is wanted.

    Raises `DatasetRefused` when Time cannot be seconds since the first transaction.
    """
    last = float(file.time_seconds[-1])
    try:
        start = plan.start or default_start(last, now)
        start + timedelta(seconds=last) + plan.label_delay
    except OverflowError as beyond:
        raise DatasetRefused(
            f"the column Time holds {last:g}, which cannot be seconds since the first transaction"
        ) from beyond
    return _rows(file, plan, start)


def _rows(file: TransactionFile, plan: Plan, start: datetime) -> Iterator[Row]:
    seconds = file.time_seconds.tolist()
    prefix = plan.id_prefix or f"file-{file.sha256[:16]}"
    for number in range(min(plan.limit or len(seconds), len(seconds))):
        occurred_at = start + timedelta(seconds=seconds[number])
        transaction_id = f"{prefix}-{number + 1}"
        truth = None if file.classes is None else ("fraud" if file.classes[number] else "legit")
        body = transaction_body(
            transaction_id,
            occurred_at=occurred_at,
            amount=decimal_amount(float(file.amounts[number])),
            features=dict(zip(file.names, file.features[number].tolist(), strict=True)),
            attributes={},
        )
        yield Row(
            transaction_id=transaction_id,
            due_seconds=seconds[number] - seconds[0],
            occurred_at=occurred_at,
            truth=truth,
            body=body,
        )


def default_start(last_seconds: float, now: datetime) -> datetime:
    """Return the start that puts the last row on the last midnight UTC.

    A body must be the same whenever the command is repeated, or the repeat would be a conflict; so the
    newest row is as new as a moment can be that stays put for a day.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(seconds=last_seconds)


def decimal_amount(amount: float) -> str:
    """Return exactly the digits of the file, at least two behind the point."""
    exact = Decimal(repr(amount))
    if int(exact.as_tuple().exponent) > -2:
        return f"{exact:.2f}"
    return f"{exact:f}"
