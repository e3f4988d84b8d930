"""Decide a case, and take it back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from pydantic import Field

from app.database.server.session import shared
from app.review.case import (
    FirstVerdict,
    FirstVerdictMissing,
    Judgement,
    VerdictStage,
)
from app.review.outcome import GroundTruth
from app.web.dependencies import RowKey, Visitor, verify_csrf
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.review.actions.answers import REFUSALS, Write, begun, page_after, page_refused, page_shown
from app.web.pages.review.actions.hold import Written
from app.web.pages.review.routes import Judge
from app.web.pages.review.screen import ScreenMessages, refusal
from app.web.services import AllServices, CaseServices
from app.workflows.cases.judgements import VerdictInput

# Before the session is looked up: all that follows is part of it.
router = APIRouter(include_in_schema=False, dependencies=[Depends(begun), Depends(verify_csrf)])

# A page that says it was hidden longer than this miscounts.
A_DAY_MILLISECONDS = 86_400_000


class VerdictForm(Written):
    """A verdict as the page sends it."""

    judgement: Judgement
    #: What the page asked for. Left out, it is a first word wherever one is wanted, never more than that.
    stage: VerdictStage | None = None
    #: How long the page was out of sight.
    hidden_milliseconds: int = Field(default=0, ge=0, le=A_DAY_MILLISECONDS)


@router.post("/review/{case_id}/verdict")
async def verdict(
    request: Request,
    services: AllServices,
    judge: Judge,
    write: Write,
    case_id: RowKey,
    form: Annotated[VerdictForm, Form()],
) -> Response:
    """Record a verdict and show the next case; or a first verdict, and then what the machine says.

    A form that comes once more, because its answer was lost or its button pressed twice, changes nothing and
    is answered as the first time.
    """
    try:
        async with write:
            is_provisional = await _is_provisional(services.cases, judge, case_id, form)
            if not is_provisional:
                await services.cases.verdicts.judge(judge.account, case_id, form.token, _said(form))
    except REFUSALS as error:
        async with shared(services.cases.claims.engine):
            said = await services.cases.verdicts.said(judge.account, case_id)
            if said is form.judgement:
                return await page_after(request, services, judge, case_id, form.judgement.value)
            sentence = worded(
                "Your verdict on case %(case_id)s was not recorded.", case_id=formatting.count(case_id)
            )
            told = refusal(sentence, error, said=said, note=form.note, reason=form.reason)
            return await page_refused(request, services, judge, told)
    if is_provisional:
        return await page_shown(request, services, judge, ScreenMessages())
    return await page_after(request, services, judge, case_id, form.judgement.value)


def _said(form: VerdictForm) -> VerdictInput:
    return VerdictInput(
        judgement=form.judgement,
        reason=form.reason,
        note=form.note,
        hidden_milliseconds=form.hidden_milliseconds,
    )


async def _is_provisional(cases: CaseServices, judge: Visitor, case_id: int, form: VerdictForm) -> bool:
    """Keep the first verdict of a blind review, unless there is one, and say whether it was one.

    Raises `FirstVerdictMissing` for a final verdict on a case whose opinion was never shown.
    """
    if form.judgement is Judgement.ESCALATE:
        return False
    first = await cases.claims.first_verdict(judge.account, case_id, form.token)
    if form.stage is VerdictStage.FINAL:
        if first is FirstVerdict.AWAITED:
            raise FirstVerdictMissing
        return False
    if form.stage is None and first is FirstVerdict.NOT_NEEDED:
        return False
    truth = GroundTruth(form.judgement.value)
    # Before: a colleague's note that was not shown yet is not taken for one that was emptied.
    if first is not FirstVerdict.SAID:
        await cases.claims.save_draft(judge.account, case_id, form.token, note=form.note, reason=form.reason)
    await cases.verdicts.say_provisionally(judge.account, case_id, form.token, truth)
    return True


@router.post("/review/{case_id}/undo")
async def undo(
    request: Request,
    services: AllServices,
    judge: Judge,
    write: Write,
    case_id: RowKey,
    token: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Undo a verdict while its undo period lasts: the case is shown again."""
    try:
        async with write:
            await services.cases.verdicts.undo(judge.account, case_id, token=token)
    except REFUSALS as error:
        told = refusal(
            worded("The verdict on case %(case_id)s stands.", case_id=formatting.count(case_id)), error
        )
        return await page_refused(request, services, judge, told)
    return await page_after(request, services, judge, case_id, "undone")
