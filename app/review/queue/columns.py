"""What a list of cases may show and go by: columns in an order of one's own, and what it is sorted by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class QueueColumn(StrEnum):
    """A column of the queue; its value is what addresses and kept views call it."""

    RANK = "rank"
    CASE = "case"
    CARD = "card"
    MERCHANT = "merchant"
    CLIENT = "client"
    AMOUNT = "amount"
    REASON = "reason"
    RISK = "risk"
    SCORE = "score"
    PENDING = "pending"
    DUE = "due"
    DEADLINE = "deadline"
    STATE = "state"
    KIND = "kind"
    ASSIGNEE = "assignee"


class QueueOrder(StrEnum):
    """What a list of cases can go by: only what tells nothing of a blind case beside its own cell."""

    PRIORITY = "priority"
    AMOUNT = "amount"
    PENDING = "pending"
    DUE = "due"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSort:
    """What a list goes by, and whether it begins at the other end.

    Each order begins where somebody looks first: the most urgent, the largest amount, the longest wait, the
    next due time.
    """

    by: QueueOrder = QueueOrder.PRIORITY
    is_reversed: bool = False

    @property
    def written(self) -> str:
        """Return it as addresses and views have it: `amount`, and `-amount` from the other end."""
        return f"{'-' if self.is_reversed else ''}{self.by.value}"

    def turned_to(self, by: QueueOrder) -> "QueueSort":
        """Return the sort that a column's heading leads to: its own, and on a second press the other end."""
        return QueueSort(by=by, is_reversed=self.by is by and not self.is_reversed)


BY_PRIORITY: Final = QueueSort()
#: What stands in the queue where nobody chose.
STANDARD: Final = (
    *(QueueColumn.RANK, QueueColumn.CASE, QueueColumn.AMOUNT, QueueColumn.REASON, QueueColumn.RISK),
    *(QueueColumn.DUE, QueueColumn.DEADLINE, QueueColumn.ASSIGNEE),
)
#: A row without its number cannot be opened, and one without its assignee not taken.
ALWAYS: Final = (QueueColumn.CASE, QueueColumn.ASSIGNEE)
#: By what a column's heading sorts; the others are read and not sorted by.
SORTED_BY: Final[Mapping[QueueColumn, QueueOrder]] = {
    QueueColumn.RANK: QueueOrder.PRIORITY,
    QueueColumn.AMOUNT: QueueOrder.AMOUNT,
    QueueColumn.PENDING: QueueOrder.PENDING,
    QueueColumn.DUE: QueueOrder.DUE,
    QueueColumn.DEADLINE: QueueOrder.DEADLINE,
}


def read_sort(written: str) -> QueueSort | None:
    """Return the sort that is written so; None: there is none of this name.

    >>> read_sort("-amount")
    QueueSort(by=<QueueOrder.AMOUNT: 'amount'>, is_reversed=True)
    """
    try:
        return QueueSort(by=QueueOrder(written.removeprefix("-")), is_reversed=written.startswith("-"))
    except ValueError:
        return None


def read_columns(written: Iterable[str]) -> tuple[QueueColumn, ...]:
    """Return the columns of these names, each once, in this order; names of none are passed over.

    Those that a row cannot do without stand at the end where nobody chose them.
    """
    known = {column.value: column for column in QueueColumn}
    chosen = dict.fromkeys(known[name] for name in written if name in known)
    return (*chosen, *(column for column in ALWAYS if column not in chosen)) if chosen else STANDARD


def moved(columns: tuple[QueueColumn, ...], column: QueueColumn, *, by: int) -> tuple[QueueColumn, ...]:
    """Return the columns with one of them so many places further right; at an edge it stays there."""
    if column not in columns:
        return columns
    rest = [each for each in columns if each is not column]
    place = min(max(columns.index(column) + by, 0), len(rest))
    return (*rest[:place], column, *rest[place:])
