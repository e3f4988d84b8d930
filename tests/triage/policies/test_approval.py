"""A policy is approved by a second person."""

from app.triage.policies.approval import is_second_person


def test_the_author_is_no_second_person_and_everybody_else_is() -> None:
    assert not is_second_person(7, author_id=7)
    assert is_second_person(8, author_id=7)
