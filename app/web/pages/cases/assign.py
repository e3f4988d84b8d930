"""Whose a case is: a page to assign it, and the forms that end an assignment or a wait."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from app.review.access.administration import LONGEST_REASON, WhyMissing
from app.review.access.people import Ability, Account
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import CaseAlreadyJudged, ColleagueUnknown, may_judge
from app.review.keeping.assignment import AssignmentChanged, CaseLookedAt
from app.web.dependencies import CHECKED, LARGEST_KEY, RowKey, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import LIVE, KeptView, kept_view
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import AllServices, Cases, Services

router = APIRouter(include_in_schema=False)

Senior = Annotated[Visitor, Depends(require(Ability.ASSIGN_CASES))]
Judge = Annotated[Visitor, Depends(require(Ability.JUDGE))]
Why = Annotated[str, Form(max_length=LONGEST_REASON)]
Seen = Annotated[int | None, Form(ge=1, le=LARGEST_KEY)]

REFUSALS = (
    CaseAlreadyJudged, ColleagueUnknown, CaseLookedAt, AssignmentChanged, WhyMissing, CardNumberWritten,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPage:
    """Whose a case is, and whose it could be."""

    frame: Frame
    number: str
    #: Of the case's record, under which its moves are, too.
    address: str
    kept: KeptView
    #: Which assignment is looked at; empty: none.
    seen: str
    #: Login name and name as colleagues see it; empty when the case is over.
    colleagues: tuple[tuple[str, str], ...]
    #: What was chosen and written, where it was refused, and why.
    to: str = ""
    reason: str = ""
    problem: str = ""


@router.get("/cases/{case_id}/assign")
async def ask_whose(services: AllServices, senior: Senior, case_id: RowKey) -> Response:
    """Ask whose a case is to be, and why."""
    return render("cases/assign.html", await _page(services, senior, case_id))


@router.post("/cases/{case_id}/assign", dependencies=CHECKED)
async def assign(
    services: AllServices,
    senior: Senior,
    case_id: RowKey,
    to: Annotated[str, Form(max_length=200)],
    reason: Why = "",
    seen: Seen = None,
) -> Response:
    """Assign a case, as it was looked at, to one colleague."""
    try:
        await services.cases.assigning.assign(senior.account, case_id, to=to, reason=reason, seen=seen)
    except REFUSALS as error:
        return await _refused(services, senior, case_id, error, to=to, reason=reason)
    return _record(case_id)


@router.post("/cases/{case_id}/unassign", dependencies=CHECKED)
async def lift(
    services: AllServices,
    senior: Senior,
    case_id: RowKey,
    seen: Annotated[int, Form(ge=1, le=LARGEST_KEY)],
    reason: Why = "",
) -> Response:
    """Lift the assignment that was looked at: the case is for all again."""
    try:
        await services.cases.assigning.lift(senior.account, case_id, reason=reason, seen=seen)
    except REFUSALS as error:
        return await _refused(services, senior, case_id, error, reason=reason)
    return _record(case_id)


@router.post("/cases/{case_id}/give-back", dependencies=CHECKED)
async def give_back(cases: Cases, judge: Judge, case_id: RowKey, reason: Why = "") -> Response:
    """Give a case back that was assigned to whoever asks."""
    await cases.assigning.give_back(judge.account, case_id, reason=reason)
    return _record(case_id)


@router.post("/cases/{case_id}/bring-back", dependencies=CHECKED)
async def bring_back(cases: Cases, judge: Judge, case_id: RowKey) -> Response:
    """Bring a case back that waits for the customer: they answered."""
    await cases.waiting.bring_back(judge.account, case_id)
    return _record(case_id)


def _record(case_id: int) -> Response:
    return RedirectResponse(f"/cases/{case_id}", status_code=303)


async def _refused(
    services: Services, senior: Visitor, case_id: int, error: Exception, *, to: str = "", reason: str
) -> Response:
    page = await _page(
        services,
        senior,
        case_id,
        to=to,
        reason=without_card_numbers(reason),
        problem=worded(own_sentence(error)),
    )
    return render("cases/assign.html", page, status=HTTPStatus.CONFLICT)


async def _page(
    services: Services, senior: Visitor, case_id: int, *, to: str = "", reason: str = "", problem: str = ""
) -> AssignPage:
    record = await services.cases.lookup.record(senior.account, case_id)
    case, number = record.file.case, formatting.count(case_id)
    people = await services.access.accounts.accounts()
    return AssignPage(
        frame=frame(
            senior.account,
            senior.csrf_token,
            title=worded("Assign case %(number)s", number=number),
            here="/cases",
            notices=senior.notices,
        ),
        number=number,
        address=f"/cases/{case_id}",
        kept=kept_view(case, record.assignment, record.events, account=senior.account, now=services.clock()),
        seen=str(record.assignment.id) if record.assignment is not None else "",
        colleagues=tuple(
            (each.name, _called(each, senior.account))
            for each in people
            if case.state in LIVE and may_judge(each, case.state)
        ),
        to=to,
        reason=reason,
        problem=problem,
    )


def _called(colleague: Account, reader: Account) -> str:
    return (
        worded("%(display_name)s (you)", display_name=colleague.display_name)
        if colleague.id == reader.id
        else colleague.display_name
    )
