from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli.demo.past.calendar import DAYS, MORNING, PAYMENTS_OF_MORNING, begins_at, steps
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import COLLEAGUES, shifted_by

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SEEDS = st.integers(0, 2**32)


@settings(max_examples=20)
@given(MOMENTS, SEEDS)
def test_steps_follow_each_other_from_two_weeks_before_to_the_moment(ends_at: datetime, seed: int) -> None:
    days = steps(ends_at, np.random.default_rng(seed))
    ends = [step.ends_at for step in days]
    assert ends == sorted(ends)
    assert ends[-1] == ends_at
    paid = [moment for step in days for moment in step.paid_at]
    assert paid == sorted(paid)
    assert ends_at - timedelta(days=DAYS) == begins_at(ends_at) <= paid[0]
    assert paid[-1] <= ends_at
    assert all(moment <= step.ends_at for step in days for moment in step.paid_at)


@settings(max_examples=20)
@given(MOMENTS, SEEDS)
def test_the_same_moment_and_seed_give_the_same_days(ends_at: datetime, seed: int) -> None:
    first, again = (steps(ends_at, np.random.default_rng(seed)) for _ in range(2))
    assert first == again


def test_the_morning_is_busy_and_nights_are_quiet() -> None:
    noon = datetime(2026, 11, 7, 12, tzinfo=UTC)
    days = steps(noon, np.random.default_rng(1))
    paid = [moment for step in days for moment in step.paid_at]
    morning = [moment for moment in paid if moment > noon - MORNING]
    assert len(morning) == PAYMENTS_OF_MORNING
    before = [moment.hour for moment in paid if moment <= noon - MORNING]
    assert sum(hour in range(1, 5) for hour in before) < sum(hour in range(17, 21) for hour in before) / 4


def test_the_clock_of_the_past_never_goes_back() -> None:
    noon = datetime(2026, 11, 7, 12, tzinfo=UTC)
    clock = PastClock(noon)
    clock.move_to(noon - timedelta(hours=1))
    assert clock() == noon
    clock.move_to(noon + timedelta(hours=1))
    assert clock() == noon + timedelta(hours=1)


@given(MOMENTS)
def test_somebody_is_at_work_in_the_hours_before_it_ends_and_nobody_all_day(ends_at: datetime) -> None:
    def at_work(moment: datetime) -> bool:
        hour = (moment.hour - shifted_by(ends_at)) % 24
        return any(each.is_on_duty(hour) for each in COLLEAGUES)

    assert at_work(ends_at - timedelta(hours=1))
    assert at_work(ends_at)
    assert not all(at_work(ends_at - timedelta(hours=ago)) for ago in range(24))
