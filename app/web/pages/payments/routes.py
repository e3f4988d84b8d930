"""The page of one payment, with or without a case."""

from datetime import datetime
from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import CurrentVisitor, RowKey, Visitor
from app.web.languages.sentences import worded
from app.web.pages.cases.kept_view import case_ways
from app.web.pages.discussion.view import DiscussionView, Place, discussion_view
from app.web.pages.frame import frame
from app.web.pages.payments.view import PaymentPage, payment_view
from app.web.pages.rendering import render
from app.web.services import Cases, Clock, Models
from app.workflows.cases.payment_records import PaymentRecord

router = APIRouter(include_in_schema=False)


@router.get("/payments/{payment_key}")
async def payment(
    cases: Cases, models: Models, clock: Clock, visitor: CurrentVisitor, payment_key: RowKey
) -> Response:
    """Show what was sent, what was decided and why, and what was heard since."""
    record = await cases.payment_records.record(visitor.account, payment_key)
    case_id, state = record.payment.case_id, record.payment.case_state
    takeable = await cases.lookup.takeable(visitor.account, [case_id])
    page = PaymentPage(
        frame=frame(
            visitor.account,
            visitor.csrf_token,
            title=worded("Payment"),
            here="/payments",
            notices=visitor.notices,
        ),
        payment=payment_view(
            record,
            models.serving.pair.model.schema.described,
            cases.issuers,
            now=clock(),
            ways=case_ways(case_id, state, visitor.account, takeable),
        ),
        discussion=_discussion(record, visitor, now=clock()),
        may_see_policies=visitor.account.may(Ability.SEE_POLICIES),
    )
    return render("payments/payment.html", page)


def _discussion(record: PaymentRecord, visitor: Visitor, *, now: datetime) -> DiscussionView | None:
    """Return what was said about the payment's case; None: it has none that the reader may hear of."""
    if record.discussion is None:
        return None
    return discussion_view(
        record.discussion,
        visitor.account,
        place=Place.CASE,
        csrf_token=visitor.csrf_token,
        form=uuid4(),
        now=now,
    )
