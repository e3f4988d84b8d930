"""When values are the same on the lists, and what is shown of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.lists.entry import EntityKind, ListValueImpossible
from app.review.lists.values import LONGEST_VALUE, checked_value, same_on_lists, shown_of, values_of

KINDS = st.sampled_from(EntityKind)


@given(KINDS, st.text(max_size=40))
def test_one_look_at_a_value_is_enough(kind: EntityKind, value: str) -> None:
    same = same_on_lists(kind, value)
    assert same_on_lists(kind, same) == same


@given(KINDS.filter(lambda kind: kind not in {EntityKind.MERCHANT, EntityKind.EMAIL}), st.text(min_size=1))
def test_no_more_than_a_third_of_a_value_is_shown(kind: EntityKind, value: str) -> None:
    shown = shown_of(kind, value).removeprefix("••••").strip()
    assert len(shown) <= min(4, len(value) // 3)


def test_all_names_of_a_kind_are_met() -> None:
    attributes = {"customer_email": "Ann@Example.com ", "device_id": "d-1", "channel": "web", "IP": "::0001"}
    assert values_of(attributes) == [
        (EntityKind.EMAIL, "ann@example.com"), (EntityKind.DEVICE, "d-1"), (EntityKind.IP, "::1")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (EntityKind.DEVICE, "  "),
        (EntityKind.DEVICE, "a\0b"),
        (EntityKind.DEVICE, "d" * (LONGEST_VALUE + 1)),
        (EntityKind.EMAIL, "nobody"),
        (EntityKind.IP, "10.0.0.300"),
    ],
)
def test_what_names_nothing_is_refused(kind: EntityKind, value: str) -> None:
    with pytest.raises(ListValueImpossible):
        checked_value(kind, value)
