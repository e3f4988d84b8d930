"""The address of the page of drift."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import Visitor, require
from app.web.languages.sentences import worded
from app.web.pages.drift.view import drift_page
from app.web.pages.frame import frame
from app.web.pages.rendering import render
from app.web.services import Policies

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_OPERATIONS))]


@router.get("/drift")
async def drift(policies: Policies, reader: Reader) -> Response:
    """Show what changed, since when, and what it costs."""
    own = frame(
        reader.account, reader.csrf_token, title=worded("Drift"), here="/drift", notices=reader.notices
    )
    return render("drift/page.html", drift_page(own, await policies.drift.report()))
