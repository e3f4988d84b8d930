"""Payments linked with a case, as the rows of a narrow table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.payments.links.linked import COUNTED, Linked, LinkedPayment
from app.database.tables.links import LINKS
from app.triage.labels import Label
from app.web.languages.sentences import Marked, marked, worded
from app.web.pages import formatting
from app.web.pages.entity_address import entity_address
from app.web.pages.policies.lab.figures import ZONES

#: What the machine did, as one sign, beside the words for those who hear the page.
SIGNS: Mapping[Label, str] = {Label.LEGIT: "\u2713", Label.UNKNOWN: "?", Label.FRAUD: "\u2715"}
NAMES: Mapping[str, str] = {name: marked("IP") if name == "ip" else Marked(name) for name in LINKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRow:
    """One payment: how much, when, what it shares, what the machine did with it, and what it was."""

    amount: str
    #: The time of today, else the date, by the reader's clock; and whether that is after the case's payment.
    when: str
    occurred: str
    shares: str
    #: The first of them, and how many more: `card +2`.
    shares_in_short: str
    #: Empty while a person is still to judge it.
    did: str
    sign: str
    tone: str
    #: Empty while nothing is known.
    truth: str
    source: str
    is_live: bool
    #: Of the payment's own page.
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCount:
    """How many payments share one attribute, and where to find them."""

    name: str
    number: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedView:
    """The table, and what stands in its place when it is empty."""

    rows: tuple[LinkedRow, ...]
    counts: tuple[LinkCount, ...]
    nothing: str


def linked_view(
    linked: Linked, attributes: Mapping[str, str], *, beside: datetime, now: datetime
) -> LinkedView:
    """Return the linked payments; `attributes` are the case's own, `beside` is when its payment occurred."""
    nothing = worded("No other payment shares its card, device, merchant, IP address, email or customer.")
    if not linked.counts:
        nothing = worded(
            "The client named no card, device, merchant, IP address, email or customer to link it by."
        )
    return LinkedView(
        rows=tuple(_row(payment, beside, now) for payment in linked.payments),
        counts=tuple(
            LinkCount(
                name=NAMES[name],
                number=f"{COUNTED}+" if several > COUNTED else str(several),
                address=entity_address(name, attributes.get(name, "")),
            )
            for name, several in linked.counts.items()
        ),
        nothing="" if linked.payments else nothing,
    )


def _row(payment: LinkedPayment, beside: datetime, now: datetime) -> LinkedRow:
    decision = payment.decision
    when, occurred = _when(payment.occurred_at, now), formatting.moment(payment.occurred_at)
    if payment.occurred_at > beside:
        when = worded("%(when)s (after)", when=when)
        occurred = worded("%(occurred)s, after this payment", occurred=occurred)
    return LinkedRow(
        amount=formatting.money(payment.amount, payment.currency),
        when=when,
        occurred=occurred,
        shares=", ".join(str(NAMES[name]) for name in payment.links),
        shares_in_short=_in_short(payment.links),
        did=ZONES[decision] if decision is not None else "",
        sign=SIGNS[decision] if decision is not None else "",
        tone=decision.value if decision is not None else "",
        truth=payment.truth.value if payment.truth is not None else "",
        source=worded((payment.truth_source or "").replace("_", " ")),
        is_live=payment.is_live,
        address=f"/payments/{payment.transaction_key}",
    )


def _in_short(links: Sequence[str]) -> str:
    first = NAMES[links[0]]
    return first if len(links) == 1 else f"{first} +{len(links) - 1}"


def _when(occurred_at: datetime, now: datetime) -> str:
    """Return the time of a payment of today, else its date: a bare time would be read as today's."""
    is_today = formatting.day(occurred_at) == formatting.day(now)
    return formatting.clock(occurred_at) if is_today else formatting.short_day(occurred_at, now)
