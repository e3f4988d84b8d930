"""Addresses of the review page that only show: the current case, and the next one, reserved."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import LARGEST_KEY, Visitor, require
from app.web.pages.rendering import render
from app.web.pages.review.screen import DONE, Done, current_screen, next_screen
from app.web.services import AllServices

router = APIRouter(include_in_schema=False)

Judge = Annotated[Visitor, Depends(require(Ability.JUDGE))]
DoneBefore = Annotated[str, Query(pattern=f"^({'|'.join(DONE)})$")]


@router.get("/review")
async def review(
    services: AllServices,
    judge: Judge,
    case: Annotated[int | None, Query(ge=1, le=LARGEST_KEY)] = None,
    done: DoneBefore | None = None,
) -> Response:
    """Show the case this person holds, or the next.

    It is held longer than the usual lease: only a page with scripts keeps it by heartbeats, and its
    first one brings the time down to the usual.
    """
    told = Done(case, done) if case is not None and done is not None else None
    return render(
        "review/page.html", await current_screen(services, judge, told, lease=services.cases.plain_lease)
    )


@router.get("/review/fragment")
async def fragment(services: AllServices, judge: Judge) -> Response:
    """Show the same as what a page already open swaps in."""
    return render("review/_screen.html", await current_screen(services, judge))


@router.get("/review/next")
async def following(services: AllServices, judge: Judge) -> Response:
    """Reserve the next case and show it: a page holds it ready, and swaps it in without waiting."""
    page = await next_screen(services, judge)
    return Response(status_code=204) if page is None else render("review/_screen.html", page)
