"""The desk's addresses that do something: judge, undo, skip, hand over, keep what is written."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app.review.case import (
    CaseAlreadyJudged,
    CaseNotFound,
    CaseNotYours,
    ClaimEnd,
    ColleagueUnknown,
    FirstVerdict,
    FirstVerdictMissing,
    Judgement,
    LeaseLost,
    NoteMissing,
    NothingToUndo,
    VerdictReason,
    VerdictStage,
)
from app.review.outcome import GroundTruth
from app.web.dependencies import Everything, RowKey, Services, Visitor, verify_csrf
from app.web.pages import formatting
from app.web.pages.rendering import render
from app.web.pages.review.header import SKIPS
from app.web.pages.review.routes import Judge
from app.web.pages.review.screen import ScreenMessages, last_of, refusal, screen_of, why
from app.workflows.cases.claims import LONGEST_NOTE
from app.workflows.cases.verdicts import VerdictInput

router = APIRouter(include_in_schema=False, dependencies=[Depends(verify_csrf)])

REFUSALS = (
    LeaseLost, CaseAlreadyJudged, CaseNotFound, CaseNotYours, FirstVerdictMissing, NothingToUndo, NoteMissing,
    ColleagueUnknown,
)  # fmt: skip
GIVEN_BACK = frozenset({ClaimEnd.RELEASED, ClaimEnd.SKIPPED})
# A page that says it was hidden longer than this miscounts.
A_DAY_MILLISECONDS = 86_400_000

Token = Annotated[UUID, Form()]
Note = Annotated[str, Form(max_length=LONGEST_NOTE)]


class Written(BaseModel):
    """What is written on a case."""

    token: UUID
    note: str = Field(default="", max_length=LONGEST_NOTE)
    reason: VerdictReason | None = None


class VerdictForm(Written):
    """A verdict as the page sends it."""

    judgement: Judgement
    #: What the page asked for. Left out, it is a first word wherever one is wanted, never more than that.
    stage: VerdictStage | None = None
    #: How long the page was out of sight.
    hidden_milliseconds: int = Field(default=0, ge=0, le=A_DAY_MILLISECONDS)


@router.post("/desk/{case_id}/verdict")
async def verdict(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: RowKey,
    form: Annotated[VerdictForm, Form()],
) -> Response:
    """Record a verdict and show the next case; or a first verdict, and then what the machine says.

    A form that comes once more, because its answer was lost or its button pressed twice, changes nothing and
    is answered as the first time.
    """
    try:
        if await _is_provisional(everything, judge, case_id, form):
            return await _shown(request, everything, judge, ScreenMessages())
        saying = VerdictInput(
            judgement=form.judgement,
            reason=form.reason,
            note=form.note,
            hidden_milliseconds=form.hidden_milliseconds,
        )
        await everything.judging.judge(judge.account, case_id, form.token, saying)
    except REFUSALS as error:
        said = await everything.judging.said(judge.account, case_id)
        if said is not form.judgement:
            sentence = f"Your verdict on case {formatting.count(case_id)} was not recorded."
            told = refusal(sentence, error, said=said, note=form.note, reason=form.reason)
            return await _refused(request, everything, judge, told)
    return await _done(request, everything, judge, case_id, form.judgement.value)


async def _is_provisional(everything: Everything, judge: Visitor, case_id: int, form: VerdictForm) -> bool:
    """Keep a first verdict with fresh eyes, unless there is one, and say whether it was one.

    Raises `FirstVerdictMissing` for a final verdict on a case whose opinion was never shown.
    """
    if form.judgement is Judgement.ESCALATE:
        return False
    first = await everything.casework.first_verdict(judge.account, case_id, form.token)
    if form.stage is VerdictStage.FINAL:
        if first is FirstVerdict.AWAITED:
            raise FirstVerdictMissing
        return False
    if form.stage is None and first is FirstVerdict.NOT_NEEDED:
        return False
    truth = GroundTruth(form.judgement.value)
    await everything.judging.say_provisionally(judge.account, case_id, form.token, truth)
    if first is not FirstVerdict.SAID:
        await everything.casework.save_draft(
            judge.account, case_id, form.token, note=form.note, reason=form.reason
        )
    return True


@router.post("/desk/{case_id}/undo")
async def undo(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: RowKey,
    token: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Take a verdict back while it has not left the house: the case is on the desk again."""
    try:
        await everything.judging.undo(judge.account, case_id, token=token)
    except REFUSALS as error:
        told = refusal(f"The verdict on case {formatting.count(case_id)} stands.", error)
        return await _refused(request, everything, judge, told)
    return await _done(request, everything, judge, case_id, "undone")


@router.post("/desk/{case_id}/release")
async def release(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: RowKey,
    token: Token,
    skip: Annotated[str, Form(pattern=f"^({'|'.join(SKIPS)})?$")] = "",
) -> Response:
    """Give a case back, or skip it for a reason, and show the next."""
    try:
        await everything.casework.release(judge.account, case_id, token, reason=SKIPS.get(skip))
    except REFUSALS as error:
        if await everything.casework.end_of(judge.account, case_id, token) not in GIVEN_BACK:
            sentence = f"Case {formatting.count(case_id)} was not reserved for you any more."
            return await _refused(request, everything, judge, refusal(sentence, error))
    return await _done(request, everything, judge, case_id, "skipped" if skip else "released")


@router.post("/desk/{case_id}/hand-over")
async def hand_over(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: RowKey,
    token: Token,
    to: Annotated[str, Form(max_length=200)],
    note: Note = "",
) -> Response:
    """Offer a case to a colleague, and show the next."""
    try:
        await everything.casework.hand_over(judge.account, case_id, token, to=to, reason=note or None)
    except REFUSALS as error:
        if await everything.casework.end_of(judge.account, case_id, token) is not ClaimEnd.HANDED_OVER:
            told = refusal(f"Case {formatting.count(case_id)} was not reassigned.", error, note=note)
            return await _refused(request, everything, judge, told)
    return await _done(request, everything, judge, case_id, "handed")


@router.post("/desk/{case_id}/draft")
async def draft(
    everything: Services, judge: Judge, case_id: RowKey, form: Annotated[Written, Form()]
) -> Response:
    """Keep what is written so far: it stays with the case, whoever gets it next."""
    try:
        await everything.casework.save_draft(
            judge.account, case_id, form.token, note=form.note, reason=form.reason
        )
    except REFUSALS as error:
        return JSONResponse({"lost": why(error)}, status_code=409)
    return Response(status_code=204)


@router.post("/desk/{case_id}/heartbeat")
async def heartbeat(everything: Services, judge: Judge, case_id: RowKey, token: Token) -> Response:
    """Keep a case while its page is in sight."""
    try:
        lease = await everything.casework.heartbeat(judge.account, case_id, token)
    except REFUSALS as error:
        return JSONResponse({"lost": why(error)}, status_code=409)
    return JSONResponse({"seconds_left": int((lease.expires_at - everything.clock()).total_seconds())})


async def _done(
    request: Request, everything: Everything, judge: Visitor, case_id: int, done: str
) -> Response:
    if not _wants_fragment(request):
        return RedirectResponse(f"/desk?case={case_id}&done={done}", status_code=303)
    return await _shown(
        request, everything, judge, ScreenMessages(last=await last_of(everything, judge, case_id, done))
    )


async def _refused(
    request: Request, everything: Everything, judge: Visitor, told: ScreenMessages
) -> Response:
    return await _shown(request, everything, judge, told, status=409)


async def _shown(
    request: Request, everything: Everything, judge: Visitor, told: ScreenMessages, *, status: int = 200
) -> Response:
    is_fragment = _wants_fragment(request)
    lease = None if is_fragment else everything.plain_lease
    file = await everything.casework.current_or_next(judge.account, lease=lease)
    page = await screen_of(everything, judge, file, told)
    return render("desk/_screen.html" if is_fragment else "desk/page.html", page, status=status)


def _wants_fragment(request: Request) -> bool:
    return "x-fragment" in request.headers
