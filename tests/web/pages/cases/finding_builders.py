"""The queue, the search and a case's record, for pages to show."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.database.cases.queue import QueuedCase
from app.database.cases.timeline import KnownOutcome
from app.database.payments.links.linked import Linked, LinkedPayment
from app.database.payments.search import FoundBy, FoundPayment
from app.review.access.people import Ability, Account
from app.review.card_issuers import CardIssuers
from app.review.case import CaseKind, CaseState, Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource
from app.review.queue.service_level import ServiceLevels
from app.review.queue.views import QueueView, ViewDocument
from app.review.timeline import Event, Happening
from app.triage.labels import Label, Reason
from app.web.pages.cases.kept_view import CaseWays
from app.web.pages.cases.queue_columns import columns_view, order_words
from app.web.pages.cases.queue_query import read_query
from app.web.pages.cases.queue_view import QueuePage, Rows, filters_view, row, tells_kind
from app.web.pages.cases.record_view import RecordPage, record_view
from app.web.pages.cases.search import SearchPage
from app.web.pages.cases.search import _row as found_row
from app.web.pages.cases.view_bar import Notice, view_bar
from app.workflows.cases.lists.queue_views import SeenViews
from app.workflows.cases.lookup import CaseRecord
from tests.web.pages.builders import ADA, NOON, a_file, a_frame
from tests.web.pages.discussion.discussion_builders import HIDDEN_DISCUSSION, SOME_DISCUSSION, a_discussion


def a_waiting(**changes: Any) -> QueuedCase:
    values: dict[str, Any] = {
        "case_id": 9, "decision_id": 90, "kind": CaseKind.UNKNOWN, "client": "shop",
        "attributes": {"card": "•••• 8841", "merchant": "M-20417"}, "probability": 0.62,
        "amount": Decimal("412.60"), "currency": "EUR",
        "reason": Reason.NOVEL, "is_blind": False, "queue_loss": 88.0, "queue_rate": 1.0,
        "opened_at": NOON - timedelta(minutes=12), "respond_by": None,
        "holder_id": None, "lease_expires_at": None, "is_reserved": False, "offered_to": None,
        "offered_until": None, "assigned_to": None, "assigned_until": None, "assignee": None,
        "assigned_by": None, "assigned_because": None, "waits_until": None,
    }  # fmt: skip
    return QueuedCase(**(values | changes))


HELD: Mapping[str, Any] = {"holder_id": 2, "lease_expires_at": NOON + timedelta(minutes=1)}


def a_view(**changes: Any) -> QueueView:
    values: dict[str, Any] = {
        "id": 3, "owner_id": ADA.id, "owner": "Ada", "name": "Large", "is_shared": False,
        "document": ViewDocument(filters={"amount_from": "500"}), "version": 1,
    }  # fmt: skip
    return QueueView(**(values | changes))


def a_queue_page(
    *waiting: QueuedCase,
    query: Mapping[str, str] | None = None,
    more: str = "",
    view: QueueView | None = None,
    columns: tuple[str, ...] = (),
    account: Account = ADA,
    notice: Notice | None = None,
) -> QueuePage:
    read = read_query(
        query or {},
        may_see_policies=True,
        columns=columns,
        view=None if view is None else view.document,
    )
    seen = SeenViews(own=(a_view(),), shared=(a_view(id=4, owner_id=9, is_shared=True),), default_id=3)
    return QueuePage(
        frame=a_frame(account, here="/queue"),
        open=60,
        escalated=1,
        held=1,
        awaiting_customer=3,
        awaiting_model=2,
        oldest="1 min",
        filters=filters_view(read, may_see_policies=True),
        rows=tuple(
            row(each, Rows(account=account, now=NOON, levels=ServiceLevels()), place=place)
            for place, each in enumerate(waiting, start=1)
        ),
        columns=columns_view(read, tells_kind=tells_kind(account)),
        views=view_bar(read, seen, view, account),
        order=order_words(read.sort),
        may_choose=account.may(Ability.JUDGE),
        choose_all=read.address(("all", "true")),
        notice=notice,
        more=more,
        is_further=read.after is not None,
        base_currency="EUR",
    )


def a_found(**changes: Any) -> FoundPayment:
    values: dict[str, Any] = {
        "found_by": FoundBy.ATTRIBUTE, "transaction_key": 5, "transaction_id": "order-7", "client": "shop",
        "amount": Decimal("9.90"), "currency": "EUR", "occurred_at": NOON, "attributes": {"card": "8841"},
        "is_live": False, "case_id": 7, "case_state": CaseState.JUDGED, "decision": Label.UNKNOWN,
        "rule": Reason.NOVEL, "truth": GroundTruth.FRAUD, "truth_source": "verdict",
    }  # fmt: skip
    return FoundPayment(**(values | changes))


def a_search_page(*found: FoundPayment, sought: str = "8841", has_more: bool = False) -> SearchPage:
    return SearchPage(
        frame=a_frame(here="/search"),
        sought=sought,
        was_cut=has_more,
        rows=tuple(found_row(each, sought, NOON, CaseWays(take_address="/cases/7/take")) for each in found),
        has_more=has_more,
        longest=200,
    )


def a_linked_payment(**changes: Any) -> LinkedPayment:
    values: dict[str, Any] = {
        "transaction_key": 4, "transaction_id": "order-4", "amount": Decimal("41.90"), "currency": "EUR",
        "occurred_at": NOON - timedelta(hours=1), "links": ("card", "ip"), "is_live": False,
        "decision": Label.LEGIT, "truth": GroundTruth.FRAUD, "truth_source": "chargeback",
    }  # fmt: skip
    return LinkedPayment(**(values | changes))


LIVE = a_linked_payment(is_live=True, decision=None, truth=None, truth_source=None)
SOME_LINKED = Linked(
    payments=(a_linked_payment(), LIVE, a_linked_payment(truth=None, truth_source=None)),
    counts={"card": 2, "device": 0, "merchant": 51, "ip": 2},
)
EVERYTHING = tuple(
    Event(
        at=NOON, what=what, who="Ada", words="Asked her.", judgement=Judgement.FRAUD,
        reason=VerdictReason.OTHER, decision_id=9, policy_id=3, label=Label.UNKNOWN,
        rule=Reason.EPISTEMIC_DOUBT,
    )
    for what in Happening
)  # fmt: skip
BECAME = KnownOutcome(
    is_live=False,
    truth=GroundTruth.FRAUD,
    truth_source="chargeback",
    outcome=GroundTruth.LEGIT,
    outcome_source=OutcomeSource.DEADLINE,
    cases=(1, 8),
)


def a_record_page(
    account: Account = ADA, *, is_hidden: bool = False, linked: Linked = SOME_LINKED, **changes: Any
) -> RecordPage:
    record = CaseRecord(
        file=a_file(**changes),
        became=replace(BECAME, is_live=is_hidden),
        is_hidden=is_hidden,
        events=() if is_hidden else EVERYTHING,
        discussion=HIDDEN_DISCUSSION if is_hidden else SOME_DISCUSSION,
    )
    return RecordPage(
        frame=a_frame(account, here="/cases"),
        case=record_view(record, linked, (), CardIssuers(), (), account=account, now=NOON),
        discussion=a_discussion(account, is_hidden=is_hidden),
        may_see_policies=account is not ADA,
    )
