"""Linked cases: which cases belong together, found as a slow and simple search finds them."""

from datetime import timedelta
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.case import GroupBasis
from app.review.groups.grouping import (
    FEWEST_IN_GROUP,
    MOST_IN_GROUP,
    NEAR,
    SHARED,
    Group,
    GroupKey,
    OpenCases,
    groups,
    told_once,
)
from tests.builders import NOON

FAR = 100.0
NOTHING_ALIKE = float("nan")


def some_cases(
    attributes: list[dict[str, str]],
    vectors: list[list[float]] | None = None,
    *,
    priority_keys: list[float] | None = None,
    currencies: list[str] | None = None,
) -> OpenCases:
    """Return open cases number 1, 2, ...; the case numbered n is n minutes old and costs n to lose."""
    several = len(attributes)
    return OpenCases(
        case_ids=range(1, several + 1),
        priority_keys=priority_keys or [0.0] * several,
        amounts=[Decimal(n) for n in range(1, several + 1)],
        currencies=currencies or ["EUR"] * several,
        expected_losses=[float(n) for n in range(1, several + 1)],
        opened_at=[NOON - timedelta(minutes=n) for n in range(1, several + 1)],
        attributes=attributes,
        vectors=np.array(vectors or [[NOTHING_ALIKE]] * several, ndmin=2).reshape(
            several, -1 if several else 1
        ),
    )


def alike(vectors: list[list[float]]) -> list[tuple[int, ...]]:
    return [group.members for group in groups(some_cases([{}] * len(vectors), vectors))]


def linked_by_hand(vectors: list[list[float]]) -> set[frozenset[int]]:
    """Merge clusters until no two hold cases near each other: single linkage as its definition says it."""
    clusters = [{row} for row in range(len(vectors))]

    def near(one: set[int], other: set[int]) -> bool:
        return any(np.linalg.norm(np.subtract(vectors[a], vectors[b])) <= NEAR for a in one for b in other)

    while pair := next((p for p in combinations(clusters, 2) if near(*p)), None):
        clusters = [each for each in clusters if each not in pair] + [pair[0] | pair[1]]
    return {frozenset(row + 1 for row in each) for each in clusters if len(each) >= FEWEST_IN_GROUP}


# Quarters are exact in binary: a distance of just `NEAR` is not lost to rounding.
quarters = st.integers(-12, 12).map(lambda number: number / 4)
few_columns = st.lists(st.lists(quarters, min_size=2, max_size=2), min_size=1, max_size=24)
values = st.sampled_from(["", " ", "a", "b", "ß/..", "•••• 8841"])
payments = st.lists(
    st.dictionaries(st.sampled_from(["card", "device", "merchant", "ip", "country"]), values), max_size=30
)


@given(few_columns)
def test_cases_alike_are_those_that_single_linkage_links(vectors: list[list[float]]) -> None:
    found = alike(vectors)
    assert {frozenset(members) for members in found} == linked_by_hand(vectors)
    assert sum(map(len, found)) == len({case for members in found for case in members})


@given(few_columns, st.randoms(use_true_random=False))
def test_the_order_of_the_queue_changes_no_group(vectors: list[list[float]], shuffle: object) -> None:
    order = list(range(len(vectors)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    found = alike([vectors[row] for row in order])
    moved = {frozenset(order[case - 1] + 1 for case in members) for members in found}
    assert moved == {frozenset(members) for members in alike(vectors)}


@given(payments)
def test_cases_that_share_a_value_are_one_group_and_no_others(attributes: list[dict[str, str]]) -> None:
    expected = {}
    for basis in SHARED:
        for value in {each.get(basis.value, "") for each in attributes}:
            rows = [n for n, each in enumerate(attributes, start=1) if each.get(basis.value, "") == value]
            if value.strip() and len(rows) >= FEWEST_IN_GROUP:
                expected[GroupKey(basis=basis, value=value)] = set(rows)
    assert {group.key: set(group.members) for group in groups(some_cases(attributes))} == expected


@given(payments)
def test_every_set_of_cases_is_told_once_and_no_key_is_lost(attributes: list[dict[str, str]]) -> None:
    found = groups(some_cases(attributes))
    told = told_once(found)
    assert len({group.members for group, _ in told}) == len(told)
    keys = [key for group, also in told for key in (group.key, *also)]
    assert sorted(keys, key=str) == sorted((group.key for group in found), key=str)


@given(st.lists(st.floats(-20, 20), min_size=FEWEST_IN_GROUP, max_size=MOST_IN_GROUP + 20))
def test_the_most_urgent_can_be_judged_at_once_and_the_rest_is_told(keys: list[float]) -> None:
    (group,) = groups(some_cases([{"card": "a"}] * len(keys), priority_keys=keys))
    ranked = sorted(range(1, len(keys) + 1), key=lambda case: (-keys[case - 1], case))
    assert list(group.members) == ranked
    assert list(group.case_ids) == ranked[:MOST_IN_GROUP]
    assert group.is_cut == (len(keys) > MOST_IN_GROUP)
    (total,) = group.totals
    assert total.amount == sum(ranked[:MOST_IN_GROUP])
    assert total.expected_loss == pytest.approx(sum(ranked[:MOST_IN_GROUP]))
    assert group.oldest_opened_at == NOON - timedelta(minutes=max(ranked[:MOST_IN_GROUP]))


def test_steps_of_the_limit_link_and_longer_ones_do_not() -> None:
    assert alike([[0.0], [NEAR], [2 * NEAR]]) == [(1, 2, 3)]
    assert alike([[0.0], [NEAR], [2 * NEAR + 1e-9]]) == []
    assert alike([[0.0], [0.0]]) == []


def test_what_cannot_be_compared_is_like_nothing() -> None:
    assert alike([[0.0, 0.0], [NOTHING_ALIKE, 0.0], [0.0, 0.0], [0.0, 0.0]]) == [(1, 3, 4)]
    assert alike([[NOTHING_ALIKE]] * 5) == []


def test_wild_payments_are_alike_only_where_they_are() -> None:
    assert alike([[FAR], [FAR + 2], [FAR + 4]]) == []


def test_a_group_of_cases_alike_is_called_by_the_smallest_number() -> None:
    found = groups(some_cases([{}] * 3, [[0.0]] * 3, priority_keys=[1.0, 3.0, 2.0]))
    assert [(group.key.value, group.members) for group in found] == [("1", (2, 3, 1))]


def test_what_waits_together_loses_the_sum() -> None:
    many = [{"card": "a"}] * 4 + [{"card": "b"}] * 3
    found = groups(some_cases(many, priority_keys=[1.0] * 4 + [1.2] * 3))
    assert [group.key.value for group in found] == ["a", "b"]
    assert found[0].urgency == pytest.approx(np.log(4 * np.e))


def test_currencies_are_never_added_up() -> None:
    (group,) = groups(some_cases([{"ip": "a"}] * 3, currencies=["EUR", "JPY", "EUR"]))
    assert [(total.currency, total.amount) for total in group.totals] == [
        ("EUR", Decimal(4)),
        ("JPY", Decimal(2)),
    ]


def test_what_two_attributes_say_of_the_same_cases_is_told_once() -> None:
    found = groups(some_cases([{"ip": "i", "device": "d", "merchant": "m"}] * 3 + [{"merchant": "m"}]))
    told = {(group.key.basis, tuple(key.basis for key in also)) for group, also in told_once(found)}
    assert told == {(GroupBasis.DEVICE, (GroupBasis.IP,))}


def test_columns_of_different_lengths_are_refused() -> None:
    cases = some_cases([{}] * 3)
    with pytest.raises(ValueError, match="3 rows"):
        OpenCases(
            case_ids=cases.case_ids, priority_keys=[1.0], amounts=cases.amounts, currencies=cases.currencies,
            expected_losses=cases.expected_losses, opened_at=cases.opened_at, attributes=cases.attributes,
            vectors=cases.vectors,
        )  # fmt: skip


def test_two_thousand_copies_of_one_payment_are_one_group() -> None:
    found: list[Group] = groups(some_cases([{}] * 2000, [[0.5] * 30] * 2000))
    assert [len(group.members) for group in found] == [2000]


@pytest.mark.parametrize("others", [[{}] * 26, [{"card": f"c{n}"} for n in range(26)]])
def test_strangers_at_one_merchant_are_no_group(others: list[dict[str, str]]) -> None:
    assert groups(some_cases([{"merchant": "Voltera"} | each for each in others])) == []
