"""One field that finds payments: by transaction ID, case, an attribute, or words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import Response

from app.database.payments.search import FoundBy, FoundPayment
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.case import CaseState
from app.review.text import comparable
from app.web.dependencies import CurrentVisitor
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import CaseWays, case_ways
from app.web.pages.frame import Frame, frame
from app.web.pages.policies.lab.figures import ZONES
from app.web.pages.rendering import render
from app.web.pages.review.story import called
from app.web.services import Cases, Clock
from app.workflows.cases.lookup import LONGEST, MOST_FOUND, sought_words

router = APIRouter(include_in_schema=False)

STATES: Mapping[CaseState, str] = {
    CaseState.OPEN: marked("pending review"),
    CaseState.ESCALATED: marked("escalated"),
    CaseState.GIVEN: marked("just decided"),
    CaseState.JUDGED: marked("decided"),
    CaseState.CLOSED: marked("closed"),
}

NO_CARD_NUMBERS = marked(
    "No card numbers are kept here. Search for the payment by its ID, or by the last four digits."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One payment that was found."""

    transaction_id: str
    client: str
    payment_address: str
    #: Of its case, and the case's number; both empty where it has none.
    address: str
    case: str
    amount: str
    occurred: str
    moment: str
    #: By what it was found.
    by: str
    ways: CaseWays
    #: Empty while somebody is still to judge it.
    decision: str
    tone: str
    state: str
    truth: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """The field, and what it found."""

    frame: Frame
    sought: str
    was_cut: bool
    rows: tuple[FoundRow, ...]
    #: There is more than the page shows.
    has_more: bool
    longest: int
    #: Why nothing was looked for; empty: it was.
    problem: str = ""
    #: Up to when payments can be found by more than their ID; empty: all can.
    indexed_at: str = ""


@router.get("/search")
async def search(cases: Cases, clock: Clock, visitor: CurrentVisitor, q: str = "") -> Response:
    """Find payments."""
    sought, found, problem = sought_words(q), [], ""
    try:
        sought = cases.lookup.card_numbers.sought(sought)
        found = await cases.lookup.search(visitor.account, sought)
    except CardNumberWritten:
        sought, problem = without_card_numbers(sought), NO_CARD_NUMBERS
    now = clock()
    takeable = await cases.lookup.takeable(visitor.account, (each.case_id for each in found))
    indexed_at = await cases.lookup.indexed_at()
    page = SearchPage(
        frame=frame(
            visitor.account,
            visitor.csrf_token,
            title=worded("Search"),
            here="/search",
            notices=visitor.notices,
        ),
        sought=sought,
        was_cut=len(q.strip()) > LONGEST,
        rows=tuple(
            _row(each, sought, now, case_ways(each.case_id, each.case_state, visitor.account, takeable))
            for each in found[:MOST_FOUND]
        ),
        has_more=len(found) > MOST_FOUND,
        longest=LONGEST,
        problem=problem,
        indexed_at="" if indexed_at is None else formatting.moment(indexed_at),
    )
    return render("search.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)


def _row(found: FoundPayment, sought: str, now: datetime, ways: CaseWays) -> FoundRow:
    decision = found.decision
    return FoundRow(
        transaction_id=found.transaction_id,
        client=found.client,
        payment_address=f"/payments/{found.transaction_key}",
        address=f"/cases/{found.case_id}" if found.case_id is not None else "",
        case=formatting.count(found.case_id) if found.case_id is not None else "",
        amount=formatting.money(found.amount, found.currency),
        occurred=formatting.ago(found.occurred_at, now),
        moment=formatting.moment(found.occurred_at),
        by=_by(found, sought),
        ways=ways,
        decision=ZONES[decision] if decision is not None else "",
        tone=decision.value if decision is not None else "",
        state=STATES[found.case_state] if found.case_state is not None else "",
        truth=found.truth.value if found.truth is not None else "",
        source=worded((found.truth_source or "").replace("_", " ")),
    )


def _by(found: FoundPayment, sought: str) -> str:
    """Return by what a payment was found: its attribute by name, where it is clear which."""
    if found.found_by is not FoundBy.ATTRIBUTE:
        return {
            FoundBy.CASE: worded("case number"),
            FoundBy.TRANSACTION: worded("transaction ID"),
            FoundBy.NOTE: worded("an analyst's note"),
        }[found.found_by]
    folded = comparable(sought).casefold()
    for name, value in sorted(found.attributes.items(), key=lambda item: item[1] != sought):
        if folded in comparable(value).casefold():
            return f"{called(name)}: {value}"
    return worded("its attributes")
