"""Keys of somebody's own: one letter a move, none for two, or none at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.access.hotkeys import USUAL, Hotkeys, KeyImpossible, KeyTaken, Move, typed_keys

KEYS = st.fixed_dictionaries({move: st.text(max_size=2) for move in Move})
POSSIBLE = st.sampled_from([*"abcdefghijklmnopqrstuvwxyz?", ""])


@given(KEYS)
def test_what_is_kept_is_one_letter_each_and_no_key_twice(typed: dict[Move, str]) -> None:
    try:
        kept = typed_keys(typed, are_on=True)
    except (KeyImpossible, KeyTaken):
        return
    keys = [key for key in kept.keys.values() if key]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 and ((key.isascii() and key.islower()) or key == "?") for key in keys)


@given(st.permutations([*"abcdefgh", "", ""]))
def test_possible_keys_are_kept_as_typed_in_either_case(keys: list[str]) -> None:
    typed = dict(zip(Move, keys, strict=False))
    assert typed_keys({move: key.upper() for move, key in typed.items()}, are_on=True).keys == typed


@given(st.fixed_dictionaries(dict.fromkeys(Move, POSSIBLE)), st.sampled_from(Move), st.sampled_from(Move))
def test_one_key_never_does_two_things(keys: dict[Move, str], one: Move, other: Move) -> None:
    keys |= {one: "x", other: "x"}
    if one is not other:
        with pytest.raises(KeyTaken):
            Hotkeys(keys=keys)


@pytest.mark.parametrize("wrong", ["1", "ab", "\u00e4", ".", "\u0444", "/"])
def test_a_digit_a_sign_or_a_foreign_letter_is_no_key(wrong: str) -> None:
    with pytest.raises(KeyImpossible) as refused:
        typed_keys({**USUAL, Move.SKIP: wrong}, are_on=True)
    assert refused.value.move is Move.SKIP


def test_keys_that_are_switched_off_do_nothing_and_are_kept() -> None:
    off = Hotkeys(are_on=False)
    assert [off.key(move) for move in Move] == [""] * len(Move)
    assert off.keys == USUAL
