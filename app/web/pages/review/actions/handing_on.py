"""Give a case to the queue, to a colleague, or to its own time."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.database.server.session import shared
from app.review.access.administration import LONGEST_REASON
from app.review.case import (
    ClaimEnd,
)
from app.web.dependencies import RowKey, verify_csrf
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.review.actions.answers import REFUSALS, Token, Write, begun, page_after, page_refused
from app.web.pages.review.header import SKIPS
from app.web.pages.review.routes import Judge
from app.web.pages.review.screen import refusal
from app.web.pages.typed_moment import LONGEST, typed_moment
from app.web.services import AllServices
from app.workflows.cases.claims import LONGEST_NOTE

# Before the session is looked up: all that follows is part of it.
router = APIRouter(include_in_schema=False, dependencies=[Depends(begun), Depends(verify_csrf)])

GIVEN_BACK = frozenset({ClaimEnd.RELEASED, ClaimEnd.SKIPPED})
Note = Annotated[str, Form(max_length=LONGEST_NOTE)]


class WaitForm(BaseModel):
    """Until when a case waits, as it was typed, in which zone, and for what."""

    token: UUID
    until: str = Field(max_length=LONGEST)
    #: Its distance from UTC, such as +02:00; a page without scripts asks for UTC.
    zone: str = Field(default="Z", pattern=r"^(Z|[-+][0-9]{2}:[0-9]{2})$")
    reason: str = Field(default="", max_length=LONGEST_REASON)

    @property
    def moment(self) -> str:
        """The moment with its zone."""
        return f"{self.until}{self.zone}" if self.until else ""


@router.post("/review/{case_id}/release")
async def release(
    request: Request,
    services: AllServices,
    judge: Judge,
    write: Write,
    case_id: RowKey,
    token: Token,
    skip: Annotated[str, Form(pattern=f"^({'|'.join(SKIPS)})?$")] = "",
) -> Response:
    """Give a case back, or skip it for a reason, and show the next."""
    done = "skipped" if skip else "released"
    try:
        async with write:
            await services.cases.claims.release(judge.account, case_id, token, reason=SKIPS.get(skip))
    except REFUSALS as error:
        async with shared(services.cases.claims.engine):
            if await services.cases.claims.end_of(judge.account, case_id, token) not in GIVEN_BACK:
                sentence = worded(
                    "Case %(case_id)s was not reserved for you any more.", case_id=formatting.count(case_id)
                )
                return await page_refused(request, services, judge, refusal(sentence, error))
            return await page_after(request, services, judge, case_id, done)
    return await page_after(request, services, judge, case_id, done)


@router.post("/review/{case_id}/reassign")
async def reassign(
    request: Request,
    services: AllServices,
    judge: Judge,
    write: Write,
    case_id: RowKey,
    token: Token,
    to: Annotated[str, Form(max_length=200)],
    note: Note = "",
) -> Response:
    """Offer a case to a colleague, and show the next."""
    try:
        async with write:
            await services.cases.claims.reassign(judge.account, case_id, token, to=to, reason=note or None)
    except REFUSALS as error:
        async with shared(services.cases.claims.engine):
            if await services.cases.claims.end_of(judge.account, case_id, token) is not ClaimEnd.HANDED_OVER:
                told = refusal(
                    worded("Case %(case_id)s was not reassigned.", case_id=formatting.count(case_id)),
                    error,
                    note=note,
                )
                return await page_refused(request, services, judge, told)
            return await page_after(request, services, judge, case_id, "handed")
    return await page_after(request, services, judge, case_id, "handed")


@router.post("/review/{case_id}/wait")
async def wait(
    request: Request,
    services: AllServices,
    judge: Judge,
    write: Write,
    case_id: RowKey,
    form: Annotated[WaitForm, Form()],
) -> Response:
    """Let a case wait for the customer, and show the next."""
    try:
        async with write:
            await services.cases.waiting.wait(
                judge.account, case_id, form.token, until=typed_moment(form.moment), reason=form.reason
            )
    except REFUSALS as error:
        async with shared(services.cases.claims.engine):
            if await services.cases.claims.end_of(judge.account, case_id, form.token) is not ClaimEnd.WAITS:
                sentence = worded("Case %(case_id)s does not wait.", case_id=formatting.count(case_id))
                return await page_refused(
                    request, services, judge, refusal(sentence, error, note=form.reason)
                )
            return await page_after(request, services, judge, case_id, "waits")
    return await page_after(request, services, judge, case_id, "waits")
