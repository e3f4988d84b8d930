"""Rates are of observed time; below the minimum nothing is known of a day, and no guard is passed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.guard_rails import Guard, guard_rails
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from app.triage.residual_risk import residual_risk
from app.triage.simulation.estimates import NOTHING_KNOWN
from app.triage.simulation.observed import DAY, HOUR, LEAST_DECISIONS, LEAST_SECONDS, Observed
from app.triage.simulation.queueing import load_by_hour
from app.triage.simulation.replay import UNKNOWN, ReplayTable, replay
from app.triage.simulation.window import Window
from app.triage.staffing import Staffing
from app.triage.tuning.capacity import propose_by_capacity
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world, all_known, empty_window
from tests.triage.tuning.test_cost import IDENTITY

ONE_HOUR_OPEN = Staffing(analysts=1, minutes_per_review=60, opens_hour=9, closes_hour=10)


def squeezed(window: Window, seconds: float) -> Window:
    """Return the same decisions within a shorter time."""
    first = window.decided_at[0]
    share = (window.decided_at - first) / (window.decided_at[-1] - first)
    return replace(window, decided_at=first + share * seconds)


def guards_of(window: Window, policy: Policy) -> list[Guard]:
    outcome = replay(ReplayTable.of(window), policy).outcome
    return [each.guard for each in guard_rails(policy, outcome, None, window.observed)]


@given(st.floats(0, 1e9), st.floats(0, 10 * DAY), st.integers(0, 5000))
def test_a_rate_is_per_observed_time_or_not_known(first: float, seconds: float, decisions: int) -> None:
    observed = Observed(decisions=decisions, first_at=first, last_at=first + seconds)
    rate = observed.per_day(12.0)
    if decisions >= LEAST_DECISIONS and observed.seconds >= LEAST_SECONDS:
        assert rate == pytest.approx(12 * DAY / seconds)
    else:
        assert rate is None


@pytest.mark.parametrize("ends_later", [0.0, 3600.0, 73 * 365 * DAY])
def test_a_window_that_ends_in_the_future_changes_no_rate_and_silences_no_guard(ends_later: float) -> None:
    window = all_known(a_world(1, size=2000)).window
    longer = replace(window, ended_at=window.ended_at + ends_later)
    tight = a_policy(staffing=ONE_HOUR_OPEN)
    assert replay(ReplayTable.of(longer), tight).outcome == replay(ReplayTable.of(window), tight).outcome
    assert guards_of(longer, tight) == [Guard.OVER_CAPACITY]


@pytest.mark.parametrize("seconds", [0.0, 60.0, HOUR, LEAST_SECONDS - 1])
def test_a_young_history_is_not_blown_up_and_passes_no_guard(seconds: float) -> None:
    window = squeezed(all_known(a_world(1, size=2000)).window, seconds)
    tight = a_policy(staffing=ONE_HOUR_OPEN)
    outcome = replay(ReplayTable.of(window), tight).outcome
    of_a_day = (
        outcome.unknowns_per_day,
        outcome.audits_per_day,
        outcome.reviews_per_day,
        outcome.analyst_hours_per_day,
        outcome.expected_cost_per_day,
        outcome.waiting,
    )
    assert of_a_day == (None,) * 6
    assert guards_of(window, tight) == [Guard.WINDOW_SHORT]
    told = residual_risk(outcome, None, observed=window.observed, currency="EUR")
    assert (told.frauds_per_day, told.amount_per_day, told.legits_declined_per_day) == (NOTHING_KNOWN,) * 3
    assert sum("not known" in each for each in told.sentences) >= 3
    assert (
        load_by_hour(
            window.decided_at, window.labels == UNKNOWN, window.propensities, tight.staffing, window.observed
        )
        == ()
    )
    with pytest.raises(PolicyImpossible, match="too little was observed"):
        propose_by_capacity(ReplayTable.of(window), tight, IDENTITY)


def test_of_an_empty_window_nothing_is_known() -> None:
    window = empty_window()
    outcome = replay(ReplayTable.of(window), a_policy()).outcome
    told = residual_risk(outcome, None, observed=window.observed, currency="EUR")
    text = " ".join(told.sentences)
    assert "between" not in text
    assert "0.0" not in text
    assert "95\u202f%" not in text
    assert (outcome.coverage, outcome.review_rate, outcome.risk.frauds_approved) == (
        None,
        None,
        NOTHING_KNOWN,
    )


def test_an_hour_of_the_day_counts_the_hours_that_were_seen() -> None:
    """One and a half days: hours seen twice are not told one and a half times too busy."""
    first = 1_777_852_800.0
    times = (first + HOUR * (0.5 + np.arange(36))).astype(np.float64)
    observed = Observed(decisions=200, first_at=first, last_at=first + 36 * HOUR)
    load = load_by_hour(times, times > 0, np.zeros(36), a_policy().staffing, observed)
    assert [hour.unknowns for hour in load] == [1.0] * 24
