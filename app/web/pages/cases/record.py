"""A case's record: what may be read of it without claiming it, and a verdict corrected."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.review.outcome import GroundTruth
from app.web.dependencies import CHECKED, LARGEST_KEY, CurrentVisitor, RowKey, Visitor, require
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.record_view import RecordPage, record_view
from app.web.pages.discussion.view import Place, discussion_view
from app.web.pages.frame import frame
from app.web.pages.rendering import render
from app.web.services import Cases, Clock, Models
from app.workflows.cases.claims import LONGEST_NOTE

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}")
async def record(
    cases: Cases, models: Models, clock: Clock, visitor: CurrentVisitor, case_id: RowKey
) -> Response:
    """Show a case's payment, what happened to it, and what was said of it."""
    found = await cases.lookup.record(visitor.account, case_id)
    schema = models.serving.pair.model.schema.described
    if found.discussion.unread:
        await cases.discussions.seen(visitor.account, case_id, through=found.discussion.newest)
    page = RecordPage(
        frame=frame(
            visitor.account,
            visitor.csrf_token,
            title=worded("Case %(case_id)s", case_id=formatting.count(case_id)),
            here="/cases",
            notices=visitor.notices,
        ),
        case=record_view(
            found,
            await cases.linked_payments.of(found.file, visitor.account),
            (*schema.entities, *schema.by_name),
            cases.issuers,
            await cases.entity_lists.of_payment(visitor.account, found.file.attributes),
            account=visitor.account,
            now=clock(),
        ),
        discussion=discussion_view(
            found.discussion,
            visitor.account,
            place=Place.CASE,
            csrf_token=visitor.csrf_token,
            form=uuid4(),
            now=clock(),
        ),
        may_see_policies=visitor.account.may(Ability.SEE_POLICIES),
    )
    return render("record.html", page)


@router.post("/cases/{case_id}/take", dependencies=CHECKED)
async def take(
    cases: Cases, visitor: Annotated[Visitor, Depends(require(Ability.JUDGE))], case_id: RowKey
) -> Response:
    """Reserve this very case for whoever asks, and show it; the one looked at until now goes back."""
    await cases.claims.take(visitor.account, case_id, lease=cases.plain_lease)
    return RedirectResponse("/review", status_code=303)


@router.post("/cases/{case_id}/correct", dependencies=CHECKED)
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
