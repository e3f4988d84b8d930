"""The help page: what the terms mean, for everybody who is logged in."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from app.web.dependencies import CurrentVisitor
from app.web.languages.reader import reader
from app.web.languages.sentences import worded
from app.web.pages.frame import Frame, frame
from app.web.pages.help.glossary import Subject, glossary
from app.web.pages.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """The glossary, by subject."""

    frame: Frame
    subjects: tuple[Subject, ...]


@router.get("/help")
async def help_page(visitor: CurrentVisitor) -> Response:
    """Show what the terms mean; it reads nothing but the glossary."""
    around = frame(
        visitor.account, visitor.csrf_token, title=worded("Help"), here="/help", notices=visitor.notices
    )
    return render("help/page.html", HelpPage(frame=around, subjects=glossary(reader().language)))
