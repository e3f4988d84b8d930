"""The same seed makes the same days, whichever is asked for first; no column settles what is fraud."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from app.datasets.payment_files.world_files import world_schema
from app.learning.demo_world import Payment
from app.learning.metrics.ranking import auroc
from app.learning.payments_world.parameters import Parameters
from app.learning.payments_world.payments import Payments, payments_of_days
from app.learning.payments_world.posting import posted
from app.learning.payments_world.world import build_world
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import SECONDS_A_DAY
from tests.learning.payments_world.worlds import DAYS, FIRST_DAY, a_world, is_fraud, its_days, numbers_of

SCHEMA = world_schema()


def told(payments: Payments) -> list[Payment]:
    """Return all of one day, comparable."""
    return posted(payments, SCHEMA)


def test_a_day_is_the_same_whichever_is_the_first_and_another_by_another_seed() -> None:
    (alone,) = payments_of_days(a_world(), FIRST_DAY + 7, 1)
    assert told(alone) == told(its_days()[7])
    assert told(alone) != told(its_days()[8])
    (other,) = payments_of_days(build_world(Parameters(), seed=4), FIRST_DAY + 7, 1)
    assert told(alone) != told(other)


def test_each_day_holds_its_own_moments_in_order_and_the_next_begins_after_it() -> None:
    for number, day in enumerate(its_days()):
        begin = (FIRST_DAY + number) * SECONDS_A_DAY
        seconds = day.paid.seconds
        assert (np.diff(seconds) >= 0).all()
        assert begin <= seconds[0] <= seconds[-1] < begin + SECONDS_A_DAY
    assert all(before.paid.seconds[-1] < after.paid.seconds[0] for before, after in pairwise(its_days()))


def test_there_are_as_many_payments_as_the_cards_make() -> None:
    expected = a_world().cards.payments_a_day.sum()
    assert np.mean([day.paid.seconds.size for day in its_days()]) == pytest.approx(expected, rel=0.02)
    assert expected == pytest.approx(2_400 * 0.8, rel=0.05)


def test_most_payments_in_shops_are_within_reach_of_home() -> None:
    distance = np.concatenate([day.columns["distance_from_home"].numbers for day in its_days()])
    is_shop = np.concatenate([~a_world().terminals.is_online[day.paid.terminal] for day in its_days()])
    assert (distance[is_shop] <= Parameters().radius_km).mean() > 0.85


@pytest.mark.parametrize("name", SCHEMA.names)
def test_no_column_alone_tells_what_is_fraud(name: str) -> None:
    values = np.concatenate([numbers_of(day.columns[name]) for day in its_days()])
    by_value = share_of_frauds(values, is_fraud())
    assert auroc(by_value, is_fraud(), np.ones(values.size)) < 0.9


def share_of_frauds(values: Floats, frauds: Flags) -> Floats:
    """Return of each value how many frauds are among those like it: the best a column alone can do."""
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, 41)))
    place = np.where(np.isnan(values), edges.size + 1, np.searchsorted(edges, values, side="right"))
    counts = np.bincount(place)
    return (np.bincount(place, weights=frauds) / np.maximum(counts, 1))[place]


def test_what_is_missing_is_missing_where_the_schema_allows_it_and_somewhere() -> None:
    for feature in SCHEMA.features:
        share = float(np.mean([day.columns[feature.name].is_missing.mean() for day in its_days()]))
        assert (share > 0.3) is feature.may_be_missing, feature.name


def test_every_value_is_one_that_the_schema_accepts() -> None:
    for payment in told(its_days()[0]):
        features = payment.features
        assert [
            problem for each in SCHEMA.features if (problem := each.problem(features.get(each.name)))
        ] == []


def test_frauds_are_reported_later_and_nothing_else_is() -> None:
    for day in its_days():
        reported = day.reported_seconds
        assert (np.isnan(reported) == ~day.paid.is_fraud).all()
        late = (reported - day.paid.seconds)[day.paid.is_fraud] / SECONDS_A_DAY
        assert (late >= 1).all()
    assert len(its_days()) == DAYS


def test_payments_are_posted_with_what_they_share_and_say_that_they_are_invented() -> None:
    for payment in posted(its_days()[0], SCHEMA):
        assert (
            {"card", "merchant", "demo"}
            <= set(payment.attributes)
            <= {"card", "merchant", "device", "ip", "demo"}
        )
        assert ("device" in payment.attributes) is ("device_age" in payment.features)
        assert payment.attributes["demo"] == "demo data"
        assert payment.occurred_at - datetime(1970, 1, 1, tzinfo=UTC) >= timedelta(days=FIRST_DAY)
        assert payment.amount == payment.amount.quantize(Decimal("0.01"))


def test_thieves_pay_with_several_cards_on_one_device() -> None:
    cards_by_device: dict[str, set[str]] = {}
    for day in its_days():
        for device, card in zip(day.devices.tolist(), day.cards.tolist(), strict=True):
            if device is not None:
                cards_by_device.setdefault(device, set()).add(card)
    shared = [len(cards) for device, cards in cards_by_device.items() if device in a_world().thief_devices]
    assert max(shared) > 2
    owners = [
        len(cards) for device, cards in cards_by_device.items() if device not in a_world().thief_devices
    ]
    assert np.mean(owners) < 1.01
