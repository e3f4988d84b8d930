"""Depth: every waiting case is in exactly one band of age, and sums are sums."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.case import CaseState
from app.review.queue.depth import BAND_ENDS, AgeBand, Depth, DepthCell
from app.review.queue.service_level import Priority, Timeliness
from app.triage.labels import Reason
from tests.review.queue.bands import age_band

cells = st.builds(
    DepthCell,
    state=st.sampled_from([CaseState.OPEN, CaseState.ESCALATED]),
    reason=st.sampled_from(Reason),
    age=st.sampled_from(AgeBand),
    priority=st.sampled_from(Priority),
    timeliness=st.sampled_from(Timeliness),
    cases=st.integers(1, 10**6),
)
depths = st.builds(Depth, cells=st.lists(cells).map(tuple), oldest_opened_at=st.none())


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (timedelta(seconds=-3), AgeBand.QUARTER),
        (timedelta(minutes=14, seconds=59), AgeBand.QUARTER),
        (timedelta(minutes=15), AgeBand.HOUR),
        (timedelta(hours=1), AgeBand.FOUR_HOURS),
        (timedelta(hours=4), AgeBand.DAY),
        (timedelta(days=1), AgeBand.LONGER),
        (timedelta(days=900), AgeBand.LONGER),
    ],
)
def test_an_age_has_one_band(age: timedelta, band: AgeBand) -> None:
    assert age_band(age) is band


def test_bands_rise_and_only_the_last_has_no_end() -> None:
    ends = [end for end in BAND_ENDS.values() if end is not None]
    assert ends == sorted(ends)
    assert tuple(BAND_ENDS) == tuple(AgeBand)
    assert [band for band, end in BAND_ENDS.items() if end is None] == [AgeBand.LONGER]


@given(depths)
def test_the_parts_of_any_division_add_up_to_the_whole(depth: Depth) -> None:
    whole = depth.total()
    assert whole == sum(cell.cases for cell in depth.cells)
    assert whole == sum(depth.total(age=age) for age in AgeBand)
    assert whole == sum(depth.total(priority=one, timeliness=two) for one in Priority for two in Timeliness)
    assert whole == sum(depth.total(reasons=(reason,)) for reason in depth.reasons)
    assert whole == sum(depth.total(state=state) for state in CaseState)


@given(depths)
def test_the_commonest_cause_comes_first(depth: Depth) -> None:
    counted = [depth.total(reasons=(reason,)) for reason in depth.reasons]
    assert counted == sorted(counted, reverse=True)
