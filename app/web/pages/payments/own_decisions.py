"""What somebody decided, and what came of it: their own page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from app.database.cases.own_verdicts import OwnVerdict
from app.review.access.people import Ability
from app.review.case import Judgement
from app.web.dependencies import DIGITS, LARGEST_KEY, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.record_view import SETTLED
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.services import Cases, Clock
from app.workflows.cases.lookup import OWN_PAGE

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision of one's own."""

    at: str
    moment: str
    said: str
    tone: str
    #: In how far it counts still: a correction, replaced; empty of an ordinary one that stands.
    standing: str
    note: str
    address: str
    amount: str
    transaction_id: str
    case_address: str
    case: str
    outcome: str
    outcome_how: str
    truth: str
    source: str
    #: What was confirmed is not what was said.
    differs: bool
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDecisionsPage:
    """The page: a sheet of decisions, the newest first."""

    frame: Frame
    rows: tuple[DecisionRow, ...]
    older: str
    is_further: bool


@router.get("/my/decisions")
async def own_decisions(
    cases: Cases,
    clock: Clock,
    visitor: Annotated[Visitor, Depends(require(Ability.JUDGE))],
    before: Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show what somebody decided, with the outcome and what was confirmed since."""
    found = await cases.lookup.own_verdicts(visitor.account, before=before)
    around = frame(
        visitor.account,
        visitor.csrf_token,
        title=worded("My decisions"),
        here="/my/decisions",
        notices=visitor.notices,
    )
    now = clock()
    page = OwnDecisionsPage(
        frame=around,
        rows=tuple(decision_row(each, formatting.ago(each.judged_at, now)) for each in found[:OWN_PAGE]),
        older=f"/my/decisions?before={found[OWN_PAGE - 1].id}" if len(found) > OWN_PAGE else "",
        is_further=before is not None,
    )
    return render("payments/own_decisions.html", page)


def decision_row(verdict: OwnVerdict, at: str) -> DecisionRow:
    """Return one decision as its row."""
    is_truth = verdict.judgement is not Judgement.ESCALATE
    reason = worded(verdict.reason.value.replace("_", " ")) if verdict.reason is not None else ""
    standing = worded("a correction") if verdict.is_correction else ""
    # What one said oneself is no confirmation of it.
    is_own = verdict.truth_source == "verdict" and is_truth and not verdict.is_replaced
    outcome, truth = verdict.outcome, None if is_own else verdict.truth
    return DecisionRow(
        at=at,
        moment=formatting.moment(verdict.judged_at),
        said=verdict.judgement.value if is_truth else "escalated",
        tone=verdict.judgement.value if is_truth else "unknown",
        standing=worded("replaced by a correction") if verdict.is_replaced else standing,
        note=" \u00b7 ".join(part for part in (reason, verdict.note or "") if part),
        address=f"/payments/{verdict.payment_key}",
        amount=formatting.money(verdict.amount, verdict.currency),
        transaction_id=verdict.transaction_id,
        case_address=f"/cases/{verdict.case_id}",
        case=formatting.count(verdict.case_id),
        outcome=outcome.value if outcome is not None else "",
        outcome_how=SETTLED[verdict.outcome_source] if verdict.outcome_source is not None else "",
        truth=truth.value if truth is not None else "",
        source="" if is_own else worded((verdict.truth_source or "").replace("_", " ")),
        differs=is_truth and truth is not None and truth.value != verdict.judgement.value,
        is_live=verdict.is_live,
    )
