"""Partners and graphs of entities, against plain counting; nothing leads back, and all is bounded."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.story.entity import (
    FIRST_STEP,
    SECOND_STEP,
    Entity,
    Partner,
    Shown,
    edges,
    first_step,
    partners,
    usual_amounts,
)

KINDS = ("card", "device", "merchant", "ip")
MIDDLE = Entity(kind="card", value="c")

values = st.sampled_from("abcdefgh")
payments = st.lists(
    st.builds(
        Shown,
        attributes=st.dictionaries(st.sampled_from(KINDS), values, max_size=4).map(
            lambda named: {**named, "card": "c"}
        ),
        is_fraud=st.booleans(),
    ),
    max_size=40,
)


def test_what_was_sent_empty_names_nothing() -> None:
    card = Entity(kind="card", value="a")
    shown = [Shown(attributes={"card": "a", "device": "", "merchant": "m"}, is_fraud=True)]
    assert list(partners(card, shown, ("card", "device", "merchant"))) == ["merchant"]


@given(payments)
def test_partners_are_all_that_stands_beside_and_the_worst_come_first(shown: list[Shown]) -> None:
    found = partners(MIDDLE, shown, KINDS)
    assert "card" not in found
    for kind in KINDS[1:]:
        counted = Counter(each.attributes[kind] for each in shown if kind in each.attributes)
        told = found.get(kind, [])
        assert {each.entity.value: each.payments for each in told} == counted
        order = [(each.frauds, each.payments) for each in told]
        assert order == sorted(order, reverse=True)


@given(payments, st.dictionaries(st.builds(Entity, kind=st.sampled_from(KINDS), value=values), payments))
def test_a_graph_is_bounded_and_nothing_leads_back(
    shown: list[Shown], others: dict[Entity, list[Shown]]
) -> None:
    beside = first_step(partners(MIDDLE, shown, KINDS))
    behind = {
        entity: [each for several in partners(entity, found, KINDS).values() for each in several]
        for entity, found in others.items()
    }
    found = edges(MIDDLE, beside, behind)
    near = {each.to for each in found if each.step == 1}
    assert len(near) <= FIRST_STEP * (len(KINDS) - 1)
    for each in found:
        assert each.of == MIDDLE if each.step == 1 else each.of in near
        if each.step == 2:
            assert each.to not in near | {MIDDLE}
    starts = Counter(each.of for each in found if each.step == 2)
    assert all(number <= SECOND_STEP for number in starts.values())


@given(st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=4))
def test_the_middle_half_lies_around_the_median(amounts: list[float]) -> None:
    usual = usual_amounts(amounts)
    assert usual is not None
    assert min(amounts) <= usual.low <= usual.median <= usual.high <= max(amounts)


@pytest.mark.parametrize("amounts", [[], [1.0], [1.0, 2.0, 3.0]])
def test_of_few_amounts_nothing_is_usual(amounts: list[float]) -> None:
    assert usual_amounts(amounts) is None


def test_what_was_a_fraud_comes_before_what_was_more_often() -> None:
    shown = [
        Shown(attributes={"card": "c", "merchant": "often"}, is_fraud=False),
        Shown(attributes={"card": "c", "merchant": "often"}, is_fraud=False),
        Shown(attributes={"card": "c", "merchant": "fraud"}, is_fraud=True),
    ]
    first, second = partners(MIDDLE, shown, KINDS)["merchant"]
    assert first == Partner(entity=Entity(kind="merchant", value="fraud"), payments=1, frauds=1)
    assert second.payments == 2
