"""A group's addresses that do something: judge it, undo it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field, StringConstraints

from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import NoteMissing, NothingToUndo, VerdictReason
from app.review.groups.grouping import MOST_IN_GROUP, GroupKey
from app.review.groups.judgement import (
    Change,
    GroupChanged,
    GroupGone,
    GroupSaying,
    GroupSizeRefused,
    GroupUnconfirmed,
    ReasonMissing,
    SecondPersonNeeded,
)
from app.review.outcome import GroundTruth
from app.web.dependencies import LARGEST_KEY, RowKey, Visitor, verify_csrf
from app.web.languages.sentences import marked, worded, worded_many
from app.web.pages import formatting
from app.web.pages.groups.case_rows import Written
from app.web.pages.groups.naming import key_of
from app.web.pages.groups.routes import Judge, frame_of, rules_of
from app.web.pages.groups.view import Notice, group_page, groups_page
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import Cases, CaseServices, Clock, ClockReading, Payments, PaymentServices
from app.workflows.cases.claims import LONGEST_NOTE

router = APIRouter(include_in_schema=False, dependencies=[Depends(verify_csrf)])

# A page that was looked at for longer than this was left open.
A_DAY_MILLISECONDS = 86_400_000
# Beyond this a list of what changed says no more.
TOLD = 12

REFUSALS = (
    GroupChanged, GroupSizeRefused, NoteMissing, GroupUnconfirmed, ReasonMissing, CardNumberWritten,
)  # fmt: skip
CHANGES: Mapping[Change, str] = {
    Change.UNKNOWN: marked("there is no such case"),
    Change.JUDGED: marked("somebody has decided it, or it needs nobody any more"),
    Change.ESCALATED: marked("it was escalated"),
    Change.HELD: marked("somebody has it reserved"),
    Change.OFFERED: marked("it was handed to a colleague"),
    Change.KEPT: marked("it was assigned, or waits for the customer"),
    Change.SCORED_ANEW: marked("it was scored again since"),
    Change.APART: marked("it does not belong to this group"),
}

#: A case and the decision that was seen: `412-977`.
Chosen = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}-[1-9][0-9]{0,18}$", max_length=39)]


class GroupForm(BaseModel):
    """A word on many cases, as the page sends it."""

    judgement: GroundTruth
    chosen: list[Chosen] = Field(default=[], max_length=2 * MOST_IN_GROUP)
    reason: VerdictReason | None = None
    note: str = Field(default="", max_length=LONGEST_NOTE)
    confirmed: bool = False
    #: When the page was made (milliseconds since 1970), and how long it was out of sight.
    since: int = Field(default=0, ge=0, le=LARGEST_KEY)
    hidden_milliseconds: int = Field(default=0, ge=0, le=A_DAY_MILLISECONDS)

    def cases(self) -> dict[int, int]:
        """Return the chosen cases and the decisions that were seen; beyond the largest key there is none."""
        pairs = (each.split("-") for each in self.chosen)
        return {min(int(case), LARGEST_KEY): min(int(decision), LARGEST_KEY) for case, decision in pairs}


@router.post("/linked-cases/undo/{group_id}")
async def undo(cases: Cases, payments: Payments, judge: Judge, group_id: RowKey) -> Response:
    """Take a group back while it has not left the house, and show it again with what was written."""
    try:
        undone = await cases.groups.undo(judge.account, group_id)
    except NothingToUndo as error:
        return await _listed(cases, payments, judge, Notice(sentence=worded(own_sentence(error))), status=409)
    notice = Notice(
        sentence=worded_many(
            "Undone: %(number)s case is in the queue again.",
            "Undone: %(number)s cases are in the queue again.",
            len(undone.case_ids),
        ),
        note=undone.note,
        is_good=True,
    )
    written = Written(
        ticked=undone.case_ids, reason=undone.reason.value if undone.reason else "", note=undone.note
    )
    return await _shown(cases, payments, judge, undone.key, written, notice, status=200)


@router.post("/linked-cases/{basis}/{value}")
async def judge_group(
    cases: Cases,
    payments: Payments,
    clock: Clock,
    judge: Judge,
    basis: str,
    value: str,
    form: Annotated[GroupForm, Form()],
) -> Response:
    """Judge the chosen cases of a group with one word, or none of them."""
    chosen = form.cases()
    try:
        key = key_of(basis, value)
    except GroupGone as error:
        told = notice_of(error, without_card_numbers(form.note))
        return await _listed(cases, payments, judge, told, status=404)
    try:
        address = await _said(cases, judge, key, chosen, _saying(clock, form))
    except REFUSALS as error:
        reason, note = form.reason.value if form.reason else "", without_card_numbers(form.note)
        written = Written(ticked=chosen, reason=reason, note=note, since=form.since)
        return await _shown(
            cases,
            payments,
            judge,
            key,
            written,
            notice_of(error, note),
            status=409 if isinstance(error, GroupChanged) else 422,
        )
    return RedirectResponse(address, status_code=303)


async def _said(
    cases: CaseServices, judge: Visitor, key: GroupKey, chosen: Mapping[int, int], saying: GroupSaying
) -> str:
    """Judge the cases, or keep that for a second person; return where to go then."""
    try:
        judged = await cases.groups.judge(judge.account, key, chosen, saying)
    except SecondPersonNeeded:
        proposal_id = await cases.groups.propose(judge.account, key, chosen, saying)
        return f"/linked-cases/proposals/{proposal_id}"
    return f"/linked-cases?done={judged.group_id}"


def _saying(clock: ClockReading, form: GroupForm) -> GroupSaying:
    if not form.confirmed:
        raise GroupUnconfirmed
    now = int(clock().timestamp() * 1000)
    return GroupSaying(
        judgement=form.judgement,
        reason=form.reason,
        note=form.note,
        milliseconds_to_decide=min(max(0, now - form.since), A_DAY_MILLISECONDS),
        hidden_milliseconds=form.hidden_milliseconds,
    )


def notice_of(error: Exception, note: str) -> Notice:
    """Return what to tell of a word on a group that was refused."""
    if not isinstance(error, GroupChanged):
        return Notice(
            sentence=worded("Nothing was decided. %(error)s", error=worded(own_sentence(error))), note=note
        )
    told = [
        worded(
            "Case %(case_id)s: %(change)s.",
            case_id=formatting.count(each.case_id),
            change=CHANGES[each.change],
        )
        for each in error.changes[:TOLD]
    ]
    more = len(error.changes) - TOLD
    return Notice(
        sentence=worded(
            "Nothing was decided: not all of these cases are as you saw them. Look again and choose."
        ),
        details=(*told, *([worded("And %(more)s more.", more=formatting.count(more))] if more > 0 else [])),
        note=note,
    )


async def _shown(
    cases: CaseServices,
    payments: PaymentServices,
    judge: Visitor,
    key: GroupKey,
    written: Written,
    notice: Notice,
    *,
    status: int,
) -> Response:
    """Show the group as it is now with what was written; the list, where the group is no more."""
    found = await cases.groups.found()
    try:
        # What was written stands in its fields again.
        told = replace(notice, note="")
        page = group_page(
            frame_of(judge),
            found,
            found.group(key),
            written=written,
            rules=rules_of(cases, payments),
            notice=told,
        )
    except GroupGone:
        return render(
            "groups/list.html",
            groups_page(frame_of(judge), found, rules=rules_of(cases, payments), notice=notice),
            status=status,
        )
    return render("groups/group.html", page, status=status)


async def _listed(
    cases: CaseServices, payments: PaymentServices, judge: Visitor, notice: Notice, *, status: int
) -> Response:
    found = await cases.groups.found()
    page = groups_page(frame_of(judge), found, rules=rules_of(cases, payments), notice=notice)
    return render("groups/list.html", page, status=status)
