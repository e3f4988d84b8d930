"""One row from outside never breaks or bends the whole, whatever is stored in it."""

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.triage.labels import LABELS, Label
from app.triage.simulation.curves import miss_rate_by_coverage, reliability
from app.triage.simulation.estimates import Estimate
from app.triage.simulation.known import MOST_SHARE, known_rows
from app.triage.simulation.queueing import load_by_hour
from app.triage.simulation.replay import UNKNOWN, Replayed, ReplayTable, replay
from app.triage.simulation.window import FRAUD_TRUTH, Window
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import World, a_world, audited

SIZE = 60
LEGIT = LABELS.index(Label.LEGIT)
#: All that the tables can hold: a probability above 0, sixteen digits of money, any moment of two centuries.
propensities = arrays.arrays(
    np.float64, SIZE, elements=st.floats(0, 1, exclude_min=True, allow_subnormal=True)
)
amounts = arrays.arrays(np.float64, SIZE, elements=st.floats(0, 1e12).map(lambda each: round(each, 4)))
moments = arrays.arrays(np.float64, SIZE, elements=st.floats(0, 7.26e9))
truths = arrays.arrays(np.int8, SIZE, elements=st.sampled_from((-1, 0, 1)))


def numbers(replayed: Replayed) -> list[float | None]:
    """Return all that is estimated of a replay."""
    risk = replayed.outcome.risk
    estimates = [getattr(risk, name) for name in risk.__slots__]
    found = [
        number
        for each in estimates
        if isinstance(each, Estimate)
        for number in (each.value, each.low, each.high)
    ]
    of_a_day = (replayed.outcome.reviews_per_day, replayed.outcome.expected_cost_per_day)
    return [*found, *of_a_day]


def is_told(number: float | None) -> bool:
    return number is None or isfinite(number)


@given(propensities, amounts, moments, truths, st.booleans())
def test_every_estimate_is_finite_whatever_is_stored(
    chances: np.ndarray, money: np.ndarray, times: np.ndarray, known: np.ndarray, all_legit: bool
) -> None:
    window = a_world(3, size=SIZE).window
    window = replace(
        window,
        decided_at=np.sort(times),
        amounts=money,
        truths=known,
        truth_propensities=np.where(known >= 0, chances, np.nan),
        labels=np.zeros(SIZE, dtype=np.int8) if all_legit else window.labels,
    )
    bench, policy = ReplayTable.of(window), a_policy()
    replayed = replay(bench, policy)
    assert all(map(is_told, numbers(replayed)))
    for point in miss_rate_by_coverage(bench, policy):
        assert all(map(is_told, (point.miss_rate.value, point.miss_rate.low, point.miss_rate.high)))
    for each in reliability(bench, replayed):
        assert all(map(is_told, (each.observed.value, each.observed.low, each.observed.high)))
    load = load_by_hour(
        window.decided_at, replayed.labels == UNKNOWN, 0.0 * money, policy.staffing, window.observed
    )
    assert all(is_told(hour.unknowns) for hour in load)


def reported(world: World, propensity: float) -> Window:
    """Return a window in which one approved payment more is a fraud, by somebody who says how likely."""
    window = audited(world, 7).window
    place = int(np.flatnonzero((window.labels == LEGIT) & (window.truths == -1))[0])
    chances, known = window.truth_propensities.copy(), window.truths.copy()
    chances[place], known[place] = propensity, FRAUD_TRUTH
    return replace(window, truths=known, truth_propensities=chances)


@pytest.mark.parametrize("propensity", [5e-324, 1e-307, 1e-160, 1e-6, 0.001])
def test_one_report_moves_the_frauds_approved_by_no_more_than_its_share(propensity: float) -> None:
    policy = a_policy(audit_share_approved=0.2)
    world = a_world(5, size=2000, policy=policy)
    before = replay(ReplayTable.of(audited(world, 7).window), policy).outcome
    window = reported(world, propensity)
    after = replay(ReplayTable.of(window), policy).outcome
    was, becomes = before.risk.frauds_approved.value, after.risk.frauds_approved.value
    assert was is not None
    assert becomes is not None
    assert becomes - was <= MOST_SHARE * after.labels.legit * 1.05
    heaviest = after.risk.heaviest
    assert heaviest is not None
    place = np.flatnonzero((window.truth_propensities == propensity) & (window.truths == FRAUD_TRUTH))[0]
    assert heaviest.key == window.keys[place]


@given(propensities)
def test_no_truth_weighs_more_than_its_share_and_small_ones_stay_as_they_are(chances: np.ndarray) -> None:
    window = replace(
        a_world(3, size=SIZE).window,
        labels=np.zeros(SIZE, dtype=np.int8),
        truths=np.zeros(SIZE, dtype=np.int8),
        truth_propensities=chances,
    )
    known = known_rows(window)
    assert known.weights.max() <= max(MOST_SHARE, 2 / SIZE) * known.weights.sum() * (1 + 1e-9)
    plain = 1 / known.chances
    assert (known.weights <= plain).all()
    untouched = known.weights == plain
    assert (known.weights[untouched] <= known.weights.max()).all()
    assert np.ptp(known.weights[~untouched]) == 0 if (~untouched).any() else True
