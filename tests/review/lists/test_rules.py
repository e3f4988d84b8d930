"""Who may list, end and decide what: every role against every kind of entry."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.access.people import Account, Role
from app.review.card_numbers.rule import CardNumberWritten
from app.review.lists.entry import (
    EntityKind,
    Entry,
    EntryOver,
    EntryState,
    ExpiryImpossible,
    ExpiryMissing,
    ListReasonMissing,
    NewEntry,
    OwnListProposal,
)
from app.review.lists.rules import (
    LONGEST,
    LONGEST_OF_ANALYST,
    ListingNotAllowed,
    check_approve,
    check_end,
    check_new,
    check_refuse,
    may_decide,
    may_end,
)
from app.triage.labels import Listed
from tests.builders import NOON

DAY = timedelta(days=1)
ROLES = st.sampled_from(Role)
SENIORS = {Role.SENIOR, Role.MANAGER}


def an_account(role: Role, number: int = 1) -> Account:
    return Account(id=number, name="a", display_name="A", role=role)


def an_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "id": 1, "kind": EntityKind.DEVICE, "shown": "••••", "effect": Listed.BLOCK,
        "state": EntryState.LIVE, "reason": "seen", "made_by": 1, "made_at": NOON, "expires_at": None,
        "approved_by": None, "lift_by": None, "lift_reason": None, "ended_by": None, "ended_at": None,
    }  # fmt: skip
    return Entry(**(values | changes))


def a_new(**changes: Any) -> NewEntry:
    values: dict[str, Any] = {
        "kind": EntityKind.DEVICE, "value": "d-1", "effect": Listed.BLOCK, "reason": "seen in three frauds",
        "expires_at": NOON + DAY,
    }  # fmt: skip
    return NewEntry(**(values | changes))


def refusal(check: Callable[..., None], *arguments: Any) -> type[Exception] | None:
    try:
        check(*arguments)
    except Exception as error:  # noqa: BLE001  (which one is what is asked)
        return type(error)
    return None


@given(ROLES, st.sampled_from(Listed), st.sampled_from([None, 0, 1, 90, 91, 366, 367]))
def test_who_may_list_until_when(role: Role, effect: Listed, days: int | None) -> None:
    expires_at = None if days is None else NOON + days * DAY
    said = refusal(check_new, a_new(effect=effect, expires_at=expires_at), an_account(role), NOON)
    if role not in {Role.ANALYST, *SENIORS} or (role is Role.ANALYST and effect is Listed.ALLOW):
        assert said is ListingNotAllowed
    elif days is None:
        assert said is (None if effect is Listed.BLOCK and role in SENIORS else ExpiryMissing)
    else:
        longest = LONGEST if role in SENIORS else LONGEST_OF_ANALYST
        assert said is (None if 0 < days <= longest.days else ExpiryImpossible)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_an_entry_has_a_reason(reason: str) -> None:
    with pytest.raises(ListReasonMissing):
        check_new(a_new(reason=reason), an_account(Role.MANAGER), NOON)


def test_no_card_number_stands_in_a_reason() -> None:
    with pytest.raises(CardNumberWritten):
        check_new(a_new(reason="used 4111 1111 1111 1111"), an_account(Role.MANAGER), NOON)


@given(ROLES, st.integers(1, 2))
def test_seniors_end_any_entry_and_analysts_their_own(role: Role, number: int) -> None:
    entry, account = an_entry(), an_account(role, number)
    assert may_end(entry, account) == (role in SENIORS or (role is Role.ANALYST and number == 1))
    assert (refusal(check_end, entry, account, NOON) is None) == may_end(entry, account)


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(state=EntryState.PROPOSED),
        an_entry(state=EntryState.ENDED, ended_by=2, ended_at=NOON),
        an_entry(expires_at=NOON),
        an_entry(lift_by=2, lift_reason="refunded"),
    ],
)
def test_what_is_not_in_force_is_not_ended(entry: Entry) -> None:
    with pytest.raises(EntryOver):
        check_end(entry, an_account(Role.MANAGER), NOON)


PROPOSALS = st.sampled_from(
    [an_entry(state=EntryState.PROPOSED, made_by=1), an_entry(made_by=3, lift_by=1, lift_reason="refunded")]
)


@given(PROPOSALS, ROLES, st.integers(1, 2))
def test_another_manager_decides_what_one_person_proposed(entry: Entry, role: Role, number: int) -> None:
    account = an_account(role, number)
    assert may_decide(entry, account) == (role is Role.MANAGER and number == 2)
    said = refusal(check_approve, entry, account, NOON)
    if role is not Role.MANAGER:
        assert said is ListingNotAllowed
    else:
        assert said is (OwnListProposal if number == 1 else None)
    refused = refusal(check_refuse, entry, account, NOON)
    assert refused is (None if number == 1 or role is Role.MANAGER else ListingNotAllowed)


@given(st.sampled_from(EntryState), ROLES, st.integers(1, 2), st.booleans())
def test_nothing_waits_that_has_run_out(state: EntryState, role: Role, number: int, lifted: bool) -> None:
    entry = an_entry(state=state, expires_at=NOON, lift_by=3 if lifted else None)
    with pytest.raises((EntryOver, ListingNotAllowed)):
        check_approve(entry, an_account(role, number), NOON)
    with suppress(ListingNotAllowed, EntryOver):
        check_refuse(entry, an_account(role, number), NOON)
        pytest.fail("what has run out was refused")
