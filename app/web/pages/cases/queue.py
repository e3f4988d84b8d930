"""The queue: pending cases, the most urgent first or as somebody wants them, also what somebody holds."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from app.review.access.people import Ability, Account
from app.review.queue.columns import QueueOrder
from app.review.queue.views import QueueView, ViewNotFound
from app.web.dependencies import CurrentVisitor, Visitor
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.cases.queue_columns import columns_view, order_words
from app.web.pages.cases.queue_query import COLUMN, VIEW, QueueQuery, read_query, says_nothing, view_asked
from app.web.pages.cases.queue_view import QueuePage, Rows, filters_view, ranked, row, tells_kind
from app.web.pages.cases.view_bar import Notice, view_bar
from app.web.pages.frame import frame
from app.web.pages.rendering import render
from app.web.services import AllServices, CaseServices, Services

router = APIRouter(include_in_schema=False)

SHOWN = 50
GONE = Notice(
    sentence=marked("There is no such view any more, or it is somebody's own. These are all open cases.")
)


@router.get("/queue")
async def queue(request: Request, services: AllServices, visitor: CurrentVisitor) -> Response:
    """Show the first cases of the view and the filters in the address; of none, of somebody's own view."""
    asked = request.query_params
    view, notice = await _view(services.cases, visitor.account, asked)
    query = read_query(
        asked if view is None else QueryParams([*asked.multi_items(), (VIEW, str(view.id))]),
        may_see_policies=visitor.account.may(Ability.SEE_POLICIES),
        columns=asked.getlist(COLUMN),
        view=None if view is None else view.document,
    )
    ticks_all = asked.get("all") == "true"
    page = await queue_page(services, visitor, query, view, notice=notice, ticks_all=ticks_all)
    return render("queue.html", page)


async def _view(
    cases: CaseServices, account: Account, asked: QueryParams
) -> tuple[QueueView | None, Notice | None]:
    """Return the view an address opens, and what is to be said where it is gone."""
    number = view_asked(asked)
    if number is None:
        return (await cases.views.default_of(account) if says_nothing(asked) else None), None
    try:
        return await cases.views.opened(account, number), None
    except ViewNotFound:
        return None, GONE


async def queue_page(
    services: Services,
    visitor: Visitor,
    query: QueueQuery,
    view: QueueView | None,
    *,
    notice: Notice | None = None,
    ticks_all: bool = False,
    written_name: str = "",
) -> QueuePage:
    """Return the list that is asked for, as this visitor may see it."""
    account, now, lookup = visitor.account, services.clock(), services.cases.lookup
    may_see_policies = account.may(Ability.SEE_POLICIES)
    levels = services.operations.case_lists.levels
    waiting = await lookup.queue(
        account, query.wanted, limit=SHOWN + 1, after=query.after, sort=query.sort, levels=levels
    )
    state = await services.cases.claims.queue(account)
    oldest = state.oldest_opened_at
    shown = waiting[:SHOWN]
    is_by_rank = query.sort.by is QueueOrder.PRIORITY and not query.sort.is_reversed
    rows = Rows(
        account=account,
        now=now,
        levels=levels,
        state=query.wanted.state,
        is_by_rank=is_by_rank,
        ticks_all=ticks_all,
    )
    ranks = ranked(shown, first=query.place, now=now)
    return QueuePage(
        frame=frame(
            account, visitor.csrf_token, title=worded("Queue"), here="/queue", notices=visitor.notices
        ),
        open=state.open,
        escalated=state.escalated,
        held=state.held,
        awaiting_customer=state.awaiting_customer,
        awaiting_model=state.awaiting_model,
        oldest=formatting.duration(now - oldest) if oldest is not None else "",
        filters=filters_view(query, may_see_policies=may_see_policies),
        columns=columns_view(query, tells_kind=tells_kind(account)),
        views=view_bar(
            query,
            await services.cases.views.seen_by(account),
            view,
            account,
            written_name=written_name,
        ),
        rows=tuple(row(each, rows, place=place) for each, place in zip(shown, ranks, strict=True)),
        order=order_words(query.sort),
        more=query.further(shown[-1].case_id, query.place + _counted(ranks)) if len(waiting) > SHOWN else "",
        is_further=query.after is not None,
        may_choose=account.may(Ability.JUDGE),
        choose_all=query.address(("all", "true")),
        notice=notice,
        base_currency=services.payments.exchange_rates.table.base,
    )


def _counted(ranks: Sequence[int | None]) -> int:
    """Return how many of these cases somebody could be given."""
    return sum(rank is not None for rank in ranks)
