"""Attributes known by their names: each name is one kind, and codes are read whatever their case."""

import pytest

from app.review.attribute_kinds import KNOWN, READING_ORDER, AttributeKind, first_of, kind_of, meaning_of


def test_each_name_is_of_one_kind() -> None:
    assert len(READING_ORDER) == len(set(READING_ORDER))
    assert set(KNOWN) == set(AttributeKind)
    for kind, known in KNOWN.items():
        assert {kind_of(name) for name in known.names} == {kind}


@pytest.mark.parametrize(
    ("kind", "code", "meaning"),
    [
        (AttributeKind.AVS, "n", "neither address nor postcode matches"),
        (AttributeKind.CVV, " M ", "matches"),
        (AttributeKind.THREE_DS, "Y", "authenticated"),
        (AttributeKind.THREE_DS, "frictionless", ""),
        (AttributeKind.EMAIL, "Y", ""),
    ],
)
def test_codes_have_meanings_and_words_stay_as_they_are(kind: AttributeKind, code: str, meaning: str) -> None:
    assert meaning_of(kind, code) == meaning


def test_of_several_names_of_a_kind_the_first_counts() -> None:
    assert first_of(AttributeKind.CARD_BIN, {"iin": "2", "bin": "1"}) == "1"
    assert first_of(AttributeKind.CARD_BIN, {}) is None
