"""The named views above the queue: which there are, which one is open, and the forms that keep it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from app.review.access.people import Account
from app.review.queue.views import QueueView
from app.web.languages.sentences import worded
from app.web.pages.cases.queue_query import NO_VIEW, QueueQuery
from app.workflows.cases.worklists.queue_views import SeenViews


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was done, or why nothing was."""

    sentence: str
    details: tuple[str, ...] = ()
    #: Nobody writes one here.
    note: str = ""
    is_good: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """A view one can open."""

    address: str
    name: str
    is_here: bool
    #: Who shares it; empty of one's own.
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView:
    """The view that is open."""

    id: int
    name: str
    version: int
    is_default: bool
    #: The list shows something else by now, and the reader may keep that under this name.
    is_edited: bool
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBar:
    """All views somebody can open, and what can be done with the list as it is."""

    links: tuple[ViewLink, ...]
    here: OpenView | None
    #: What the forms carry: the list as it is, written as its address has it.
    shown: str
    #: The name somebody wrote, where it was refused.
    written_name: str


def view_bar(
    query: QueueQuery,
    seen: SeenViews,
    here: QueueView | None,
    account: Account,
    *,
    written_name: str = "",
) -> ViewBar:
    """Return the bar beside a list that began with this view, if it began with one."""
    links = [
        ViewLink(address=f"/queue?view={NO_VIEW}", name=worded("All cases"), is_here=here is None, owner="")
    ]
    links += [
        ViewLink(
            address=f"/queue?view={view.id}",
            name=view.name,
            is_here=here is not None and view.id == here.id,
            owner="" if view.owner_id == account.id else view.owner,
        )
        for view in (*seen.own, *seen.shared)
    ]
    return ViewBar(
        links=tuple(links),
        here=None if here is None else _open(here, query, seen, account),
        shown=urlencode(query.fields()),
        written_name=written_name,
    )


def _open(view: QueueView, query: QueueQuery, seen: SeenViews, account: Account) -> OpenView:
    return OpenView(
        id=view.id,
        name=view.name,
        version=view.version,
        is_default=view.id == seen.default_id,
        is_edited=query.document.as_json() != view.document.as_json(),
        may_change=view.may_be_changed(account),
    )
