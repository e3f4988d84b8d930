"""Which characters nobody sees, and when two texts and two names are the same."""

import unicodedata

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from app.review.access.people import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    NameImpossible,
    PasswordImpossible,
    checked_password,
    clean_name,
)
from app.review.text import UNSEEN, comparable, is_unseen, name_key

#: What Unicode itself says, by another library: ignored by default, of direction or format, or ending a line.
BY_UNICODE = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\p{Zl}\p{Zp}]--[\p{PCM}]]", regex.V1
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
#: Texts in which signs nobody sees, and letters in several forms, are frequent.
STRANGE = st.text(
    st.sampled_from("aB\u00fcu\u0308\u202e\u200b\u034f\u3164\uff21\ufb01\u00df\u0130 \u00a0\u05d0")
)


def test_what_is_unseen_is_what_unicode_says() -> None:
    ours = {code for first, last in UNSEEN for code in range(first, last + 1)}
    theirs = {code for code in range(0x110000) if BY_UNICODE.fullmatch(chr(code))}
    assert theirs <= ours
    # A blank of Braille and a note head without ink are drawn as nothing.
    assert ours - theirs == {0x2800, 0x1D159}


@pytest.mark.parametrize(
    "letter", ["\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\u3164", "\x1b", "\ue000", "\u0378"]
)
def test_a_sign_without_a_picture_is_unseen(letter: str) -> None:
    assert is_unseen(letter)


@pytest.mark.parametrize(
    "letter", [*"aZ9 \t\n-", "\u00e9", "\u0308", "\u05d0", "\u4e2d", "\u00a0", "\u0600", "\U0001f600"]
)
def test_a_letter_is_seen(letter: str) -> None:
    assert not is_unseen(letter)


@given(ANY_TEXT | STRANGE)
def test_the_comparable_form_is_its_own(text: str) -> None:
    same = comparable(text)
    assert comparable(same) == same
    assert not any(BY_UNICODE.fullmatch(letter) for letter in same)


@given(ANY_TEXT | STRANGE)
def test_no_form_and_no_unseen_sign_makes_another_text(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert comparable(unicodedata.normalize(form, text)) == comparable(text)
    assert comparable("\u200b".join(text)) == comparable("".join(text)) or "\u034f" in text or _combines(text)


def _combines(text: str) -> bool:
    """Whether letters of it go together: a sign between them keeps them apart while they are composed."""
    return unicodedata.normalize("NFKC", text) != text


@given(ANY_TEXT | STRANGE)
@example("\u0130stanbul")
@example("\u1e9e")
def test_a_name_is_the_same_in_every_case_and_form(text: str) -> None:
    key = name_key(text)
    assert name_key(key) == key
    for other in (unicodedata.normalize("NFD", text), unicodedata.normalize("NFKC", text), f" {text}\t"):
        assert name_key(other) == key
    assert name_key(text.casefold()) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bob", "BOB"),
        ("bob", "bob "),
        ("J\u00fcrgen", "Ju\u0308rgen"),
        ("stra\u00dfe", "STRASSE"),
        ("ada", "\uff21DA"),
        ("a b", " a \u00a0 b"),
    ],
)
def test_names_that_read_the_same_are_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "\u200b",
        "\u3164",
        "bob\u200b",
        "\u202ebob",
        "b\u00adob",
        "bob\x00",
        "b\x1bob",
        "x" * 201,
        "\ue000",
    ],
)
def test_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(NameImpossible):
        clean_name(name)


@given(ANY_TEXT)
def test_a_clean_name_stays_as_it_is_and_holds_nothing_unseen(text: str) -> None:
    try:
        clean = clean_name(text)
    except NameImpossible:
        return
    assert clean_name(clean) == clean
    assert clean == clean.strip()
    assert not any(map(is_unseen, clean))
    assert name_key(clean) == name_key(text)


@pytest.mark.parametrize("length", [0, 1, SHORTEST_PASSWORD - 1, LONGEST_PASSWORD + 1, 1200])
def test_a_password_too_short_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(PasswordImpossible):
        checked_password("x" * length)


@pytest.mark.parametrize("length", [SHORTEST_PASSWORD, LONGEST_PASSWORD])
def test_a_password_within_its_bounds_is_taken(length: int) -> None:
    assert len(checked_password("x" * length)) == length
