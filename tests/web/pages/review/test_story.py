"""The story in words, and attributes as analysts expect them."""

from datetime import timedelta
from typing import Any

import pytest

from app.review.card_issuers import CardIssuer, CardIssuers
from app.review.story.sentences import Sentence, Topic
from app.web.pages.entity_address import entity_address
from app.web.pages.formatting import THIN
from app.web.pages.review.facts import Fact, cardholder_time, facts_of
from app.web.pages.review.story import story_view
from tests.builders import NOON

CARD = entity_address("card", "8841")


@pytest.mark.parametrize(
    ("told", "values", "words"),
    [
        (Topic.PACE, {"number": 14, "usual": 2.0}, "Card: 14 payments in 24 h, usual 2 a day"),
        (
            Topic.PACE,
            {"number": 1, "usual": 0.0, "since": timedelta(minutes=4)},
            "Card: 1 payment in 24 h, usual 0 a day; the last 4 min before",
        ),
        (Topic.PACE, {"number": 100, "is_cut": True}, "Card: more than 100 payments in 24 h"),
        (Topic.AMOUNT, {"number": 8.04, "usual": 51.5}, "8 \u00d7 the median amount of this card, € 51.50"),
        (Topic.AMOUNT, {"number": 0.25, "usual": 51.5}, "0.2 \u00d7 the median amount of this card, € 51.50"),
        (Topic.AMOUNT, {"number": 1.1, "usual": 51.5}, "About the median amount of this card, € 51.50"),
        (
            Topic.AMOUNT,
            {"number": 8.04, "usual": 51.5, "is_mean": True},
            "8 \u00d7 the mean amount of this card, € 51.50",
        ),
        (
            Topic.AMOUNT,
            {"number": 1.1, "usual": 51.5, "is_mean": True},
            "About the mean amount of this card, € 51.50",
        ),
        (Topic.NEVER_SEEN, {}, "This card was never seen before"),
        (
            Topic.NEW_PARTNER,
            {"partner": "merchant", "number": 2},
            "First time of this card with this merchant; 2 other merchants in 30 days",
        ),
        (Topic.NEW_PARTNER, {"partner": "device"}, "First time of this card with this device"),
        (
            Topic.KNOWN_PARTNER,
            {"partner": "merchant", "number": 1},
            "Merchant known: 1 payment of this card in 30 days",
        ),
        (
            Topic.KNOWN_PARTNER,
            {"partner": "merchant", "number": 6},
            "Merchant known: 6 payments of this card in 30 days",
        ),
        (
            Topic.KNOWN_PARTNER,
            {"partner": "merchant", "number": 99, "is_cut": True},
            "Merchant known: at least 99 payments of this card in 30 days",
        ),
        (
            Topic.KNOWN_PARTNER,
            {"partner": "merchant"},
            "Merchant known: no payment of this card in 30 days, but before",
        ),
        (
            Topic.SEVERAL_PARTNERS,
            {"partner": "ip", "number": 7, "is_cut": True},
            "This card was used with more than 7 IP addresses in 30 days",
        ),
        (
            Topic.COUNTRIES,
            {"number": 3, "countries": ("AT", "DE", "FR")},
            "This card was seen in 3 countries this week: AT, DE, FR",
        ),
        (
            Topic.COUNTRIES,
            {"number": 6, "countries": ("FR", "DE", "IE", "NL", "AT", "BE")},
            "This card was seen in 6 countries this week: FR, DE, IE, NL and 2 more",
        ),
        (
            Topic.COUNTRIES,
            {"number": 5, "countries": ("FR", "DE", "IE", "NL", "AT")},
            "This card was seen in 5 countries this week: FR, DE, IE, NL and 1 more",
        ),
        (Topic.KNOWN_FRAUDS, {"number": 1}, "1 earlier fraud of this card known"),
    ],
)
def test_each_fact_has_words_and_leads_to_its_card(told: Topic, values: dict[str, Any], words: str) -> None:
    (view,) = story_view((Sentence(topic=told, entity="card", **values),), {"card": "8841"}, "EUR")
    assert view.words.replace(THIN, " ") == words
    assert view.address == CARD


def test_frauds_lead_to_each_payment_that_was_one() -> None:
    sentence = Sentence(topic=Topic.LINKED_FRAUDS, entity="", number=2, evidence=(7, 8))
    (view,) = story_view((sentence,), {}, "EUR")
    assert view.words == "2 linked payments were confirmed fraud"
    assert (view.address, view.more) == ("/payments/7", (("2", "/payments/8"),))


def test_the_card_stands_with_its_brand_and_number_range() -> None:
    facts = facts_of({"card_brand": "Visa", "bin": "411111", "card": "•••• 8841"}, {})
    assert facts == (
        Fact(name="Card", value="•••• 8841 · Visa · 411111", address=entity_address("card", "•••• 8841")),
    )
    assert [each.name for each in facts_of({"card_brand": "Visa"}, {})] == ["Card brand"]


def test_what_was_not_sent_of_a_card_is_told_by_the_operators_table() -> None:
    issuers = CardIssuers(by_prefix={"411111": CardIssuer(brand="Visa", country="AT", product="debit")})
    facts = {each.name: each.value for each in facts_of({"card": "411111******8841"}, {}, issuers=issuers)}
    assert facts == {"Card": "411111******8841 · Visa", "Card issued in": "AT", "Card product": "debit"}
    sent = {"card": "411111******8841", "card_country": "DE", "brand": "V Pay", "funding": "credit"}
    facts = {each.name: each.value for each in facts_of(sent, {}, issuers=issuers)}
    assert facts == {
        "Card": "411111******8841 · V Pay", "Card issued in": "DE", "Card product": "credit"
    }, "the client knows better"  # fmt: skip


def test_failed_checks_and_goods_shipped_elsewhere_are_marked() -> None:
    facts = {
        each.name: each
        for each in facts_of(
            {"avs": "N", "cvv": "M", "three_ds": "R", "shipping_country": "FR", "billing_country": "AT"}, {}
        )
    }
    assert facts["Address check (AVS)"].is_odd
    assert not facts["Security code (CVV)"].is_odd
    assert facts["Security code (CVV)"].value == "M: matches"
    assert facts["3-D Secure"].value == "R: rejected by the issuer"
    assert facts["Shipped to"].value == "FR, not where it is billed"
    same = facts_of({"shipping_country": "at", "billing_country": "AT"}, {})
    assert [each.is_odd for each in same] == [False, False]


def test_the_schemas_order_comes_first_then_the_known_then_the_rest() -> None:
    attributes = {"zeta": "1", "alpha": "2", "device": "d", "card": "c", "merchant": "m"}
    names = [each.name for each in facts_of(attributes, {"ip_country": "DE", "V1": 0.5}, order=("merchant",))]
    assert names == ["Merchant", "Card", "IP country", "Device", "Alpha", "Zeta"]


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("America/New_York", "Fri 08:00 for the cardholder"),
        *((odd, "") for odd in ("", "Nowhere/Else", "../../etc/passwd", "America", "a\0b", "\udc80")),
    ],
)
def test_a_moment_is_told_by_the_cardholders_clock_where_its_zone_is_known(zone: str, told: str) -> None:
    assert cardholder_time(NOON, {"cardholder_timezone": zone}) == told
    assert cardholder_time(NOON, {}) == ""
