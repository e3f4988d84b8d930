"""Where a case is that came back, as its message is read."""

from datetime import timedelta
from typing import Any

import pytest

from app.review.case import CaseState
from app.review.keeping.hold import Hold
from app.review.keeping.whereabouts import Whereabouts, whereabouts
from tests.builders import NOON

ADA, BOB = 1, 2
LATER, BEFORE = NOON + timedelta(minutes=1), NOON - timedelta(minutes=1)
NOBODYS: dict[str, Any] = {
    "lease_expires_at": None, "is_reserved": False, "offered_to": None, "offered_until": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("holder", "kept", "where"),
    [
        (None, {}, Whereabouts.FREE),
        (None, {"offered_to": ADA, "offered_until": LATER}, Whereabouts.YOURS),
        (None, {"offered_to": ADA, "offered_until": BEFORE}, Whereabouts.FREE),
        (None, {"assigned_to": ADA, "assigned_until": BEFORE}, Whereabouts.YOURS),
        (None, {"assigned_to": BOB, "assigned_until": LATER}, Whereabouts.COLLEAGUES),
        (ADA, {"lease_expires_at": LATER}, Whereabouts.YOURS),
        (BOB, {"lease_expires_at": LATER, "is_reserved": True}, Whereabouts.COLLEAGUES),
        (BOB, {"lease_expires_at": BEFORE}, Whereabouts.FREE),
        (None, {"waits_until": LATER}, Whereabouts.AWAITS),
        (None, {"waits_until": BEFORE}, Whereabouts.FREE),
    ],
)
def test_a_case_is_where_it_is_and_not_where_it_was_when_it_was_told(
    holder: int | None, kept: dict[str, Any], where: Whereabouts
) -> None:
    hold = Hold(**(NOBODYS | kept))
    assert whereabouts(CaseState.OPEN, hold, holder_id=holder, account_id=ADA, now=NOON) is where


@pytest.mark.parametrize("state", [CaseState.GIVEN, CaseState.JUDGED, CaseState.CLOSED])
def test_what_is_decided_is_with_nobody(state: CaseState) -> None:
    hold = Hold(**(NOBODYS | {"assigned_to": ADA, "assigned_until": LATER}))
    assert whereabouts(state, hold, holder_id=ADA, account_id=ADA, now=NOON) is Whereabouts.OVER
