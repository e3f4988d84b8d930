"""Addresses of the review page that change a case: decide, undo, skip, reassign, save the note."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app.database.server.session import SharedTransaction, shared
from app.review.access.administration import LONGEST_REASON, WhyMissing
from app.review.card_numbers.rule import CardNumberWritten
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
from app.review.keeping.waiting import WaitImpossible
from app.review.outcome import GroundTruth
from app.web.dependencies import RowKey, Visitor, verify_csrf
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.rendering import render
from app.web.pages.review.header import SKIPS
from app.web.pages.review.routes import Judge
from app.web.pages.review.screen import Done, ScreenMessages, current_screen, refusal, why
from app.web.pages.typed_moment import LONGEST, MomentUnclear, typed_moment
from app.web.services import AllServices, Cases, CaseServices, Clock, Services
from app.workflows.cases.claims import LONGEST_NOTE
from app.workflows.cases.judgements import VerdictInput


async def begun(cases: Cases) -> AsyncIterator[SharedTransaction]:
    """Begin the one transaction in which the session is looked up and what it asks is done."""
    async with await SharedTransaction(cases.claims.engine).begin() as write:
        yield write


# Before the session is looked up: all that follows is part of it.
router = APIRouter(include_in_schema=False, dependencies=[Depends(begun), Depends(verify_csrf)])

Write = Annotated[SharedTransaction, Depends(begun)]

REFUSALS = (
    LeaseLost, CaseAlreadyJudged, CaseNotFound, CaseNotYours, FirstVerdictMissing, NothingToUndo, NoteMissing,
    ColleagueUnknown, CardNumberWritten, WaitImpossible, WhyMissing, MomentUnclear,
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
                return await _done(request, services, judge, case_id, form.judgement.value)
            sentence = worded(
                "Your verdict on case %(case_id)s was not recorded.", case_id=formatting.count(case_id)
            )
            told = refusal(sentence, error, said=said, note=form.note, reason=form.reason)
            return await _refused(request, services, judge, told)
    if is_provisional:
        return await _shown(request, services, judge, ScreenMessages())
    return await _done(request, services, judge, case_id, form.judgement.value)


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
        return await _refused(request, services, judge, told)
    return await _done(request, services, judge, case_id, "undone")


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
                return await _refused(request, services, judge, refusal(sentence, error))
            return await _done(request, services, judge, case_id, done)
    return await _done(request, services, judge, case_id, done)


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
                return await _refused(request, services, judge, told)
            return await _done(request, services, judge, case_id, "handed")
    return await _done(request, services, judge, case_id, "handed")


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
                return await _refused(request, services, judge, refusal(sentence, error, note=form.reason))
            return await _done(request, services, judge, case_id, "waits")
    return await _done(request, services, judge, case_id, "waits")


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


async def _done(request: Request, services: Services, judge: Visitor, case_id: int, done: str) -> Response:
    if not _wants_fragment(request):
        return RedirectResponse(f"/review?case={case_id}&done={done}", status_code=303)
    return await _shown(request, services, judge, Done(case_id, done))


async def _refused(request: Request, services: Services, judge: Visitor, told: ScreenMessages) -> Response:
    return await _shown(request, services, judge, told, status=409)


async def _shown(
    request: Request,
    services: Services,
    judge: Visitor,
    told: Done | ScreenMessages,
    *,
    status: int = 200,
) -> Response:
    is_fragment = _wants_fragment(request)
    lease = None if is_fragment else services.cases.plain_lease
    page = await current_screen(services, judge, told, lease=lease)
    return render("review/_screen.html" if is_fragment else "review/page.html", page, status=status)


def _wants_fragment(request: Request) -> bool:
    return "x-fragment" in request.headers
