"""The page of a card, a merchant, a device or an address."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.database.payments.links.entities import EntityPayment
from app.review.access.people import Ability, Account
from app.review.lists.entry import EntityKind
from app.review.story.entity import Entity
from app.web.dependencies import DIGITS, LARGEST_KEY, CurrentVisitor
from app.web.languages.sentences import worded
from app.web.pages.cases.kept_view import CaseWays, case_ways
from app.web.pages.entity_address import decoded
from app.web.pages.frame import frame
from app.web.pages.lists.standing import standing_view
from app.web.pages.lists.view import StandingView
from app.web.pages.payments.entity_view import entity_page, older_page
from app.web.pages.rendering import render
from app.web.pages.review.story import called
from app.web.services import Cases, CaseServices, Clock, ClockReading, Payments
from app.workflows.cases.entities import EntityNotFound

router = APIRouter(include_in_schema=False)


@router.get("/entities/{kind}/{value}")
async def entity(
    cases: Cases,
    payments: Payments,
    clock: Clock,
    visitor: CurrentVisitor,
    kind: str,
    value: str,
    before: Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show an entity by its newest payments, or a further sheet of them below a key."""
    try:
        asked = Entity(kind=kind, value=decoded(value))
    except ValueError as error:
        raise EntityNotFound from error
    around = frame(
        visitor.account,
        visitor.csrf_token,
        title=worded("All of one %(kind)s", kind=called(kind)),
        here="/entities",
        notices=visitor.notices,
    )
    if before is not None:
        older = await cases.entities.older(visitor.account, asked, before=before)
        page = older_page(around, asked, older, now=clock())
    else:
        record = await cases.entities.record(visitor.account, asked)
        page = entity_page(
            around,
            record,
            await _listing(cases, clock, visitor.account, record.entity),
            payments.exchange_rates.table,
            now=clock(),
            ways=await _ways(cases, visitor.account, record.payments),
        )
    return render("payments/entity.html", page)


async def _ways(
    cases: CaseServices, account: Account, payments: Sequence[EntityPayment]
) -> dict[int, CaseWays]:
    """Return what this reader may do with the cases of these payments, by case."""
    states = {each.case_id: each.case_state for each in payments if each.case_id is not None}
    takeable = await cases.lookup.takeable(account, states)
    return {case_id: case_ways(case_id, state, account, takeable) for case_id, state in states.items()}


async def _listing(
    cases: CaseServices, clock: ClockReading, account: Account, entity: Entity
) -> StandingView | None:
    """Return what stands of an entity on the lists, for those who may see them."""
    if not account.may(Ability.SEE_LISTS):
        return None
    kind = EntityKind(entity.kind)
    listed = await cases.entity_lists.of_entity(account, kind, entity.value)
    return standing_view(listed, kind, entity.value, account=account, now=clock())
