"""How well people judge: the page, its lists, and the table as a file."""

from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from app.database.operations.verdict_lists import Listing
from app.review.access.people import Ability
from app.web.dependencies import DIGITS, LARGEST_KEY, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages.csv_cells import as_file
from app.web.pages.frame import Frame, frame
from app.web.pages.quality.export import people_lines
from app.web.pages.quality.verdict_lists import verdicts_page
from app.web.pages.quality.view import quality_page
from app.web.pages.rendering import render
from app.web.services import Operations

router = APIRouter(include_in_schema=False)

SHOWN = 50


class Window(IntEnum):
    """For how many days back one may look."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90


Days = Annotated[Window, DIGITS]
Reader = Annotated[Visitor, Depends(require(Ability.SEE_QUALITY))]
Key = Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)]


@router.get("/quality")
async def quality(operations: Operations, reader: Reader, days: Days = Window.MONTH) -> Response:
    """Show how well people judge."""
    report = await operations.quality.report(days)
    return render("quality/page.html", quality_page(_frame(reader, worded("Quality")), report, days))


@router.get("/quality.csv")
async def as_csv(operations: Operations, _: Reader, days: Days = Window.MONTH) -> Response:
    """Send the table of analysts as a file."""
    report = await operations.quality.report(days)
    headers = as_file(f"quality-{days}-days.csv")
    return StreamingResponse(people_lines(report), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/quality/cases")
async def cases(
    operations: Operations,
    reader: Reader,
    kind: Listing = Listing.JUDGED,
    days: Days = Window.MONTH,
    analyst: Key = None,
    before: Key = None,
) -> Response:
    """List the verdicts behind a figure."""
    name = await operations.quality.name(analyst) if analyst is not None else ""
    found = await operations.quality.verdicts(
        reader.account, kind, days, account_id=analyst, before_id=before, limit=SHOWN
    )
    page = verdicts_page(
        _frame(reader, worded("Verdicts")),
        found,
        listing=kind,
        days=days,
        analyst=(analyst, name) if analyst is not None else None,
        is_first=before is None,
    )
    return render("quality/cases.html", page)


def _frame(reader: Visitor, title: str) -> Frame:
    return frame(reader.account, reader.csrf_token, title=title, here="/quality", notices=reader.notices)
