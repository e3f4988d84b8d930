"""From a recorded file to the rows a replay posts: ids, times and amounts that a repeat repeats."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from app.datasets import DatasetRefused
from app.datasets.refusal import quoted
from app.review.card_numbers.finding import has_card_number
from app.review.card_numbers.rule import NO_CARD_NUMBER
from app.web.api.payments.schemas import TransactionIn

PLACES_TOLD = 3

_AMOUNT_HINT = (
    "an amount has at most sixteen digits, four of them decimals; one that was converted or scaled must be"
    " rounded, and is no longer what was paid"
)
#: Refusals for which more can be said than the service does.
HINTS: Mapping[str, str] = {
    "decimal_max_places": _AMOUNT_HINT,
    "decimal_max_digits": _AMOUNT_HINT,
    "decimal_whole_digits": _AMOUNT_HINT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file is replayed."""

    #: The moment of the first payment, or of second 0 where a file counts seconds; None: see
    #: `default_start`.
    start: datetime | None = None
    #: Before each row's number; None: the file's fingerprint.
    id_prefix: str | None = None
    limit: int | None = None
    #: What a file counts, one of `UNITS`, whose schema says seconds; None: these, and it must look so.
    time_unit: str | None = None
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
    #: Where the file has it, such as "line 17".
    place: str
    #: Seconds after the first row's time in the recording.
    due_seconds: float
    occurred_at: datetime
    truth: str | None
    body: dict[str, Any]


def refuse_prefix(name: str, plan: Plan) -> None:
    """Raise `DatasetRefused` where no id may begin so; `name` is the file's."""
    if has_card_number(plan.id_prefix or ""):
        raise DatasetRefused(f"{name}: --id-prefix {NO_CARD_NUMBER}")


def refuse_rows(name: str, rows: Iterable[Row]) -> None:
    """Raise `DatasetRefused` with what the service would refuse of a file's rows."""
    refusals = Refusals()
    for row in rows:
        refusals.look_at(row)
    if refusals.sentences:
        raise DatasetRefused(*(f"{name}: {sentence}" for sentence in refusals.sentences))


def rows_in(rows: int, plan: Plan) -> int:
    """Return how many of a file's rows a plan posts."""
    return min(plan.limit or rows, rows)


def numbered_ids(sha256: str, plan: Plan) -> Callable[[int], str]:
    """Return what makes the id of a row (from 0) of the file with this fingerprint."""
    prefix = plan.id_prefix or f"file-{sha256[:16]}"
    return lambda number: f"{prefix}-{number + 1}"


def truth_of(is_fraud: NDArray[np.bool_] | None, number: int) -> str | None:
    """Return the label of a row (from 0); None in a file without labels."""
    if is_fraud is None:
        return None
    return "fraud" if is_fraud[number] else "legit"


class Refusals:
    """What the service would refuse of a file's rows, by its own validation, each kind counted once."""

    def __init__(self) -> None:
        self._rows = 0
        #: By field and sentence: the value of the first such row, and where the rows stand.
        self._found: dict[tuple[str, str], tuple[str, list[str]]] = {}

    def look_at(self, row: Row) -> None:
        """Validate a row's body as the service does."""
        self._rows += 1
        try:
            TransactionIn.model_validate(row.body)
        except ValidationError as refused:
            for error in refused.errors(include_url=False, include_context=False):
                field = ".".join(str(part) for part in error["loc"])
                said = HINTS.get(error["type"], error["msg"])
                _, places = self._found.setdefault((field, said), (str(error["input"]), []))
                places.append(row.place)

    @property
    def sentences(self) -> list[str]:
        """One per kind of refusal, with how many rows it would meet and where the first of them stand."""
        return [
            f"the service would refuse {len(places):,} of {self._rows:,} rows ({first_places(places)}):"
            f" {field} {quoted(value)}: {said}"
            for (field, said), (value, places) in self._found.items()
        ]


def first_places(places: Sequence[str]) -> str:
    """Return where the first of several rows stand: line 2, line 5, line 7, ..."""
    return ", ".join([*places[:PLACES_TOLD], *(["..."] if len(places) > PLACES_TOLD else [])])


def default_start(last_seconds: float, now: datetime) -> datetime:
    """Return the start that puts the last row on the last midnight UTC.

    A body must be the same whenever the command is repeated, or the repeat would be a conflict; so the
    newest row is as new as a moment can be that stays put for a day.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(seconds=last_seconds)


def decimal_amount(amount: Decimal) -> str:
    """Return exactly the digits of the file, two or more behind the point, no zeros that say nothing."""
    whole, _, behind = format(amount.copy_abs() if amount == 0 else amount, "f").partition(".")
    return f"{whole}.{behind.rstrip('0').ljust(2, '0')}"
