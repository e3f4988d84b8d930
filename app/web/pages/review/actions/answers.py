"""What an action begins with and ends in: one transaction, and the page that it leads to."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.database.server.session import SharedTransaction
from app.review.access.administration import WhyMissing
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import (
    CaseAlreadyJudged,
    CaseNotFound,
    CaseNotYours,
    ColleagueUnknown,
    FirstVerdictMissing,
    LeaseLost,
    NoteMissing,
    NothingToUndo,
)
from app.review.keeping.waiting import WaitImpossible
from app.web.dependencies import Visitor
from app.web.pages.rendering import render
from app.web.pages.review.screen import Done, ScreenMessages, current_screen
from app.web.pages.typed_moment import MomentUnclear
from app.web.services import Cases, Services


async def begun(cases: Cases) -> AsyncIterator[SharedTransaction]:
    """Begin the one transaction in which the session is looked up and what it asks is done."""
    async with await SharedTransaction(cases.claims.engine).begin() as write:
        yield write


Write = Annotated[SharedTransaction, Depends(begun)]
Token = Annotated[UUID, Form()]

REFUSALS = (
    LeaseLost, CaseAlreadyJudged, CaseNotFound, CaseNotYours, FirstVerdictMissing, NothingToUndo, NoteMissing,
    ColleagueUnknown, CardNumberWritten, WaitImpossible, WhyMissing, MomentUnclear,
)  # fmt: skip


async def page_after(
    request: Request, services: Services, judge: Visitor, case_id: int, done: str
) -> Response:
    """Lead to the next case, and say there what was done."""
    if not _wants_fragment(request):
        return RedirectResponse(f"/review?case={case_id}&done={done}", status_code=303)
    return await page_shown(request, services, judge, Done(case_id, done))


async def page_refused(
    request: Request, services: Services, judge: Visitor, told: ScreenMessages
) -> Response:
    """Show the current case, and why nothing was done."""
    return await page_shown(request, services, judge, told, status=409)


async def page_shown(
    request: Request,
    services: Services,
    judge: Visitor,
    told: Done | ScreenMessages,
    *,
    status: int = 200,
) -> Response:
    """Show the current case, to a script as what it swaps in."""
    is_fragment = _wants_fragment(request)
    lease = None if is_fragment else services.cases.plain_lease
    page = await current_screen(services, judge, told, lease=lease)
    return render("review/_screen.html" if is_fragment else "review/page.html", page, status=status)


def _wants_fragment(request: Request) -> bool:
    return "x-fragment" in request.headers
