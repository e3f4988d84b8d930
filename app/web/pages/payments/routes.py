"""The page of one payment, with or without a case."""

from uuid import uuid4

from fastapi import APIRouter
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import CurrentVisitor, RowKey
from app.web.pages.discussion.view import Place, discussion_view
from app.web.pages.frame import frame
from app.web.pages.payments.view import PaymentPage, payment_view
from app.web.pages.rendering import render
from app.web.services import Cases, Clock, Models

router = APIRouter(include_in_schema=False)


@router.get("/payments/{payment_key}")
async def payment(
    cases: Cases, models: Models, clock: Clock, visitor: CurrentVisitor, payment_key: RowKey
) -> Response:
    """Show what was sent, what was decided and why, and what was heard since."""
    record = await cases.payment_records.record(visitor.account, payment_key)
    discussion = None
    if record.discussion is not None:
        discussion = discussion_view(
            record.discussion,
            visitor.account,
            place=Place.CASE,
            csrf_token=visitor.csrf_token,
            form=uuid4(),
            now=clock(),
        )
    page = PaymentPage(
        frame=frame(
            visitor.account, visitor.csrf_token, title="Payment", here="/payments", notices=visitor.notices
        ),
        payment=payment_view(record, models.serving.pair.model.schema.described, now=clock()),
        discussion=discussion,
        may_see_policies=visitor.account.may(Ability.SEE_POLICIES),
    )
    return render("payments/payment.html", page)
