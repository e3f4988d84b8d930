"""The desk's addresses: show a case, take a verdict, keep it alive, give it back."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from app.database.cases import CaseFile
from app.review.case import CaseAlreadyJudged, CaseNotFound, CaseNotYours, Judgement, LeaseLost
from app.review.people import Ability
from app.review.reason_codes import Code
from app.web.dependencies import LARGEST_KEY, Everything, Services, Visitor, require, verify_csrf
from app.web.pages import words
from app.web.pages.causes import is_blind
from app.web.pages.desk_read import blind_read, open_read
from app.web.pages.desk_view import REASONS, DeskPage, Notice, Read, case_view, desk_page
from app.web.pages.frame import frame
from app.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

Judge = Annotated[Visitor, Depends(require(Ability.JUDGE))]
CHECKED = [Depends(verify_csrf)]
REFUSALS = (LeaseLost, CaseAlreadyJudged, CaseNotFound, CaseNotYours)
LONGEST_NOTE = 2000


class Done(StrEnum):
    """What an analyst did last; travels in the address after a plain form."""

    FRAUD = "fraud"
    LEGIT = "legit"
    ESCALATE = "escalate"
    RELEASE = "release"


DONE: dict[Done, str] = {
    Done.FRAUD: "fraud",
    Done.LEGIT: "legit",
    Done.ESCALATE: "to a senior colleague",
    Done.RELEASE: "back to the queue",
}


@router.get("/desk")
async def desk(
    everything: Services,
    judge: Judge,
    case: Annotated[int | None, Query(ge=1, le=LARGEST_KEY)] = None,
    done: Done | None = None,
) -> Response:
    """Show the case this person holds, or the next."""
    last = await _last(everything, judge, case, done) if case is not None and done is not None else ""
    return render("desk/page.html", await _page(everything, judge, last=last))


@router.get("/desk/fragment")
async def fragment(everything: Services, judge: Judge) -> Response:
    """Show the same as what a page already open swaps in."""
    return render("desk/_screen.html", await _page(everything, judge))


@router.post("/desk/{case_id}/verdict", dependencies=CHECKED)
async def verdict(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: int,
    token: Annotated[UUID, Form()],
    judgement: Annotated[Judgement, Form()],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    reason: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Record a verdict and show the next case."""
    words_of_it = _note(note, reason)
    try:
        await everything.casework.judge(judge.account, case_id, token, judgement, words_of_it)
    except REFUSALS as refusal:
        sentence = f"Your verdict on case {words.count(case_id)} was not recorded. {_why(refusal)}"
        return await _refused(request, everything, judge, Notice(sentence=sentence, note=words_of_it or ""))
    return await _next(request, everything, judge, case_id, Done(judgement.value))


@router.post("/desk/{case_id}/release", dependencies=CHECKED)
async def release(
    request: Request,
    everything: Services,
    judge: Judge,
    case_id: int,
    token: Annotated[UUID, Form()],
) -> Response:
    """Give a case back and show the next."""
    try:
        await everything.casework.release(judge.account, case_id, token)
    except REFUSALS as refusal:
        sentence = f"Case {words.count(case_id)} was not yours to give back any more. {_why(refusal)}"
        return await _refused(request, everything, judge, Notice(sentence=sentence, note=""))
    return await _next(request, everything, judge, case_id, Done.RELEASE)


@router.post("/desk/{case_id}/heartbeat", dependencies=CHECKED)
async def heartbeat(
    everything: Services, judge: Judge, case_id: int, token: Annotated[UUID, Form()]
) -> Response:
    """Keep a case while its page is in sight."""
    try:
        lease = await everything.casework.heartbeat(judge.account, case_id, token)
    except REFUSALS as refusal:
        return JSONResponse({"lost": _why(refusal)}, status_code=409)
    return JSONResponse({"seconds_left": int((lease.expires_at - everything.clock()).total_seconds())})


async def _next(
    request: Request, everything: Everything, judge: Visitor, case_id: int, done: Done
) -> Response:
    if _wants_fragment(request):
        last = await _last(everything, judge, case_id, done)
        return render("desk/_screen.html", await _page(everything, judge, last=last))
    return RedirectResponse(f"/desk?case={case_id}&done={done.value}", status_code=303)


async def _refused(request: Request, everything: Everything, judge: Visitor, notice: Notice) -> Response:
    template = "desk/_screen.html" if _wants_fragment(request) else "desk/page.html"
    return render(template, await _page(everything, judge, notice=notice), status=409)


async def _page(
    everything: Everything, judge: Visitor, *, notice: Notice | None = None, last: str = ""
) -> DeskPage:
    casework = everything.casework
    file = await casework.current_or_next(judge.account)
    queue = await casework.queue()
    judged = await casework.judged_today(judge.account)
    read = await _read(everything, file) if file is not None else None
    now = everything.clock()
    case = None
    if file is not None and read is not None:
        case = case_view(file, read, now=now, lease_duration=casework.lease_duration)
    return desk_page(
        frame(judge.account, judge.csrf_token, title="Desk", here="/desk"),
        queue,
        case,
        judged=judged,
        model_is_out=not everything.scorer.is_available,
        now=now,
        notice=notice,
        last=last,
    )


async def _read(everything: Everything, file: CaseFile) -> Read:
    """What the machine can say of a case: nothing before a verdict with fresh eyes, else all it has."""
    pair = everything.serving.pair
    if is_blind(file):
        return blind_read(file, pair.model)
    grounds = await everything.explaining.grounds(file, pair)
    return open_read(file, pair, grounds)


def _wants_fragment(request: Request) -> bool:
    return "x-fragment" in request.headers


async def _last(everything: Everything, judge: Visitor, case_id: int, done: Done) -> str:
    """Return what became of the case before this one; only now, an audit is told as one."""
    said = f"Case {words.count(case_id)} \u2192 {DONE[done]}"
    if not await everything.casework.was_audit(judge.account, case_id):
        return said
    return f"{said}. {Code.RANDOM_AUDIT.value}: it was a random audit."


def _note(note: str, reasons: tuple[str, ...]) -> str | None:
    """Return the chosen reasons and the note as one text; None when there is neither."""
    chosen = [f"{reason}." for reason in REASONS if reason in reasons]
    return " ".join([*chosen, note.strip()]).strip() or None


def _why(refusal: Exception) -> str:
    """Return the error's own sentence."""
    if isinstance(refusal, CaseAlreadyJudged):
        return "It already has one; if your connection had just failed, it may be yours."
    return (refusal.__doc__ or "").strip()
