"""Pages of entities, to show."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.database.payments.links.entities import COUNTED, EntityPayment
from app.review.case import CaseState
from app.review.currency_rates import RateTable
from app.review.outcome import GroundTruth
from app.review.story.entity import Edge, Entity, Partner
from app.triage.labels import Label
from app.web.pages.payments.entity_view import EntityPage, entity_page, older_page
from app.web.pages.rendering import html
from app.workflows.cases.entities import PAGE, EntityRecord
from tests.web.pages.builders import NOON, a_frame
from tests.web.pages.payments.payment_builders import a_said

RATES = RateTable(base="EUR", rates={})
CARD = Entity(kind="card", value="•••• 8841")
SHOP = Entity(kind="merchant", value="A shop with quite a long name & Sons")
DEVICE = Entity(kind="device", value="phone")
OTHER = Entity(kind="card", value="•••• 4711")


def an_entity_payment(**changes: Any) -> EntityPayment:
    values: dict[str, Any] = {
        "key": 9, "transaction_id": "order-9", "amount": Decimal("41.90"), "currency": "EUR",
        "occurred_at": NOON - timedelta(hours=2), "attributes": {"card": CARD.value, "merchant": SHOP.value},
        "is_live": False, "decision": Label.LEGIT, "truth": None, "truth_source": None, "case_id": None,
        "case_state": None,
    }  # fmt: skip
    return EntityPayment(**(values | changes))


LIVE = an_entity_payment(is_live=True, decision=None, case_id=3, case_state=CaseState.OPEN)
FRAUD = an_entity_payment(
    decision=Label.UNKNOWN, truth=GroundTruth.FRAUD, truth_source="charge_back", case_id=2,
    case_state=CaseState.JUDGED, occurred_at=NOON - timedelta(days=3), amount=Decimal("900.00"),
)  # fmt: skip
FOREIGN = an_entity_payment(currency="JPY", amount=Decimal(9000))


def a_record(*payments: EntityPayment, **changes: Any) -> EntityRecord:
    values: dict[str, Any] = {
        "entity": CARD,
        "counts": (0, 2, COUNTED + 1, COUNTED + 1),
        "payments": payments
        or (LIVE, *[an_entity_payment(key=100 - n) for n in range(PAGE)], FOREIGN, FRAUD),
        "partners": {
            "merchant": [Partner(entity=SHOP, payments=3, frauds=1)],
            "device": [Partner(entity=DEVICE, payments=2, frauds=0)],
        },
        "edges": (
            Edge(of=CARD, to=SHOP, payments=3, step=1),
            Edge(of=CARD, to=DEVICE, payments=2, step=1),
            Edge(of=DEVICE, to=OTHER, payments=1, step=2),
        ),
        "verdicts": (a_said(),),
    }
    return EntityRecord(**(values | changes))


def an_entity_page(*payments: EntityPayment, **changes: Any) -> EntityPage:
    return entity_page(a_frame(here="/entities"), a_record(*payments, **changes), None, RATES, now=NOON)


ENTITY_PAGES: dict[str, Callable[[], str]] = {
    "entity": lambda: html("payments/entity.html", an_entity_page()),
    "entity, one payment": lambda: html(
        "payments/entity.html",
        an_entity_page(an_entity_payment(amount=Decimal(0)), partners={}, edges=(), verdicts=()),
    ),
    "entity, older": lambda: html(
        "payments/entity.html", older_page(a_frame(here="/entities"), CARD, [FRAUD], now=NOON)
    ),
}
