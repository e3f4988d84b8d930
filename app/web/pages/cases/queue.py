"""The queue: pending cases, the most urgent first, also those that somebody holds."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.review.access.people import Ability
from app.web.dependencies import CurrentVisitor
from app.web.pages import formatting
from app.web.pages.cases.queue_query import read_query
from app.web.pages.cases.queue_view import QueuePage, filters_view, row
from app.web.pages.frame import frame
from app.web.pages.rendering import render
from app.web.services import AllServices

router = APIRouter(include_in_schema=False)

SHOWN = 50


@router.get("/queue")
async def queue(request: Request, services: AllServices, visitor: CurrentVisitor) -> Response:
    """Show the most urgent cases that fulfil the filters in the address."""
    account, now, lookup = visitor.account, services.clock(), services.cases.lookup
    may_see_policies = account.may(Ability.SEE_POLICIES)
    levels = services.operations.case_lists.levels
    query = read_query(request.query_params, may_see_policies=may_see_policies)
    waiting = await lookup.queue(account, query.wanted, limit=SHOWN + 1, after=query.after)
    state = await services.cases.claims.queue(account)
    oldest = state.oldest_opened_at
    shown = waiting[:SHOWN]
    page = QueuePage(
        frame=frame(account, visitor.csrf_token, title="Queue", here="/queue", notices=visitor.notices),
        open=state.open,
        escalated=state.escalated,
        held=state.held,
        awaiting_customer=state.awaiting_customer,
        awaiting_model=state.awaiting_model,
        oldest=formatting.duration(now - oldest) if oldest is not None else "",
        filters=filters_view(query, may_see_policies=may_see_policies),
        rows=tuple(
            row(each, account, now, place=place, levels=levels, state=query.wanted.state)
            for place, each in enumerate(shown, start=query.place)
        ),
        more=query.further(shown[-1].case_id, query.place + SHOWN) if len(waiting) > SHOWN else "",
        is_further=query.after is not None,
        base_currency=services.payments.exchange_rates.table.base,
    )
    return render("queue.html", page)
