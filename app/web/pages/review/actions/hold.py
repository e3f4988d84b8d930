"""Keep a case, and what is written on it, while its page is open."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from app.review.case import (
    VerdictReason,
)
from app.web.dependencies import RowKey, verify_csrf
from app.web.pages.review.actions.answers import REFUSALS, Token, Write, begun
from app.web.pages.review.routes import Judge
from app.web.pages.review.screen import why
from app.web.services import Cases, Clock
from app.workflows.cases.claims import LONGEST_NOTE

# Before the session is looked up: all that follows is part of it.
router = APIRouter(include_in_schema=False, dependencies=[Depends(begun), Depends(verify_csrf)])


class Written(BaseModel):
    """What is written on a case."""

    token: UUID
    note: str = Field(default="", max_length=LONGEST_NOTE)
    reason: VerdictReason | None = None


@router.post("/review/{case_id}/draft")
async def draft(
    cases: Cases, judge: Judge, write: Write, case_id: RowKey, form: Annotated[Written, Form()]
) -> Response:
    """Keep what is written so far: it stays with the case, whoever gets it next."""
    try:
        async with write:
            await cases.claims.save_draft(
                judge.account, case_id, form.token, note=form.note, reason=form.reason
            )
    except REFUSALS as error:
        return JSONResponse({"lost": why(error)}, status_code=409)
    return Response(status_code=204)


@router.post("/review/{case_id}/heartbeat")
async def heartbeat(
    cases: Cases, clock: Clock, judge: Judge, write: Write, case_id: RowKey, token: Token
) -> Response:
    """Keep a case while its page is in sight."""
    try:
        async with write:
            lease = await cases.claims.heartbeat(judge.account, case_id, token)
    except REFUSALS as error:
        return JSONResponse({"lost": why(error)}, status_code=409)
    return JSONResponse({"seconds_left": int((lease.expires_at - clock()).total_seconds())})
