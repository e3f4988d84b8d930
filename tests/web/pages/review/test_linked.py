"""Rows of linked payments: when each was, for who reads it now, and whether that was after the case's."""

from datetime import timedelta

import pytest

from app.database.payments.links.linked import Linked
from app.web.pages.review.linked import LinkedRow, linked_view
from tests.builders import NOON
from tests.web.pages.cases.finding_builders import a_linked_payment

#: A week after the case's payment, which occurred at noon.
NOW = NOON + timedelta(days=7)


def row(occurred_before_noon: timedelta) -> LinkedRow:
    linked = Linked(payments=(a_linked_payment(occurred_at=NOON - occurred_before_noon),), counts={"card": 1})
    (only,) = linked_view(linked, {"card": "1"}, beside=NOON, now=NOW).rows
    return only


@pytest.mark.parametrize(
    ("before", "when"),
    [
        (timedelta(hours=1), "1 May"),
        (timedelta(), "1 May"),
        (timedelta(days=-7, hours=2), "10:00 (after)"),
        (timedelta(days=-6), "7 May (after)"),
        (timedelta(days=400), "Mar 2025"),
    ],
)
def test_a_date_is_said_of_what_is_not_of_today_and_that_it_was_after(before: timedelta, when: str) -> None:
    """Today is the reader's, not the payment's."""
    assert row(before).when == when


def test_that_it_was_after_stands_in_the_whole_moment_too() -> None:
    assert row(timedelta(hours=1)).occurred == "1 May 2026, 11:00 UTC"
    assert row(timedelta(hours=-1)).occurred == "1 May 2026, 13:00 UTC, after this payment"
