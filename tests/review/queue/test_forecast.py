"""The forecast: its range holds what chance does, its middle is arithmetic, it claims no more."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.queue.forecast import Arrivals, arrivals_between, forecast
from tests.builders import NOON


def a_week(per_hour: float) -> Arrivals:
    return Arrivals(cases=(per_hour * 7,) * 24, hours=(7.0,) * 24)


def staffed(per_hour: float) -> Callable[[int], float]:
    return lambda _: per_hour


def by_hand(backlog: float, arrivals: list[float], judged: list[float]) -> list[float]:
    """Return what waits after each hour: an oracle that walks."""
    found = []
    for arriving, done in zip(arrivals, judged, strict=True):
        backlog = max(0.0, backlog + arriving - done)
        found.append(backlog)
    return found


def test_ten_come_and_four_are_judged_so_six_more_wait_each_hour() -> None:
    hours = forecast(100, NOON, a_week(10), staffed(4), hours=3)
    assert [each.backlog for each in hours] == pytest.approx([106, 112, 118])
    assert [each.ends_at for each in hours] == [NOON + timedelta(hours=step) for step in (1, 2, 3)]


def test_the_running_hour_counts_for_what_is_left_of_it() -> None:
    now = NOON + timedelta(minutes=45)
    first, second = forecast(0, now, a_week(8), staffed(0), hours=2)
    assert (first.begins_at, first.ends_at) == (now, NOON + timedelta(hours=1))
    assert (first.arrivals, second.arrivals) == pytest.approx((2, 8))


def test_each_hour_of_the_day_has_its_own_rate_and_its_own_people() -> None:
    counts = [0.0] * 24
    counts[13], counts[14] = 70.0, 700.0
    arrivals = Arrivals(cases=tuple(counts), hours=(7.0,) * 24)
    hours = forecast(5, NOON, arrivals, lambda hour: 30.0 if hour == 14 else 0.0, hours=4)
    assert [each.backlog for each in hours] == pytest.approx([5, 15, 85, 85])


def test_idle_people_save_nothing_up() -> None:
    hours = forecast(3, NOON, a_week(1), staffed(50), hours=6)
    assert [each.backlog for each in hours] == pytest.approx([0] * 6)


@given(
    backlog=st.integers(0, 10_000),
    counts=st.lists(st.integers(0, 5000), min_size=24, max_size=24),
    judged=st.floats(0, 500),
    minute=st.integers(0, 59),
)
def test_the_middle_is_what_a_walk_by_hand_finds_and_lies_within_its_range(
    backlog: int, counts: list[int], judged: float, minute: int
) -> None:
    now = NOON + timedelta(minutes=minute)
    arrivals = Arrivals(cases=tuple(map(float, counts)), hours=(7.0,) * 24)
    hours = forecast(backlog, now, arrivals, staffed(judged))
    shares = [(each.ends_at - each.begins_at) / timedelta(hours=1) for each in hours]
    expected = [share * counts[each.begins_at.hour] / 7 for share, each in zip(shares, hours, strict=True)]
    walked = by_hand(backlog, expected, [share * judged for share in shares])
    assert [each.backlog for each in hours] == pytest.approx(walked, abs=1e-6)
    for each in hours:
        assert each.low <= each.backlog + 1e-6
        assert each.backlog <= each.high + 1


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.3, 4.0, 60.0])
@pytest.mark.parametrize("days", [1, 7])
def test_the_range_holds_nineteen_futures_in_twenty(rate: float, days: int) -> None:
    """Rates are learned from a past of Poisson counts, and the future is drawn at the true rate."""
    draws = np.random.default_rng(19)
    hits = []
    for _ in range(1000):
        past = draws.poisson(rate, size=(days, 24)).sum(axis=0)
        arrivals = Arrivals(cases=tuple(past.astype(float)), hours=(float(days),) * 24)
        last = forecast(1000, NOON, arrivals, staffed(5), hours=12)[-1]
        truth = by_hand(1000, draws.poisson(rate, size=12).tolist(), [5.0] * 12)[-1]
        hits.append(last.low <= truth <= last.high)
    assert np.mean(hits) >= 0.93, f"held {np.mean(hits):.3f}"


def test_without_a_case_so_far_some_may_still_come() -> None:
    last = forecast(0, NOON, a_week(0), staffed(0))[-1]
    assert last.backlog == 0
    assert last.low == 0
    assert last.high >= 1


def test_less_than_an_hour_of_the_past_says_nothing() -> None:
    short = arrivals_between(NOON - timedelta(minutes=59), NOON, {11: 400})
    assert forecast(400, NOON, short, staffed(1)) == ()


def test_less_than_a_day_is_spread_over_all_hours() -> None:
    short = arrivals_between(NOON - timedelta(hours=3), NOON, {9: 10, 10: 20, 11: 30})
    hours = forecast(0, NOON, short, staffed(0), hours=3)
    assert [each.arrivals for each in hours] == pytest.approx([20, 20, 20])


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=7)), st.integers(0, 59))
def test_the_hours_looked_at_add_up_to_the_time_there_was(back: timedelta, minute: int) -> None:
    now = NOON + timedelta(minutes=minute)
    arrivals = arrivals_between(now - back, now, {})
    assert sum(arrivals.hours) == pytest.approx(back / timedelta(hours=1))
    assert max(arrivals.hours) <= 7 + 1e-9


def test_half_a_day_is_no_day() -> None:
    with pytest.raises(ValueError, match="24 hours"):
        Arrivals(cases=(1.0,) * 12, hours=(1.0,) * 12)
