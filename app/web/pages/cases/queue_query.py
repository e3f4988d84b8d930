"""The queue's address: which view, filters, columns and sort it holds, and what was not understood."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode

from app.database.cases.worklists.queue_filters import QueueFilter
from app.review.case import CaseState
from app.review.queue.columns import (
    BY_PRIORITY,
    STANDARD,
    QueueColumn,
    QueueOrder,
    QueueSort,
    moved,
    read_columns,
    read_sort,
)
from app.review.queue.views import ViewDocument
from app.triage.labels import Reason
from app.web.dependencies import LARGEST_KEY
from app.web.pages.typed_number import typed_float, typed_number, typed_whole

STATES = (CaseState.OPEN, CaseState.ESCALATED)
# Amounts are kept with so many decimals.
DECIMALS = 4
# Beyond any amount a transaction can have, and any time a case can wait.
LARGEST_AMOUNT = Decimal(10) ** 12
LONGEST_MINUTES = 5_000_000
FIELDS = (
    *("state", "cause", "amount_from", "amount_to", "waits_from", "waits_to", "name", "value", "policy"),
    *("mine", "customer"),
)
#: Of cases that wait for the customer: only those, or all but those.
AWAITING = {"awaited": True, "not_awaited": False}

Parsed = TypeVar("Parsed")


#: What the address calls the view that is none: all open cases, whatever somebody's queue begins with.
NO_VIEW = "all"
COLUMN, SORT, MOVE, VIEW = "column", "sort", "move", "view"
STEPS = {"left": -1, "right": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """What the address asks for."""

    wanted: QueueFilter
    columns: tuple[QueueColumn, ...] = STANDARD
    sort: QueueSort = BY_PRIORITY
    #: The view it began with: its number, `all`, or nothing.
    view: str = ""
    #: The case behind which the list goes on, and the place of its first row.
    after: int | None
    place: int
    #: A column went a place further just now.
    has_moved: bool = False
    #: The fields as they were written.
    given: Mapping[str, str]
    #: Names of those that say nothing.
    mistakes: tuple[str, ...]

    @property
    def document(self) -> ViewDocument:
        """Return what a view that is kept now would show."""
        filters = {name: value for name, value in self.given.items() if value and name not in self.mistakes}
        if self.wanted.state is CaseState.OPEN:
            filters.pop("state", None)
        return ViewDocument(filters=filters, columns=self.columns, sort=self.sort)

    def fields(self) -> list[tuple[str, str]]:
        """Return what a form or an address carries to ask for the same again, from the first case on."""
        filters = {name: value for name, value in self.given.items() if value}
        # Said even where it goes without saying: an address that says nothing opens somebody's own view.
        written = [("state", self.wanted.state.value), *((n, v) for n, v in filters.items() if n != "state")]
        columns = [(COLUMN, column.value) for column in self.columns] if self.columns != STANDARD else []
        sort = [(SORT, self.sort.written)] if self.sort != BY_PRIORITY else []
        return [*([(VIEW, self.view)] if self.view else []), *written, *columns, *sort]

    def address(self, *further: tuple[str, str]) -> str:
        """Return an address that asks for the same, and for something beside it."""
        names = {name for name, _ in further}
        kept = [(name, value) for name, value in self.fields() if name not in names]
        return f"/queue?{urlencode([*kept, *further])}"

    def address_with(self, columns: tuple[QueueColumn, ...]) -> str:
        """Return the address of the same list with these columns."""
        return replace(self, columns=columns).address()

    def further(self, after: int, place: int) -> str:
        """Return the address of what comes behind a case."""
        return self.address(("after", str(after)), ("place", str(place)))

    def sorted_by(self, by: QueueOrder) -> str:
        """Return the address of the same list by another order, or the same one from its other end."""
        return self.address((SORT, self.sort.turned_to(by).written))


def read_query(
    query: Mapping[str, str],
    *,
    may_see_policies: bool,
    columns: Sequence[str] = (),
    view: ViewDocument | None = None,
) -> QueueQuery:
    """Return what an address asks for; what it says wrongly is named and left out.

    `columns` are all fields of that name, in their order. An address that says nothing of its own shows what
    `view` does; its sort can be another one's.
    """
    is_said = bool(columns) or any(name in query for name in FIELDS)
    shown = ViewDocument(filters={}) if view is None or is_said else view
    written = query if is_said else shown.filters
    given = {name: _plain(written.get(name, "")) for name in FIELDS}
    if not may_see_policies:
        given["policy"] = ""
    mistakes: list[str] = []

    def read(name: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        try:
            return parse(given[name]) if given[name] else None
        except ValueError:
            mistakes.append(name)
            return None

    wanted = QueueFilter(
        state=read("state", _state) or CaseState.OPEN,
        reason=read("cause", Reason),
        amount_from=read("amount_from", _amount),
        amount_to=read("amount_to", _amount),
        waits_at_least=read("waits_from", _minutes),
        waits_at_most=read("waits_to", _minutes),
        attribute=(given["name"], given["value"]) if given["name"] and given["value"] else None,
        policy_id=read("policy", _key),
        is_mine=given["mine"] == "1",
        awaits_customer=read("customer", _awaiting),
    )
    after = _or_none(query.get("after", ""))
    place = _or_none(query.get("place", "")) if after is not None else None
    sort = read_sort(_plain(query.get(SORT, ""))) or shown.sort
    chosen = read_columns(columns) if columns else shown.columns
    return QueueQuery(
        wanted=wanted,
        columns=_moved(chosen, query.get(MOVE, "")),
        sort=sort,
        view=_view(query.get(VIEW, "")),
        after=after,
        place=place or 1,
        has_moved=MOVE in query,
        given=given,
        mistakes=tuple(mistakes),
    )


def view_asked(query: Mapping[str, str]) -> int | None:
    """Return the number of the view an address names; None: it names none."""
    return _or_none(query.get(VIEW, ""))


def says_nothing(query: Mapping[str, str]) -> bool:
    """Whether an address leaves it to whoever asks which view it opens."""
    return not any(name in query for name in (*FIELDS, VIEW, COLUMN))


def _view(written: str) -> str:
    number = _or_none(written)
    return str(number) if number is not None else NO_VIEW if written == NO_VIEW else ""


def _moved(columns: tuple[QueueColumn, ...], written: str) -> tuple[QueueColumn, ...]:
    """Return the columns with one a place further, as a button says it: `amount.left`."""
    name, _, step = written.partition(".")
    column = next((each for each in columns if each.value == name), None)
    return moved(columns, column, by=STEPS[step]) if column is not None and step in STEPS else columns


def _plain(value: str) -> str:
    return "".join(letter for letter in value[:256] if letter.isprintable()).strip()


def _state(value: str) -> CaseState:
    state = CaseState(value)
    if state not in STATES:
        raise ValueError(value)
    return state


def _awaiting(value: str) -> bool:
    if value not in AWAITING:
        raise ValueError(value)
    return AWAITING[value]


def _amount(value: str) -> Decimal:
    amount = typed_number(value)
    if not 0 <= amount <= LARGEST_AMOUNT or amount != round(amount, DECIMALS):
        raise ValueError(value)
    return round(amount, DECIMALS)


def _minutes(value: str) -> timedelta:
    minutes = typed_float(value)
    if not 0 <= minutes <= LONGEST_MINUTES:
        raise ValueError(value)
    return timedelta(minutes=minutes)


def _key(value: str) -> int:
    return typed_whole(value, most=LARGEST_KEY)


def _or_none(value: str) -> int | None:
    try:
        return _key(value[:20])
    except ValueError:
        return None
