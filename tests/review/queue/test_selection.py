"""What was seen of a chosen case, and whether that still holds."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.case import Case, CaseKind, CaseState, Lease
from app.review.queue.selection import (
    MOST_CHOSEN,
    Refusal,
    Seen,
    SeenRow,
    SelectionRefused,
    judging_refusal,
    read_rows,
    release_refusal,
)
from tests.builders import NOON

ME = 1
KEYS = st.integers(1, 10**18)
rows = st.builds(SeenRow, case_id=KEYS, decision_id=KEYS, seen=st.sampled_from(Seen))
moments = st.integers(-5, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))


def cases() -> st.SearchStrategy[Case]:
    leases = st.none() | st.builds(
        Lease, holder_id=st.sampled_from([ME, 2]), token=st.just(UUID(int=1)), expires_at=moments
    )

    def made(
        state: CaseState, lease: Lease | None, offer: tuple[int, datetime] | None, by: int | None
    ) -> Case:
        is_over = state not in {CaseState.OPEN, CaseState.ESCALATED}
        return Case(
            id=7, transaction_key=9, kind=CaseKind.UNKNOWN, state=state, lease=None if is_over else lease,
            closed_at=None, decision_id=70, offered_to=offer[0] if offer else None,
            offered_until=offer[1] if offer else None, released_by=by,
        )  # fmt: skip

    offers = st.none() | st.tuples(st.sampled_from([ME, 2]), moments)
    return st.builds(made, st.sampled_from(CaseState), leases, offers, st.sampled_from([None, ME, 2]))


@given(st.lists(rows, min_size=1, max_size=MOST_CHOSEN, unique_by=lambda row: row.case_id))
def test_rows_are_read_as_they_are_written_by_their_numbers(chosen: list[SeenRow]) -> None:
    read = read_rows(row.written for row in chosen)
    assert list(read) == sorted(row.case_id for row in chosen)
    assert sorted(read.values(), key=lambda row: row.case_id) == sorted(chosen, key=lambda row: row.case_id)


@pytest.mark.parametrize(
    "written",
    [[], ["7"], ["7-70"], ["7-70-none"], ["0-1-free"], ["7-70-free "], ["7-70-free\n"], ["\u0667-70-free"]],
)
def test_nothing_and_what_no_list_writes_is_refused(written: list[str]) -> None:
    with pytest.raises(SelectionRefused):
        read_rows(written)


def test_no_more_than_a_page_is_chosen() -> None:
    with pytest.raises(SelectionRefused):
        read_rows(f"{n}-{n}-free" for n in range(1, MOST_CHOSEN + 2))


@given(cases(), rows)
def test_only_a_free_open_case_as_it_was_scored_is_judged_with_others(case: Case, row: SeenRow) -> None:
    row = replace(row, decision_id=70 if row.decision_id % 2 else 71)
    refusal = judging_refusal(case, row, account_id=ME, now=NOON)
    is_held = case.lease is not None and case.lease.expires_at > NOON
    is_offered = case.offered_until is not None and case.offered_until > NOON
    fits = case.state is CaseState.OPEN and not is_held and not is_offered and row.decision_id == 70
    assert (refusal is None) is fits


@given(cases(), st.sampled_from(Seen), st.sampled_from([70, 71]))
def test_only_what_one_holds_goes_back_and_what_went_back_already_is_no_mistake(
    case: Case, seen: Seen, decision_id: int
) -> None:
    row = SeenRow(case_id=7, decision_id=decision_id, seen=seen)
    refusal = release_refusal(case, row, account_id=ME, now=NOON)
    is_mine = case.lease is not None and case.lease.holder_id == ME and case.lease.expires_at > NOON
    is_done = seen is Seen.MINE and case.lease is None and case.released_by == ME
    assert (refusal is None) is (not case.is_over and ((is_mine and decision_id == 70) or is_done))
    if refusal is Refusal.NO_LONGER_MINE:
        assert seen is Seen.MINE


def test_a_case_that_is_gone_is_told_so() -> None:
    row = SeenRow(case_id=7, decision_id=70, seen=Seen.FREE)
    for refusal in (release_refusal, judging_refusal):
        assert refusal(None, row, account_id=ME, now=NOON) is Refusal.GONE
