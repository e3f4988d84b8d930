"""The queue's columns as a page has them: headings that sort, and the form that chooses and orders them."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.review.queue.columns import ALWAYS, SORTED_BY, STANDARD, QueueColumn, QueueOrder, QueueSort
from app.web.languages.sentences import marked
from app.web.pages.cases.queue_query import COLUMN, MOVE, QueueQuery

NAMES: Mapping[QueueColumn, str] = {
    QueueColumn.RANK: marked("Rank"),
    QueueColumn.CASE: marked("Case"),
    QueueColumn.CARD: marked("Card"),
    QueueColumn.MERCHANT: marked("Merchant"),
    QueueColumn.CLIENT: marked("Client"),
    QueueColumn.AMOUNT: marked("Amount"),
    QueueColumn.REASON: marked("Reason for review"),
    QueueColumn.RISK: marked("At risk, pending"),
    QueueColumn.SCORE: marked("Probability of fraud"),
    QueueColumn.PENDING: marked("Pending"),
    QueueColumn.DUE: marked("Due"),
    QueueColumn.DEADLINE: marked("Deadline"),
    QueueColumn.STATE: marked("State"),
    QueueColumn.KIND: marked("Opened for"),
    QueueColumn.ASSIGNEE: marked("Assignee"),
}
#: How a list goes, from its usual end and from the other.
ORDERS: Mapping[QueueOrder, tuple[str, str]] = {
    QueueOrder.PRIORITY: (marked("the most urgent first"), marked("the least urgent first")),
    QueueOrder.AMOUNT: (marked("the largest amount first"), marked("the smallest amount first")),
    QueueOrder.PENDING: (marked("the longest pending first"), marked("the newest first")),
    QueueOrder.DUE: (marked("the next due first"), marked("the last due first")),
    QueueOrder.DEADLINE: (marked("the next deadline first"), marked("the last deadline first")),
}
#: Orders whose usual end is the high one, for who hears the table read.
_BEGINS_HIGH = frozenset({QueueOrder.PRIORITY, QueueOrder.AMOUNT})
_RIGHT = frozenset(
    {
        *(QueueColumn.RANK, QueueColumn.CASE, QueueColumn.AMOUNT, QueueColumn.SCORE, QueueColumn.PENDING),
        *(QueueColumn.DUE, QueueColumn.DEADLINE),
    }
)
#: What a narrow screen leaves out while nobody chose.
_MINOR = frozenset({QueueColumn.RANK, QueueColumn.REASON, QueueColumn.DUE, QueueColumn.DEADLINE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column that is shown."""

    name: str
    called: str
    #: The classes of its cells.
    style: str
    #: Where the list goes by it, or by it from the other end; empty: it does not.
    sort_address: str
    #: `ascending`, `descending`; empty where the list does not go by it.
    sorted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """A column as the form offers it."""

    name: str
    called: str
    is_shown: bool
    #: It stands in every list.
    is_fixed: bool
    #: What its buttons send; empty where it cannot go further, or is not shown.
    left: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of the list, and the form of them."""

    shown: tuple[Head, ...]
    choices: tuple[ColumnChoice, ...]
    #: What the form carries beside its fields: the view, the filters, the sort.
    hidden: tuple[tuple[str, str], ...]
    is_standard: bool
    standard_address: str
    #: A column was moved just now: the form stays at hand.
    is_open: bool


def columns_view(query: QueueQuery, *, tells_kind: bool) -> Columns:
    """Return the columns that are asked for, without those that this reader may not see."""
    offered = [column for column in QueueColumn if tells_kind or column is not QueueColumn.KIND]
    shown = [column for column in query.columns if column in offered]
    rest = [column for column in offered if column not in shown]
    is_standard = query.columns == STANDARD
    return Columns(
        shown=tuple(_head(column, query, is_standard=is_standard) for column in shown),
        choices=tuple(_choice(column, shown) for column in (*shown, *rest)),
        hidden=tuple((name, value) for name, value in query.fields() if name not in {COLUMN, MOVE}),
        is_standard=is_standard,
        standard_address=query.address_with(STANDARD),
        is_open=query.has_moved,
    )


def order_words(sort: QueueSort) -> str:
    """Return how a list goes: `the most urgent first`."""
    return ORDERS[sort.by][sort.is_reversed]


def _head(column: QueueColumn, query: QueueQuery, *, is_standard: bool) -> Head:
    by = SORTED_BY.get(column)
    styles = [
        *(["n"] if column in _RIGHT else []),
        *(["minor"] if is_standard and column in _MINOR else []),
        f"is-{column.value}",
    ]
    return Head(
        name=column.value,
        called=NAMES[column],
        style=" ".join(styles),
        sort_address=query.sorted_by(by) if by is not None else "",
        sorted=_sorted(query.sort) if by is query.sort.by else "",
    )


def _sorted(sort: QueueSort) -> str:
    return "descending" if (sort.by in _BEGINS_HIGH) is not sort.is_reversed else "ascending"


def _choice(column: QueueColumn, shown: list[QueueColumn]) -> ColumnChoice:
    place = shown.index(column) if column in shown else None
    return ColumnChoice(
        name=column.value,
        called=NAMES[column],
        is_shown=place is not None,
        is_fixed=column in ALWAYS,
        left=f"{column.value}.left" if place else "",
        right=f"{column.value}.right" if place is not None and place < len(shown) - 1 else "",
    )
