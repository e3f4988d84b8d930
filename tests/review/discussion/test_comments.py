"""What may be written on a case, and whom `@name` means."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.review.access.people import Account, Role
from app.review.card_numbers.rule import CardNumberWritten
from app.review.discussion.comments import (
    LONGEST_COMMENT,
    MOST_MENTIONED,
    CommentUnclear,
    checked_comment,
    mentions,
)
from app.review.text import name_key

WORDS = some.text(some.characters(categories=["L", "N"]), min_size=1, max_size=8)


def a_person(number: int, name: str, display_name: str | None = None) -> Account:
    return Account(id=number, name=name, display_name=display_name or name.title(), role=Role.ANALYST)


ADA, GRACE = a_person(1, "ada"), a_person(2, "grace", "Grace Hopper")
BOTH = (ADA, GRACE)


@given(text=some.text(max_size=LONGEST_COMMENT + 5))
def test_what_is_kept_is_what_was_typed_and_can_be_sent_again(text: str) -> None:
    try:
        kept = checked_comment(text)
    except (CommentUnclear, CardNumberWritten):
        return
    assert kept == text.replace("\r\n", "\n").strip()
    assert 0 < len(kept) <= LONGEST_COMMENT
    assert checked_comment(kept) == kept


@pytest.mark.parametrize(
    "text", ["", " \r\n ", "\u200b", "a\0b", "\x1b[2J", "x" * (LONGEST_COMMENT + 1), "\ud800"]
)
def test_nothing_to_read_and_what_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(CommentUnclear):
        checked_comment(text)


def test_a_card_number_is_refused() -> None:
    with pytest.raises(CardNumberWritten):
        checked_comment("They paid with 4111 1111 1111 1111.")


@given(
    names=some.lists(WORDS.filter(name_key), min_size=1, max_size=4, unique_by=name_key),
    before=some.text(" \n(,", max_size=3),
)
def test_every_name_that_somebody_has_is_known_whatever_its_case(names: list[str], before: str) -> None:
    people = [a_person(number, name, f"Person {number}") for number, name in enumerate(names)]
    for each in people:
        for written in (each.name, each.name.casefold()):
            assert mentions(f"{before}@{written}, look", people).known == (each.id,)
    found = mentions(" ".join(f"@{each.name}" for each in people), people)
    assert (set(found.known), found.unknown) == ({each.id for each in people}, ())


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("@grace look", (2,), ()),
        ("@Grace Hopper, look", (2,), ()),
        ("@ada @grace @ada", (1, 2), ()),
        ("(@ada)", (1,), ()),
        ("@ada.", (1,), ()),
        ("@grcae look", (), ("grcae",)),
        ("@bob, @bob!", (), ("bob",)),
        ("ada@grace.example", (), ()),
        ("mail me: a.b@ada", (), ()),
        ("@ ada, @@ada, @", (), ()),
        ("@adalbert", (), ("adalbert",)),
    ],
)
def test_whom_a_comment_mentions(text: str, known: tuple[int, ...], unknown: tuple[str, ...]) -> None:
    found = mentions(text, BOTH)
    assert (found.known, found.unknown) == (known, unknown)


def test_of_names_that_fit_the_longest_is_meant_and_one_that_two_show_means_nobody() -> None:
    people = (
        a_person(1, "ada"),
        a_person(2, "ada lovelace"),
        a_person(3, "x", "Kim"),
        a_person(4, "y", "Kim"),
    )
    assert mentions("@ada lovelace asks", people).known == (2,)
    assert mentions("@ada asks", people).known == (1,)
    assert mentions("@kim asks", people).unknown == ("kim",)
    assert mentions("@x asks", people).known == (3,)


def test_a_comment_is_no_way_to_shout() -> None:
    people = [a_person(number, f"p{number}") for number in range(50)]
    assert len(mentions(" ".join(f"@{each.name}" for each in people), people).known) == MOST_MENTIONED
