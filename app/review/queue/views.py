"""Named views of the queue: filters, columns and a sort, kept under a name for oneself or for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.review.access.people import Ability, Account
from app.review.queue.columns import BY_PRIORITY, STANDARD, QueueColumn, QueueSort, read_columns, read_sort
from app.review.text import is_unseen, name_key

#: A list of more nobody finds anything in.
MOST_VIEWS: Final = 30
LONGEST_VIEW_NAME: Final = 60
#: As many fields as an address of the queue has, each as long as it reads them.
MOST_FILTERS, LONGEST_FILTER = 16, 256


class ViewNotFound(Exception):
    """There is no such view, or it is somebody's own."""


class ViewNameImpossible(ValueError):
    """A view needs a name that can be read, of at most 60 characters."""


class ViewNameTaken(Exception):
    """There is a view of this name already; choose another name."""


class TooManyViews(Exception):
    """You keep thirty views, which is the most: delete one first."""


class ViewNotYours(Exception):
    """A shared view is changed by whoever made it, or by a manager."""


class ViewChanged(Exception):
    """Somebody has changed this view since you looked at it: nothing was done."""

    def __init__(self, *, who: str, at: datetime, is_deleted: bool) -> None:
        """Say who, when, and whether it is gone."""
        super().__init__()
        self.who, self.at, self.is_deleted = who, at, is_deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDocument:
    """What a view shows: the filters as an address has them, the columns in their order, and the sort."""

    filters: Mapping[str, str]
    columns: tuple[QueueColumn, ...] = STANDARD
    sort: QueueSort = BY_PRIORITY

    def as_json(self) -> dict[str, object]:
        """Return it as it is kept; filters that say nothing are left out."""
        return {
            "filters": {name: value for name, value in sorted(self.filters.items()) if value},
            "columns": [column.value for column in self.columns],
            "sort": self.sort.written,
        }


def read_document(kept: Mapping[str, object]) -> ViewDocument:
    """Return what a kept view shows; what later versions do not know any more is passed over.

    Filters are read as an address is: what one of them says wrongly is told there.
    """
    filters, columns, sort = (kept.get(name) for name in ("filters", "columns", "sort"))
    told = filters if isinstance(filters, Mapping) else {}
    names = columns if isinstance(columns, Sequence) and not isinstance(columns, str) else ()
    return ViewDocument(
        filters={str(name): str(value)[:LONGEST_FILTER] for name, value in list(told.items())[:MOST_FILTERS]},
        columns=read_columns(str(name) for name in names),
        sort=(read_sort(sort) if isinstance(sort, str) else None) or BY_PRIORITY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A kept view, as it stands."""

    id: int
    owner_id: int
    owner: str
    name: str
    is_shared: bool
    document: ViewDocument
    #: Rises with every change: by it a form says what it was decided on.
    version: int

    def may_be_seen(self, account: Account) -> bool:
        """Whether it is this account's own, or for all."""
        return self.is_shared or self.owner_id == account.id

    def may_be_changed(self, account: Account) -> bool:
        """Whether this account may change, share or delete it."""
        return self.owner_id == account.id or (self.is_shared and account.may(Ability.CHANGE_SHARED_VIEWS))


def view_name(typed: str) -> str:
    """Return a view's name as it is kept; raises `ViewNameImpossible`."""
    name = " ".join(typed.split())
    if not name_key(name) or len(name) > LONGEST_VIEW_NAME or any(map(is_unseen, name)):
        raise ViewNameImpossible
    return name
