"""What the page of a card or a merchant says, and where its picture puts things."""

from decimal import Decimal
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from app.review.currency_rates import Rate, RateTable
from app.web.pages.entity_address import decoded, encoded, entity_address
from app.web.pages.formatting import THIN
from app.web.pages.payments.graph import COLUMNS, NODE, graph_view
from app.web.pages.payments.strip import HEIGHT, strip_view
from tests.web.pages.builders import NOON
from tests.web.pages.payments.entity_builders import (
    CARD,
    DEVICE,
    ENTITY_PAGES,
    FOREIGN,
    FRAUD,
    LIVE,
    RATES,
    a_record,
    an_entity_payment,
)


def told(name: str) -> str:
    return " ".join(unescape(ENTITY_PAGES[name]()).replace(THIN, " ").split())


def test_the_first_sheet_has_counts_partners_cases_and_verdicts() -> None:
    page = told("entity")
    for words in (
        "<dt>1 hour</dt> <dd> 0 </dd>",
        "<dt>7 days</dt> <dd> more than 1 000 </dd>",
        "1 fraud",
        'href="/cases/3">Case 3</a>',
        "customer contact · Asked her.",
        "Usual amounts (the middle half): € 41.90 to € 41.90, median € 41.90.",
        "in EUR.",
        'class="button" id="older"',
    ):
        assert words in page, words
    assert "not shown yet" in page


def test_a_further_sheet_is_the_list_alone() -> None:
    page = told("entity, older")
    assert "Payments over time" not in page
    assert f'href="{entity_address(CARD.kind, CARD.value)}">All that is known of it</a>' in page
    assert "older" not in page.partition("<main")[2]


@given(
    st.lists(
        st.builds(
            an_entity_payment,
            amount=st.decimals(min_value=0, max_value=10**9, places=2),
            occurred_at=st.datetimes().map(lambda each: each.replace(tzinfo=FRAUD.occurred_at.tzinfo)),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_payment_lies_within_the_picture(payments: list[object]) -> None:
    view = strip_view(payments, RATES)  # type: ignore[arg-type]
    assert len(view.points) == len(payments)
    for point in view.points:
        assert 0 <= point.x <= 100
        assert 0 <= point.y <= HEIGHT


def test_amounts_of_other_currencies_stand_as_high_as_they_are_worth() -> None:
    yen, euro = an_entity_payment(amount=Decimal(2000), currency="JPY"), an_entity_payment(amount=Decimal(10))
    rates = RateTable(
        base="USD",
        rates={
            code: Rate(currency=code, rate=Decimal(rate), as_of=NOON.date())
            for code, rate in (("EUR", "1.2"), ("JPY", "0.006"))
        },
    )
    view = strip_view([euro, yen], rates)
    assert view.points[0].y == view.points[1].y, "2,000 yen are 12 dollars, as 10 euros are"
    assert (view.is_converted, view.only) == (True, "")
    assert "2\u202f000" in view.points[0].told, "each is told in its own currency"


def test_a_point_is_as_it_is_known_to_be_and_currencies_without_a_rate_are_left_out() -> None:
    view = strip_view([LIVE, an_entity_payment(), FOREIGN, FRAUD], RATES)
    assert [(each.tone, each.is_confirmed) for each in view.points] == [
        ("fraud", True),
        ("legit", False),
        ("pending", False),
    ]
    assert (view.only, view.is_converted) == ("EUR", False)
    assert view.usual == "", "of three amounts nothing is usual"
    assert view.spoken == "3 payments in 2 days, 1 confirmed fraud; the table below has the newest"


def test_the_graph_and_its_table_say_the_same() -> None:
    record = a_record()
    view = graph_view(CARD, record.edges)
    assert [row.to for row in view.rows] == [
        f"merchant {record.edges[0].to.value}",
        "device phone",
        "card •••• 4711",
    ]
    assert len(view.lines) == len(view.rows) == 3
    assert {node.x for node in view.nodes} == set(COLUMNS)
    assert all(0 <= node.y <= view.height - NODE for node in view.nodes)
    (device,) = (node for node in view.nodes if node.address == entity_address(DEVICE.kind, DEVICE.value))
    line = view.lines[1]
    assert line.y_to == device.y + NODE / 2
    longest = max(view.nodes, key=lambda node: len(node.title))
    assert longest.words.endswith("\u2026")


@given(st.text(min_size=1).filter(lambda value: not any(0xD800 <= ord(each) < 0xE000 for each in value)))
def test_any_value_can_be_an_address(value: str) -> None:
    part = encoded(value)
    assert part.isascii()
    assert not set(part) & set("/?#+=%")
    assert decoded(part) == value
