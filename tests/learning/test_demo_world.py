from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network
from math import isfinite
from pathlib import Path

import numpy as np

from app.datasets import load_generator
from app.learning.demo_world import Payment, build_world, payments

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODYS = [ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
SHIPPED = Path(__file__).parents[2] / "models" / "demo"


def some_payments(count: int = 4000, *, seed: int = 0, fraud_share: float = 0.1) -> list[Payment]:
    rng = np.random.default_rng(seed)
    moments = [NOON + timedelta(seconds=second) for second in range(count)]
    return payments(load_generator(SHIPPED), build_world(rng), moments, fraud_share=fraud_share, rng=rng)


def share_of_commonest(made: list[Payment], attribute: str, *, commonest: int) -> float:
    counts = Counter(each.attributes[attribute] for each in made)
    return sum(count for _, count in counts.most_common(commonest)) / len(made)


def test_the_same_seed_makes_the_same_world_and_payments() -> None:
    assert some_payments(200, seed=4) == some_payments(200, seed=4)
    assert some_payments(200, seed=4) != some_payments(200, seed=5)


def test_payments_occur_at_the_moments_given() -> None:
    made = some_payments(3)
    assert [each.occurred_at for each in made] == [NOON + timedelta(seconds=second) for second in range(3)]


def test_amounts_are_whole_cents_and_features_are_the_models() -> None:
    for each in some_payments(500):
        assert each.amount >= 0
        assert each.amount == each.amount.quantize(Decimal("0.01"))
        assert list(each.features) == [f"V{number}" for number in range(1, 29)]
        assert all(isinstance(value, float) and isfinite(value) for value in each.features.values())


def test_every_payment_says_what_a_person_wants_to_see_and_that_it_is_invented() -> None:
    for each in some_payments(500):
        assert set(each.attributes) == {"card", "merchant", "category", "country", "device", "ip", "demo"}
        assert each.attributes["demo"] == "demo data"
        assert each.attributes["card"].startswith("•••• ")
        assert any(ip_address(each.attributes["ip"]) in network for network in NOBODYS)
        assert all(0 < len(value) <= 256 for value in each.attributes.values())


def test_a_world_has_many_distinct_cards_and_a_merchant_one_country() -> None:
    world = build_world(np.random.default_rng(0))
    assert len({card.token for card in world.cards}) == len(world.cards) == 600
    assert len({merchant.name for merchant in world.merchants}) == len(world.merchants)
    assert {world.merchants[each].category for each in world.targets} <= {
        "electronics", "gift cards", "travel", "gaming",
    }  # fmt: skip


def test_frauds_gather_on_cards_devices_and_merchants_and_legits_do_not() -> None:
    made = some_payments(8000, fraud_share=0.2)
    frauds = [each for each in made if each.is_fraud]
    legits = [each for each in made if not each.is_fraud]
    for attribute, commonest, gathered, spread in (("card", 24, 0.7, 0.1), ("device", 7, 0.7, 0.1)):
        assert share_of_commonest(frauds, attribute, commonest=commonest) > gathered
        assert share_of_commonest(legits, attribute, commonest=commonest) < spread
    assert share_of_commonest(frauds, "merchant", commonest=5) > 0.7
    assert share_of_commonest(legits, "merchant", commonest=5) < 0.35


def test_attributes_alone_settle_nothing() -> None:
    made = some_payments(8000, fraud_share=0.2)
    stolen = {card for card, _ in Counter(p.attributes["card"] for p in made if p.is_fraud).most_common(24)}
    thieves = {d for d, _ in Counter(p.attributes["device"] for p in made if p.is_fraud).most_common(7)}
    assert any(each.attributes["card"] in stolen for each in made if not each.is_fraud)
    assert any(each.attributes["device"] not in thieves for each in made if each.is_fraud)
