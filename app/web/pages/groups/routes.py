"""Cases that belong together: the list of groups, and one group case by case."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.review.case import GroupBasis
from app.review.groups.grouping import MOST_IN_GROUP
from app.review.groups.judgement import GroupGone
from app.web.dependencies import LARGEST_KEY, Visitor, require
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame, frame
from app.web.pages.groups.case_rows import Written
from app.web.pages.groups.naming import key_of, shared_words
from app.web.pages.groups.view import Done, Notice, Rules, group_page, groups_page
from app.web.pages.rendering import render
from app.web.services import Cases, CaseServices, Clock, ClockReading, Payments, PaymentServices

router = APIRouter(include_in_schema=False)

Judge = Annotated[Visitor, Depends(require(Ability.JUDGE))]
GONE = Notice(
    sentence=marked("That group is no longer there: its cases were reserved or decided, or too few are left.")
)


@router.get("/linked-cases")
async def groups(
    cases: Cases,
    payments: Payments,
    clock: Clock,
    judge: Judge,
    basis: GroupBasis | None = None,
    done: Annotated[int | None, Query(ge=1, le=LARGEST_KEY)] = None,
    gone: bool = False,
) -> Response:
    """Show the groups in the head of the queue, the most urgent first."""
    page = groups_page(
        frame_of(judge),
        await cases.groups.found(),
        rules=rules_of(cases, payments),
        waiting=await cases.groups.waiting(),
        basis=basis,
        done=None if done is None else await done_of(cases, clock, judge, done),
        notice=GONE if gone else None,
    )
    return render("groups/list.html", page)


@router.get("/linked-cases/{basis}/{value}")
async def group(
    cases: Cases,
    payments: Payments,
    judge: Judge,
    basis: str,
    value: str,
    takes_all: Annotated[bool, Query(alias="all")] = False,
    chosen: Annotated[tuple[int, ...], Query(max_length=MOST_IN_GROUP)] = (),
) -> Response:
    """Show a group case by case, with those chosen that are asked for, or all.

    One that is no more leads back to the list.
    """
    found = await cases.groups.found()
    try:
        wanted = found.group(key_of(basis, value))
    except GroupGone:
        return RedirectResponse("/linked-cases?gone=true", status_code=303)
    written = Written(ticked=wanted.case_ids if takes_all else chosen)
    page = group_page(frame_of(judge), found, wanted, written=written, rules=rules_of(cases, payments))
    return render("groups/group.html", page)


async def done_of(cases: CaseServices, clock: ClockReading, judge: Visitor, group_id: int) -> Done | None:
    """Return what to tell of a group just judged; nothing of a colleague's."""
    judged = await cases.groups.judged(judge.account, group_id)
    if judged is None or not judged.cases:
        return None
    left = 0.0 if judged.settles_at is None else (judged.settles_at - clock()).total_seconds()
    told = formatting.plural(judged.cases, "case", "cases")
    return Done(
        group_id=group_id,
        sentence=worded(
            "%(told)s decided %(judgement)s at once: %(key)s.",
            told=told,
            judgement=judged.judgement.value,
            key=shared_words(judged.key),
        ),
        undo_seconds=max(0, int(left)),
    )


def rules_of(cases: CaseServices, payments: PaymentServices) -> Rules:
    """Return by what sums are told here, and when one person is not enough."""
    return Rules(rates=payments.exchange_rates.table, second_person=cases.groups.second_person)


def frame_of(judge: Visitor) -> Frame:
    """Return what stands around these pages."""
    return frame(
        judge.account,
        judge.csrf_token,
        title=worded("Linked cases"),
        here="/linked-cases",
        notices=judge.notices,
    )
