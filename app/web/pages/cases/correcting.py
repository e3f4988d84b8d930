"""A verdict replaced by another one, for a reason, by who may judge what others escalated."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.review.outcome import GroundTruth
from app.web.dependencies import LARGEST_KEY, RowKey, Visitor, require, verify_csrf
from app.web.services import Cases
from app.workflows.cases.claims import LONGEST_NOTE

router = APIRouter(include_in_schema=False)


@router.post("/cases/{case_id}/correct", dependencies=[Depends(verify_csrf)])
async def correct(
    cases: Cases,
    visitor: Annotated[Visitor, Depends(require(Ability.JUDGE_ESCALATED))],
    case_id: RowKey,
    judgement: Annotated[GroundTruth, Form()],
    reason: Annotated[str, Form(min_length=1, max_length=LONGEST_NOTE)],
    corrects: Annotated[int | None, Form(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Let another verdict count from now on than the one that was looked at; the old one stays on record."""
    await cases.verdicts.correct(visitor.account, case_id, judgement, reason=reason, corrects_id=corrects)
    return RedirectResponse(f"/cases/{case_id}", status_code=303)
