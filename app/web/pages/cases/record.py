"""A case's record: what may be read of it without having it on the desk."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import CurrentVisitor, RowKey
from app.web.pages import formatting
from app.web.pages.cases.record_view import RecordPage, record_view
from app.web.pages.frame import frame
from app.web.pages.rendering import render
from app.web.services import Cases, Clock

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case_id}")
async def record(cases: Cases, clock: Clock, visitor: CurrentVisitor, case_id: RowKey) -> Response:
    """Show a case's payment, what happened to it, and what was said of it."""
    found = await cases.lookup.record(visitor.account, case_id)
    page = RecordPage(
        frame=frame(
            visitor.account,
            visitor.csrf_token,
            title=f"Case {formatting.count(case_id)}",
            here="/cases",
            notices=visitor.notices,
        ),
        case=record_view(
            found,
            await cases.linked_payments.of(found.file, visitor.account),
            account=visitor.account,
            now=clock(),
        ),
        may_see_policies=visitor.account.may(Ability.SEE_POLICIES),
    )
    return render("record.html", page)
