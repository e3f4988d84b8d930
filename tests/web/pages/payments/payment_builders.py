"""Pages of payments, of entities and of one's own decisions, to show."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.database.cases.payment_records import HeardLabel, MachineDecision, SaidVerdict, StoredPayment
from app.review.access.people import Ability, Account
from app.review.card_issuers import CardIssuers
from app.review.case import CaseState, Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource, Report
from app.triage.labels import Label, Reason
from app.web.pages.payments.view import PaymentPage, payment_view
from app.web.pages.rendering import html
from app.workflows.cases.payment_records import PaymentRecord
from tests.web.pages.builders import ADA, GRACE, NOON, a_frame, the_model
from tests.web.pages.cases.finding_builders import SOME_LINKED
from tests.web.pages.discussion.discussion_builders import a_discussion


def a_stored_payment(**changes: Any) -> StoredPayment:
    values: dict[str, Any] = {
        "key": 5, "transaction_id": "order-8841", "client": "shop", "amount": Decimal("412.60"),
        "currency": "EUR", "occurred_at": NOON - timedelta(minutes=6),
        "received_at": NOON - timedelta(minutes=6), "respond_by": NOON,
        "features": dict.fromkeys(the_model().schema.names, 0.5) | {"own": "x", "chip": True, "age": None},
        "attributes": {"card": "8841"}, "is_live": False, "case_id": 7, "case_state": CaseState.JUDGED,
        "outcome": GroundTruth.LEGIT, "outcome_source": OutcomeSource.DEADLINE, "settled_at": NOON,
    }  # fmt: skip
    return StoredPayment(**(values | changes))


def a_heard(label: Report = Report.FRAUD, **changes: Any) -> HeardLabel:
    values: dict[str, Any] = {
        "label": label, "source": "charge_back", "occurred_at": NOON, "learned_at": NOON, "recorded_at": NOON,
    }  # fmt: skip
    return HeardLabel(**(values | changes))


def a_said(judgement: Judgement = Judgement.LEGIT, **changes: Any) -> SaidVerdict:
    values: dict[str, Any] = {
        "case_id": 7, "judgement": judgement, "reason": VerdictReason.CUSTOMER_CONTACT, "note": "Asked her.",
        "who": "Ada", "judged_at": NOON, "is_correction": False, "is_replaced": False,
    }  # fmt: skip
    return SaidVerdict(**(values | changes))


DECIDED = MachineDecision(
    id=1,
    label=Label.UNKNOWN,
    reason=Reason.BETWEEN_BOUNDS,
    policy_id=3,
    model_version="2026",
    decided_at=NOON,
    probability=0.21,
)
LATER = timedelta(hours=1)
TRUTHS: Mapping[str, Any] = {
    "heard": (
        a_heard(),
        a_heard(Report.WITHDRAWN, learned_at=NOON + LATER, recorded_at=NOON + LATER),
    ),
    "said": (
        a_said(Judgement.ESCALATE, note=None, reason=None),
        a_said(is_replaced=True),
        a_said(Judgement.FRAUD, is_correction=True, judged_at=NOON + LATER),
    ),
}


def a_payment_page(account: Account = ADA, *, is_hidden: bool = False, **changes: Any) -> PaymentPage:
    said = (
        {"decisions": (DECIDED,), **TRUTHS} if not is_hidden else {"decisions": (), "heard": (), "said": ()}
    )
    record = PaymentRecord(
        payment=a_stored_payment(**changes), is_hidden=is_hidden, linked=SOME_LINKED, discussion=None, **said
    )
    return PaymentPage(
        frame=a_frame(account, here="/payments"),
        payment=payment_view(record, the_model().schema.described, CardIssuers(), now=NOON),
        discussion=a_discussion(account, is_hidden=is_hidden) if record.payment.case_id else None,
        may_see_policies=account.may(Ability.SEE_POLICIES),
    )


PAYMENT_PAGES: dict[str, Callable[[], str]] = {
    "payment": lambda: html("payments/payment.html", a_payment_page()),
    "payment, for a manager": lambda: html("payments/payment.html", a_payment_page(GRACE)),
    "payment, hidden": lambda: html(
        "payments/payment.html", a_payment_page(is_hidden=True, is_live=True, case_state=CaseState.OPEN)
    ),
    "payment, without a case": lambda: html(
        "payments/payment.html",
        a_payment_page(case_id=None, case_state=None, outcome=None, respond_by=None, features={}),
    ),
}
