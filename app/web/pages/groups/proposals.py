"""A proposed verdict on a large group: shown, confirmed or declined by a second person."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from app.database.cases.group_proposals import GroupProposal
from app.review.case import ProposalEnd
from app.review.groups.judgement import GroupChanged, OwnProposal, ProposalGone
from app.web.dependencies import CHECKED, RowKey, Visitor
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.groups.actions import notice_of
from app.web.pages.groups.case_rows import CaseRow, Written, case_row
from app.web.pages.groups.naming import shared_words
from app.web.pages.groups.routes import Judge, frame_of
from app.web.pages.groups.view import Notice
from app.web.pages.rendering import render
from app.web.pages.review.case import REASONS
from app.web.services import Cases, CaseServices

router = APIRouter(include_in_schema=False)

ENDS = {
    ProposalEnd.CONFIRMED: marked("confirmed by %(who)s"),
    ProposalEnd.DECLINED: marked("declined by %(who)s"),
    ProposalEnd.WITHDRAWN: marked("withdrawn by %(who)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """What a colleague says of which cases, as they are now."""

    frame: Frame
    address: str
    #: `Fraud: card •••• 4711`.
    title: str
    author: str
    since: str
    reason: str
    note: str
    cases: str
    rows: tuple[CaseRow, ...]
    #: Cases that are taken or judged meanwhile.
    gone: int
    is_mine: bool
    #: How it ended; empty while it waits.
    ended: str
    notice: Notice | None
    #: Nothing can be chosen any more: it is all of them or none.
    picks: bool = False


@router.get("/linked-cases/proposals/{proposal_id}")
async def proposal(cases: Cases, judge: Judge, proposal_id: RowKey) -> Response:
    """Show what waits for a second person."""
    return await _shown(cases, judge, proposal_id)


@router.post("/linked-cases/proposals/{proposal_id}/confirm", dependencies=CHECKED)
async def confirm(cases: Cases, judge: Judge, proposal_id: RowKey) -> Response:
    """Judge the group as the colleague said, all of it or nothing."""
    try:
        judged = await cases.groups.confirm(judge.account, proposal_id)
    except (GroupChanged, OwnProposal) as error:
        return await _shown(cases, judge, proposal_id, notice=notice_of(error, ""), status=409)
    except ProposalGone:
        return await _shown(cases, judge, proposal_id, status=409)
    return RedirectResponse(f"/linked-cases?done={judged.group_id}", status_code=303)


@router.post("/linked-cases/proposals/{proposal_id}/decline", dependencies=CHECKED)
async def decline(cases: Cases, judge: Judge, proposal_id: RowKey) -> Response:
    """Let it come to nothing."""
    try:
        await cases.groups.decline(judge.account, proposal_id)
    except ProposalGone:
        return await _shown(cases, judge, proposal_id, status=409)
    return RedirectResponse(f"/linked-cases/proposals/{proposal_id}", status_code=303)


async def _shown(
    cases: CaseServices,
    judge: Visitor,
    proposal_id: int,
    *,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    try:
        found = await cases.groups.proposal(proposal_id)
    except ProposalGone:
        return RedirectResponse("/linked-cases?gone=true", status_code=303)
    return render("groups/proposal.html", await _page(cases, judge, found, notice), status=status)


async def _page(
    cases: CaseServices, judge: Visitor, proposal: GroupProposal, notice: Notice | None
) -> ProposalPage:
    found = await cases.groups.found()
    there = [found.candidates[case_id] for case_id in proposal.chosen if case_id in found.candidates]
    saying, ended = proposal.saying, proposal.end_state
    return ProposalPage(
        frame=frame_of(judge),
        address=f"/linked-cases/proposals/{proposal.id}",
        title=f"{saying.judgement.value.capitalize()}: {shared_words(proposal.key)}",
        author=proposal.author,
        since=formatting.ago(proposal.proposed_at, found.now),
        reason=REASONS[saying.reason] if saying.reason is not None else "",
        note=saying.note or "",
        cases=formatting.plural(len(proposal.chosen), "case", "cases"),
        rows=tuple(case_row(each, proposal.key, found.now, Written()) for each in there),
        gone=len(proposal.chosen) - len(there),
        is_mine=proposal.author_id == judge.account.id,
        ended=worded(ENDS[ended], who=proposal.decided_by) if ended is not None else "",
        notice=notice,
    )
