"""An entity as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.payments.links.entities import COUNTED, EntityPayment
from app.database.tables.links import LINKS
from app.review.case import CaseState
from app.review.currency_rates import RateTable
from app.review.story.entity import PARTNERS, Entity, Partner
from app.web.languages.sentences import capital, marked, worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import NO_WAYS, CaseWays
from app.web.pages.cases.search import STATES
from app.web.pages.entity_address import entity_address
from app.web.pages.frame import Frame
from app.web.pages.lists.view import StandingView
from app.web.pages.payments.graph import GraphView, graph_view
from app.web.pages.payments.strip import StripView, strip_view
from app.web.pages.payments.view import TruthView, verdict_view
from app.web.pages.policies.lab.figures import ZONES
from app.web.pages.review.story import called, called_several
from app.workflows.cases.entities import LOOKED_AT, PAGE, EntityRecord

_WINDOWS = (marked("1 hour"), marked("24 hours"), marked("7 days"), marked("30 days"))
NOWHERE: Mapping[int, CaseWays] = {}
_LIVE = (CaseState.OPEN, CaseState.ESCALATED, CaseState.GIVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One payment in the list."""

    address: str
    amount: str
    when: str
    #: The moment, and what its client calls the payment.
    moment: str
    #: What else it was made with, and where that is shown.
    others: tuple[tuple[str, str], ...]
    #: Empty while a person is still to judge it.
    did: str
    tone: str
    truth: str
    source: str
    case_address: str
    case: str
    state: str
    ways: CaseWays


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """Another entity on the same payments."""

    value: str
    address: str
    payments: str
    frauds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerList:
    """The others of one kind: how many there are, and the first of them."""

    name: str
    number: str
    rows: tuple[PartnerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityView:
    """What stands above and beside the list of the newest payments."""

    counts: tuple[tuple[str, str], ...]
    #: So many payments the rest is of, in words.
    looked_at: str
    strip: StripView
    partners: tuple[PartnerList, ...]
    graph: GraphView
    cases: tuple[EntityRow, ...]
    verdicts: tuple[TruthView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPage:
    """The page: a list of payments, and on its first sheet all the rest."""

    frame: Frame
    kind: str
    value: str
    address: str
    #: None behind the first sheet, and for who may not see the lists.
    listing: StandingView | None
    #: None behind the first sheet.
    view: EntityView | None
    rows: tuple[EntityRow, ...]
    #: Where the list goes on; empty where it ends.
    older: str


def entity_page(
    frame: Frame,
    record: EntityRecord,
    listing: StandingView | None,
    rates: RateTable,
    *,
    now: datetime,
    ways: Mapping[int, CaseWays] = NOWHERE,
) -> EntityPage:
    """Return the first sheet of an entity; `ways` says what may be done with its open cases."""
    payments = record.payments
    cut = len(payments) >= LOOKED_AT
    number = formatting.plural(len(payments), "payment", "payments")
    open_cases = [each for each in payments if each.case_state in _LIVE]
    view = EntityView(
        counts=tuple((name, _counted(each)) for name, each in zip(_WINDOWS, record.counts, strict=True)),
        looked_at=worded("the newest %(number)s", number=number)
        if cut
        else worded("all %(number)s", number=number),
        strip=strip_view(payments, rates),
        partners=tuple(_list(kind, several_of) for kind, several_of in record.partners.items()),
        graph=graph_view(record.entity, record.edges),
        cases=tuple(_row(record.entity, each, now, ways) for each in open_cases[:PAGE]),
        verdicts=tuple(verdict_view(each) for each in record.verdicts),
    )
    return _page(frame, record.entity, listing, view, payments, now=now)


def older_page(
    frame: Frame, entity: Entity, payments: Sequence[EntityPayment], *, now: datetime
) -> EntityPage:
    """Return a further sheet: the list alone."""
    return _page(frame, entity, None, None, payments, now=now)


def _page(
    frame: Frame,
    entity: Entity,
    listing: StandingView | None,
    view: EntityView | None,
    payments: Sequence[EntityPayment],
    *,
    now: datetime,
) -> EntityPage:
    name, address = called(entity.kind), entity_address(entity.kind, entity.value)
    return EntityPage(
        frame=frame,
        kind=name[:1].upper() + name[1:],
        value=entity.value,
        address=address,
        listing=listing,
        view=view,
        rows=tuple(_row(entity, each, now) for each in payments[:PAGE]),
        older=f"{address}?before={payments[PAGE - 1].key}" if len(payments) > PAGE else "",
    )


def _counted(number: int) -> str:
    return (
        worded("more than %(counted)s", counted=formatting.count(COUNTED))
        if number > COUNTED
        else formatting.count(number)
    )


def _list(kind: str, found: Sequence[Partner]) -> PartnerList:
    name = called_several(kind)
    return PartnerList(
        name=capital(name),
        number=formatting.count(len(found)),
        rows=tuple(
            PartnerRow(
                value=each.entity.value,
                address=entity_address(kind, each.entity.value),
                payments=formatting.count(each.payments),
                frauds=formatting.plural(each.frauds, "fraud", "frauds") if each.frauds else "",
            )
            for each in found[:PARTNERS]
        ),
    )


def _row(
    entity: Entity, payment: EntityPayment, now: datetime, ways: Mapping[int, CaseWays] = NOWHERE
) -> EntityRow:
    others = [name for name in LINKS if name != entity.kind and payment.attributes.get(name)]
    decision, state = payment.decision, payment.case_state
    return EntityRow(
        address=f"/payments/{payment.key}",
        amount=formatting.money(payment.amount, payment.currency),
        when=formatting.ago(payment.occurred_at, now),
        moment=f"{formatting.moment(payment.occurred_at)}: {payment.transaction_id}",
        others=tuple(
            (payment.attributes[name], entity_address(name, payment.attributes[name])) for name in others
        ),
        did=ZONES[decision] if decision is not None else "",
        tone=decision.value if decision is not None else "",
        truth=payment.truth.value if payment.truth is not None else "",
        source=worded((payment.truth_source or "").replace("_", " ")),
        case_address=f"/cases/{payment.case_id}" if payment.case_id is not None else "",
        case=formatting.count(payment.case_id) if payment.case_id is not None else "",
        state=STATES[state] if state is not None else "",
        ways=ways.get(payment.case_id, NO_WAYS) if payment.case_id is not None else NO_WAYS,
    )
