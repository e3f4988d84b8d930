"""Named views of the queue: the page of all one can open; keeping, changing, sharing, deleting them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from app.review.access.people import Ability, Account
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.queue.views import (
    LONGEST_VIEW_NAME,
    MOST_VIEWS,
    QueueView,
    TooManyViews,
    ViewChanged,
    ViewDocument,
    ViewNameImpossible,
    ViewNameTaken,
    ViewNotFound,
    ViewNotYours,
)
from app.web.dependencies import CHECKED, LARGEST_KEY, CurrentVisitor, RowKey, Visitor
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.queue import queue_page
from app.web.pages.cases.queue_columns import NAMES, order_words
from app.web.pages.cases.queue_query import COLUMN, QueueQuery, read_query
from app.web.pages.cases.queue_view import NAMES as FILTERS
from app.web.pages.cases.view_bar import Notice
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import AllServices, Cases, CaseServices

router = APIRouter(include_in_schema=False)

#: As long as an address of the queue may be, with every field filled.
LONGEST_LIST = 8192
REFUSALS = (
    ViewNotFound, ViewNotYours, ViewChanged, ViewNameImpossible, ViewNameTaken, TooManyViews,
    CardNumberWritten,
)  # fmt: skip
CONFLICTS = (ViewChanged, ViewNameTaken, TooManyViews)

ListAsShown = Annotated[str, Form(max_length=LONGEST_LIST)]
Version = Annotated[int, Form(ge=1, le=LARGEST_KEY)]
#: Beyond what a name may have, so that one too long is told so and not lost.
Name = Annotated[str, Form(max_length=10 * LONGEST_VIEW_NAME)]


class ViewAct(StrEnum):
    """What a form changes of a view."""

    KEEP = "keep"
    RENAME = "rename"
    SHARE = "share"
    UNSHARE = "unshare"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """A view, and what its reader may do with it."""

    id: int
    address: str
    name: str
    #: What it shows, in words.
    shows: str
    owner: str
    version: int
    is_shared: bool
    is_default: bool
    may_change: bool
    #: A colleague's is shared or not by that colleague alone.
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsPage:
    """All views somebody can open."""

    frame: Frame
    own: tuple[ViewRow, ...]
    shared: tuple[ViewRow, ...]
    has_default: bool
    most: int
    longest_name: int
    notice: Notice | None


@router.get("/queue/views")
async def views(cases: Cases, visitor: CurrentVisitor) -> Response:
    """Show the views one can open, and what can be done with each."""
    return render("queue/views.html", await _page(cases, visitor))


@router.post("/queue/views", dependencies=CHECKED)
async def keep(
    services: AllServices,
    visitor: CurrentVisitor,
    name: Name,
    shown: ListAsShown,
    is_shared: Annotated[bool, Form()] = False,
) -> Response:
    """Keep the list that is shown under a name, and open it."""
    query = _query(visitor.account, shown)
    try:
        view_id = await services.cases.views.keep(visitor.account, name, query.document, is_shared=is_shared)
    except REFUSALS as error:
        notice = Notice(
            sentence=worded("The view was not kept. %(error)s", error=worded(own_sentence(error)))
        )
        page = await queue_page(
            services, visitor, query, None, notice=notice, written_name=without_card_numbers(name)
        )
        return render("queue.html", page, status=409 if isinstance(error, CONFLICTS) else 422)
    return RedirectResponse(f"/queue?view={view_id}", status_code=303)


@router.post("/queue/views/default", dependencies=CHECKED)
async def begin_with(
    cases: Cases,
    visitor: CurrentVisitor,
    view_id: Annotated[int | None, Form(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Let one's queue begin with a view, or with all cases."""
    try:
        await cases.views.begin_with(visitor.account, view_id)
    except ViewNotFound as error:
        return await _refused(cases, visitor, error)
    return RedirectResponse("/queue/views", status_code=303)


@router.post("/queue/views/{view_id}", dependencies=CHECKED)
async def change(
    cases: Cases,
    visitor: CurrentVisitor,
    view_id: RowKey,
    act: Annotated[ViewAct, Form()],
    version: Version,
    name: Name = "",
    shown: ListAsShown = "",
) -> Response:
    """Keep the list that is shown under the name it has, rename the view, or share it."""
    document = _query(visitor.account, shown).document if act is ViewAct.KEEP else None
    try:
        await cases.views.change(
            visitor.account,
            view_id,
            version=version,
            name=name if act is ViewAct.RENAME else None,
            document=document,
            is_shared={ViewAct.SHARE: True, ViewAct.UNSHARE: False}.get(act),
        )
    except REFUSALS as error:
        return await _refused(cases, visitor, error)
    back = f"/queue?view={view_id}" if act is ViewAct.KEEP else "/queue/views"
    return RedirectResponse(back, status_code=303)


@router.post("/queue/views/{view_id}/delete", dependencies=CHECKED)
async def delete(cases: Cases, visitor: CurrentVisitor, view_id: RowKey, version: Version) -> Response:
    """Delete a view, as it was seen."""
    try:
        await cases.views.delete(visitor.account, view_id, version=version)
    except REFUSALS as error:
        return await _refused(cases, visitor, error)
    return RedirectResponse("/queue/views", status_code=303)


def _query(account: Account, shown: str) -> QueueQuery:
    """Return the list that a form was made for, as its address says it."""
    fields = QueryParams(shown)
    return read_query(
        fields,
        may_see_policies=account.may(Ability.SEE_POLICIES),
        columns=fields.getlist(COLUMN),
    )


async def _refused(cases: CaseServices, visitor: Visitor, error: Exception) -> Response:
    sentence = worded("Nothing was changed. %(error)s", error=worded(own_sentence(error)))
    if isinstance(error, ViewChanged):
        did = worded("deleted it") if error.is_deleted else worded("changed it")
        sentence = worded(
            "Nothing was changed: %(who)s %(did)s at %(at)s. Look again.",
            who=error.who,
            did=did,
            at=formatting.moment(error.at),
        )
    page = await _page(cases, visitor, notice=Notice(sentence=without_card_numbers(sentence)))
    return render("queue/views.html", page, status=_status(error))


def _status(error: Exception) -> int:
    if isinstance(error, ViewNotFound):
        return 404
    if isinstance(error, ViewNotYours):
        return 403
    return 409 if isinstance(error, CONFLICTS) else 422


async def _page(cases: CaseServices, visitor: Visitor, *, notice: Notice | None = None) -> ViewsPage:
    seen = await cases.views.seen_by(visitor.account)
    return ViewsPage(
        frame=frame(
            visitor.account,
            visitor.csrf_token,
            title=worded("Views of the queue"),
            here="/queue",
            notices=visitor.notices,
        ),
        own=tuple(_row(view, visitor.account, seen.default_id) for view in seen.own),
        shared=tuple(_row(view, visitor.account, seen.default_id) for view in seen.shared),
        has_default=seen.default_id is not None,
        most=MOST_VIEWS,
        longest_name=LONGEST_VIEW_NAME,
        notice=notice,
    )


def _row(view: QueueView, account: Account, default_id: int | None) -> ViewRow:
    return ViewRow(
        id=view.id,
        address=f"/queue?view={view.id}",
        name=view.name,
        shows=_shows(view.document),
        owner=view.owner,
        version=view.version,
        is_shared=view.is_shared,
        is_default=view.id == default_id,
        may_change=view.may_be_changed(account),
        is_mine=view.owner_id == account.id,
    )


def _shows(document: ViewDocument) -> str:
    """Return what a view shows, in one line."""
    named = {"name": "attribute", "value": "value", "mine": worded("only mine"), **FILTERS}
    filters = [f"{named.get(name, name)} {value}" for name, value in document.filters.items()]
    columns = ", ".join(str(NAMES[column]) for column in document.columns)
    return " \u00b7 ".join([*filters, columns, order_words(document.sort)])
