"""Addresses of what a team says about a case: read it, write, and have looked at it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.discussion.comments import MOST_OF_A_CASE, CommentUnclear, TooManyComments
from app.web.dependencies import CHECKED, CurrentVisitor, RowKey, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.discussion.view import NOTHING_TO_SAY, DiscussionView, Place, Reply, discussion_view
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import AllServices, Cases, Services

router = APIRouter(include_in_schema=False)

Writer = Annotated[Visitor, Depends(require(Ability.JUDGE))]
#: Longer than any comment: what is too long is refused by a sentence, with the text kept.
MOST_TYPED = 20_000
REFUSALS = (CommentUnclear, CardNumberWritten, TooManyComments)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscussionPage:
    """What was said about a case, alone on a page or as a part of one."""

    frame: Frame
    case_id: int
    number: str
    #: Where the reader came from.
    back: str
    discussion: DiscussionView


@router.get("/cases/{case_id}/comments")
async def comments(
    request: Request,
    services: AllServices,
    visitor: CurrentVisitor,
    case_id: RowKey,
    back: Annotated[Place, Query()] = Place.CASE,
    unknown: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show what was said about a case."""
    return await shown(request, services, visitor, case_id, place=back, reply=untold(unknown))


@router.post("/cases/{case_id}/comments", dependencies=CHECKED)
async def say(
    request: Request,
    services: AllServices,
    writer: Writer,
    case_id: RowKey,
    form: Annotated[UUID, Form()],
    words: Annotated[str, Form(max_length=MOST_TYPED)] = "",
    back: Annotated[Place, Form()] = Place.CASE,
) -> Response:
    """Write a comment; a form that comes twice writes it once."""
    try:
        unknown = await services.cases.discussions.say(writer.account, case_id, form, words)
    except REFUSALS as error:
        # Without a card number it can be sent again as it is shown.
        reply = Reply(problem=worded(own_sentence(error)), written=without_card_numbers(words))
        return await shown(request, services, writer, case_id, place=back, reply=reply)
    names = ", ".join(unknown)[:500]
    if is_fragment(request):
        return await shown(request, services, writer, case_id, place=back, reply=untold(names))
    if names:
        address = request.url_for("comments", case_id=case_id)
        asked = address.include_query_params(back=back.value, unknown=names)
        return RedirectResponse(f"{asked.path}?{asked.query}", status_code=303)
    return RedirectResponse(address_of(back, case_id), status_code=303)


@router.post("/cases/{case_id}/comments/seen", dependencies=CHECKED)
async def seen(
    request: Request,
    cases: Cases,
    visitor: CurrentVisitor,
    case_id: RowKey,
    through: Annotated[int, Form(ge=0, le=MOST_OF_A_CASE)],
    back: Annotated[Place, Form()] = Place.CASE,
) -> Response:
    """Keep that this person looked at the comments up to one."""
    await cases.discussions.seen(visitor.account, case_id, through=through)
    if is_fragment(request):
        return Response(status_code=204)
    return RedirectResponse(address_of(back, case_id), status_code=303)


async def shown(
    request: Request,
    services: Services,
    visitor: Visitor,
    case_id: int,
    *,
    place: Place,
    reply: Reply = NOTHING_TO_SAY,
) -> Response:
    """Return a case's comments: a part for a page that is open, else a page."""
    found = await services.cases.discussions.of(visitor.account, case_id)
    title = worded("Case %(case_id)s, comments", case_id=formatting.count(case_id))
    page = DiscussionPage(
        frame=frame(visitor.account, visitor.csrf_token, title=title, here="/cases", notices=visitor.notices),
        case_id=case_id,
        number=formatting.count(case_id),
        back=address_of(place, case_id),
        discussion=discussion_view(
            found,
            visitor.account,
            place=place,
            csrf_token=visitor.csrf_token,
            form=uuid4(),
            now=services.clock(),
            reply=reply,
        ),
    )
    template = "discussion/_part.html" if is_fragment(request) else "discussion/page.html"
    return render(template, page, status=422 if reply.problem else 200)


def untold(names: str) -> Reply:
    """Return what is said of names that nobody here has."""
    return Reply(
        told=worded("Nobody here has this name, and nobody was told: %(names)s", names=names) if names else ""
    )


def is_fragment(request: Request) -> bool:
    """Whether a page that is open asks for a part of it."""
    return "x-fragment" in request.headers


def address_of(place: Place, case_id: int) -> str:
    """Return the page somebody came from."""
    return "/review#comments" if place is Place.REVIEW else f"/cases/{case_id}#comments"
