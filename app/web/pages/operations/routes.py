"""Addresses of the operations page: the page, its live stream, its file, and releasing a held case."""

from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import StringConstraints

from app.review.access.people import Ability
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.web.dependencies import (
    CHECKED,
    NotAllowed,
    NotLoggedIn,
    OtherAccount,
    RowKey,
    Visitor,
    require,
    visitor,
)
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.csv_cells import as_file
from app.web.pages.frame import Frame, frame
from app.web.pages.operations.export import snapshot_lines
from app.web.pages.operations.guarantee import GuaranteeView, guarantee_view
from app.web.pages.operations.view import OperationsView, operations_view
from app.web.pages.rendering import html, render
from app.web.problems import own_sentence
from app.web.services import Access, Clock, Operations, Policies
from app.workflows.operations.case_lists import HeldCase, HoldChanged
from app.workflows.operations.queue_monitor import OperationsSnapshot

router = APIRouter(include_in_schema=False)

Watcher = Annotated[Visitor, Depends(require(Ability.SEE_OPERATIONS))]
Supervisor = Annotated[Visitor, Depends(require(Ability.RELEASE_CASES))]
#: How soon a browser whose stream ended asks for the next one.
COMES_BACK_MILLISECONDS = 1000
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsPage:
    """The page around the numbers."""

    frame: Frame
    operations: OperationsView
    guarantee: GuaranteeView
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsFragment:
    """The numbers alone, as the page swaps them in."""

    operations: OperationsView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """A held case, and why it is to be released."""

    frame: Frame
    case_id: int
    #: None: nobody holds it any more.
    held: HeldCase | None
    left: str
    problem: str
    reason: str


@router.get("/operations")
async def operations_page(
    operations: Operations,
    policies: Policies,
    watcher: Watcher,
    released: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show the operations page."""
    view = operations_view(
        await operations.queue_monitor.now(), may_release=watcher.account.may(Ability.RELEASE_CASES)
    )
    said = (
        worded("Case %(released)s is back in the queue.", released=formatting.count(released))
        if released is not None
        else ""
    )
    return render(
        "operations/page.html",
        OperationsPage(
            frame=_frame(watcher, worded("Operations")),
            operations=view,
            guarantee=guarantee_view(await policies.guarantee.report()),
            message=said,
        ),
    )


async def stream_slot(operations: Operations) -> AsyncIterator[None]:
    """Keep a place to watch from while the stream lasts; raises `TooManyWatchers`."""
    with operations.queue_monitor.stream_slot():
        yield


@router.get("/operations/events", response_class=EventSourceResponse, dependencies=[Depends(stream_slot)])
async def events(
    request: Request, operations: Operations, access: Access, watcher: Watcher
) -> AsyncIterator[ServerSentEvent]:
    """Send the numbers of the operations page as they change, while this person may watch."""
    may_release = watcher.account.may(Ability.RELEASE_CASES)
    yield ServerSentEvent(comment="operations, live", retry=COMES_BACK_MILLISECONDS)
    may_watch = require(Ability.SEE_OPERATIONS)

    async def check() -> None:
        await may_watch(await visitor(request))

    with suppress(NotLoggedIn, NotAllowed, OtherAccount):
        watched = operations.queue_monitor.watched()
        async with aclosing(access.revocations.streamed(check, watched)) as snapshots:
            async for seen in snapshots:
                if seen is None:
                    away = worded("The database does not answer just now.")
                    yield ServerSentEvent(event="away", raw_data=away)
                else:
                    yield ServerSentEvent(event="operations", raw_data=_fragment(seen, may_release))


@lru_cache(maxsize=4)
def _fragment(seen: OperationsSnapshot, may_release: bool) -> str:
    """Return the numbers as HTML: made once, however many watch."""
    view = operations_view(seen, may_release=may_release)
    return html("operations/_numbers.html", OperationsFragment(operations=view))


@router.get("/operations.csv")
async def numbers_as_file(operations: Operations, _: Watcher) -> Response:
    """Send all numbers as a file."""
    lines = "".join(snapshot_lines(await operations.queue_monitor.now()))
    return Response(lines, media_type="text/csv; charset=utf-8", headers=as_file("operations.csv"))


@router.get("/operations/cases/{case_id}/release")
async def ask_why(operations: Operations, clock: Clock, supervisor: Supervisor, case_id: RowKey) -> Response:
    """Ask why a case is to be released."""
    return await _asked(operations, clock, supervisor, case_id)


@router.post("/operations/cases/{case_id}/release", dependencies=CHECKED)
async def force_release(
    operations: Operations,
    clock: Clock,
    supervisor: Supervisor,
    case_id: RowKey,
    mark: Annotated[str, Form(max_length=64)],
    reason: Why,
) -> Response:
    """Take a case back from the hold that was looked at."""
    try:
        await operations.case_lists.force_release(supervisor.account, case_id, mark, reason)
    except (HoldChanged, CardNumberWritten) as refusal:
        sentence, reason = worded(own_sentence(refusal)), without_card_numbers(reason)
        return await _asked(operations, clock, supervisor, case_id, problem=sentence, reason=reason)
    operations.queue_monitor.forget()
    return RedirectResponse(f"/operations?released={case_id}", status_code=303)


async def _asked(
    operations: Operations,
    clock: Clock,
    supervisor: Visitor,
    case_id: int,
    *,
    problem: str = "",
    reason: str = "",
) -> Response:
    try:
        held = await operations.case_lists.held(supervisor.account, case_id)
    except HoldChanged:
        held = None
    page = ReleasePage(
        frame=_frame(supervisor, worded("Take case %(case_id)s back", case_id=formatting.count(case_id))),
        case_id=case_id,
        held=held,
        left=formatting.countdown(held.expires_at - clock()) if held is not None else "",
        problem=problem,
        reason=reason,
    )
    return render("operations/release.html", page, status=HTTPStatus.CONFLICT if problem else HTTPStatus.OK)


def _frame(visitor: Visitor, title: str) -> Frame:
    return frame(
        visitor.account, visitor.csrf_token, title=title, here="/operations", notices=visitor.notices
    )
