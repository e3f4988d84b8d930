"""Pages of one's own decisions, to show."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.database.cases.own_verdicts import OwnVerdict
from app.review.case import Judgement, VerdictReason
from app.review.outcome import GroundTruth, OutcomeSource
from app.web.pages.payments.own_decisions import OwnDecisionsPage, decision_row
from app.web.pages.rendering import html
from tests.web.pages.builders import NOON, a_frame


def an_own_verdict(judgement: Judgement = Judgement.LEGIT, **changes: Any) -> OwnVerdict:
    values: dict[str, Any] = {
        "id": 5, "case_id": 7, "judgement": judgement, "reason": VerdictReason.CUSTOMER_CONTACT,
        "note": "Asked her.", "judged_at": NOON - timedelta(days=1), "is_correction": False,
        "is_replaced": False, "payment_key": 9, "transaction_id": "order-9", "amount": Decimal("41.90"),
        "currency": "EUR", "is_live": False, "outcome": GroundTruth.LEGIT,
        "outcome_source": OutcomeSource.VERDICT, "truth": GroundTruth.FRAUD, "truth_source": "charge_back",
    }  # fmt: skip
    return OwnVerdict(**(values | changes))


UNHEARD: dict[str, Any] = {"truth": None, "truth_source": None}
PENDING: dict[str, Any] = {"is_live": True, "outcome": None, "outcome_source": None, **UNHEARD}


def an_own_page(*found: OwnVerdict, older: str = "", is_further: bool = False) -> OwnDecisionsPage:
    return OwnDecisionsPage(
        frame=a_frame(here="/my/decisions"),
        rows=tuple(decision_row(each, "1 day ago") for each in found),
        older=older,
        is_further=is_further,
    )


OWN_PAGES: dict[str, Callable[[], str]] = {
    "my decisions": lambda: html(
        "payments/own_decisions.html",
        an_own_page(
            an_own_verdict(),
            an_own_verdict(Judgement.ESCALATE, reason=None, note=None, **PENDING),
            an_own_verdict(Judgement.FRAUD, is_correction=True, truth_source="verdict"),
            an_own_verdict(is_replaced=True, truth_source="verdict"),
            older="/my/decisions?before=5",
        ),
    ),
    "my decisions, none": lambda: html("payments/own_decisions.html", an_own_page()),
    "my decisions, the end": lambda: html("payments/own_decisions.html", an_own_page(is_further=True)),
}
