"""How long cases wait, against a desk that judges them one after the other."""

from math import floor, isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.simulation.observed import HOUR, Observed
from app.triage.simulation.queueing import load_by_hour, waiting
from app.triage.staffing import Staffing
from tests.triage.simulation.builders import DAY, MIDNIGHT

staffings = st.builds(
    Staffing,
    analysts=st.integers(1, 5),
    minutes_per_review=st.floats(0.5, 40),
    opens_hour=st.integers(0, 23),
    closes_hour=st.integers(0, 24),
)


def judged_one_by_one(arrivals: list[float], staffing: Staffing) -> list[float]:
    """The pooled desk as people would play it: work only in open hours, first come, first served."""
    seconds_per_case = HOUR / staffing.reviews_per_open_hour
    free, waits = -np.inf, []
    for arrival in arrivals:
        at, work = max(arrival, free), seconds_per_case
        while work > 1e-7:
            hour_ends = (floor((at + 1e-6) / HOUR) + 1) * HOUR
            if staffing.is_open(int((at + 1e-6) // HOUR % 24)):
                done = min(work, hour_ends - at)
                at, work = at + done, work - done
            else:
                at = hour_ends
        free = at
        waits.append(at - arrival)
    return waits


@given(staffings, st.lists(st.floats(0, 2 * DAY), min_size=1, max_size=40))
def test_the_waits_are_those_of_a_desk_that_judges_one_after_the_other(
    staffing: Staffing, offsets: list[float]
) -> None:
    arrivals = MIDNIGHT + np.sort(offsets)
    told = waiting(arrivals, staffing, audits_per_day=0, ended_at=MIDNIGHT + 2 * DAY)
    by_hand = judged_one_by_one(arrivals.tolist(), staffing)
    assert told.longest_wait == pytest.approx(max(by_hand), abs=1e-3)
    assert told.median_wait == pytest.approx(np.quantile(by_hand, 0.5), abs=1e-3)
    assert told.wait_95 == pytest.approx(np.quantile(by_hand, 0.95), abs=1e-3)
    done = arrivals + by_hand
    if not any(isclose(moment, MIDNIGHT + 2 * DAY, abs_tol=1e-2) for moment in done):
        assert told.left_over == (done > MIDNIGHT + 2 * DAY).sum()
    assert 1 <= told.longest_queue <= arrivals.size


@given(staffings, st.lists(st.floats(0, DAY), min_size=1, max_size=30), st.floats(0, 20))
def test_audits_make_nobody_wait_less(staffing: Staffing, offsets: list[float], audits: float) -> None:
    arrivals = MIDNIGHT + np.sort(offsets)
    without, with_audits = (
        waiting(arrivals, staffing, audits_per_day=each, ended_at=MIDNIGHT + DAY).longest_wait
        for each in (0, audits)
    )
    assert without is not None
    assert with_audits is None or with_audits >= without - 1e-6


def test_nobody_at_the_desk_is_no_wait_of_zero() -> None:
    nobody = Staffing(analysts=0, minutes_per_review=3, opens_hour=0, closes_hour=24)
    told = waiting(np.array([MIDNIGHT]), nobody, audits_per_day=0, ended_at=MIDNIGHT + DAY)
    assert (told.wait_95, told.left_over) == (None, 1)
    calm = waiting(np.array([]), nobody, audits_per_day=0, ended_at=MIDNIGHT + DAY)
    assert (calm.wait_95, calm.left_over) == (0.0, 0)


def test_a_desk_may_work_through_midnight_or_all_day() -> None:
    night = Staffing(analysts=2, minutes_per_review=6, opens_hour=22, closes_hour=6)
    assert [hour for hour in range(24) if night.is_open(hour)] == [0, 1, 2, 3, 4, 5, 22, 23]
    assert (night.open_hours, night.analyst_hours_per_day, night.reviews_per_day) == (8, 16, 160)
    for closes in (0, 24):
        assert (
            Staffing(analysts=1, minutes_per_review=60, opens_hour=0, closes_hour=closes).reviews_per_day
            == 24
        )


def test_the_average_day_adds_up_to_all_days() -> None:
    generator = np.random.default_rng(0)
    decided_at = np.sort(MIDNIGHT + np.append(generator.random(4998), (0.0, 1.0)) * 3 * DAY)
    is_unknown = generator.random(5000) < 0.3
    audits = np.where(is_unknown, 0.0, 0.02)
    desk = Staffing(analysts=3, minutes_per_review=5, opens_hour=8, closes_hour=18)
    hours = load_by_hour(
        decided_at,
        is_unknown,
        audits,
        desk,
        Observed(decisions=5000, first_at=MIDNIGHT, last_at=MIDNIGHT + 3 * DAY),
    )
    assert sum(each.unknowns or 0 for each in hours) * 3 == pytest.approx(is_unknown.sum())
    assert sum(each.audits or 0 for each in hours) * 3 == pytest.approx(audits.sum())
    assert sum(each.capacity for each in hours) == pytest.approx(desk.reviews_per_day)
    ten = [
        moment
        for moment, unknown in zip(decided_at, is_unknown, strict=True)
        if unknown and moment // HOUR % 24 == 10
    ]
    assert (hours[10].unknowns or 0) * 3 == pytest.approx(len(ten))
