"""Rates of people by truths of others: exact where chances are one, bounded where a side is silent."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.review.outcome import GroundTruth
from app.review.quality.measured import Checked, exact_rate, measured_rates, weighted_rate
from app.triage.measured_rates import Basis, MeasuredRate

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT
TRUTHS = st.sampled_from([FRAUD, LEGIT, None])
ONE = Checked(said=FRAUD, truth=FRAUD, chance=1.0, cases=1)


def some(said: GroundTruth, truth: GroundTruth | None, cases: int, chance: float | None = 1.0) -> Checked:
    return Checked(said=said, truth=truth, chance=chance, cases=cases)


def by_basis(measured: tuple[MeasuredRate, ...], basis: Basis) -> MeasuredRate:
    return next(each for each in measured if each.basis is basis)


@given(st.lists(st.tuples(st.sampled_from([FRAUD, LEGIT]), st.sampled_from([FRAUD, LEGIT])), max_size=60))
def test_known_truths_are_counted_one_by_one_and_bounded_exactly(
    judged: list[tuple[GroundTruth, GroundTruth]],
) -> None:
    checked = [some(said, truth, 1) for said, truth in judged]
    for truth in (FRAUD, LEGIT):
        said = [said for said, known in judged if known is truth]
        found = exact_rate(checked, truth)
        if not said:
            assert (found.value, found.low, found.high) == (None, 0.0, 1.0)
            continue
        exact = stats.binomtest(said.count(FRAUD), len(said)).proportion_ci(0.95, method="exact")
        assert found.value == pytest.approx(said.count(FRAUD) / len(said))
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from([FRAUD, LEGIT]), TRUTHS), min_size=1, max_size=12))
def test_however_open_truths_turn_out_the_interval_holds_theirs(
    judged: list[tuple[GroundTruth, GroundTruth | None]],
) -> None:
    found = exact_rate([some(said, truth, 1) for said, truth in judged], FRAUD)
    for bits in range(2 ** sum(truth is None for _, truth in judged)):
        turned = iter(f"{bits:012b}"[::-1])
        settled = [
            some(said, truth or (FRAUD if next(turned) == "1" else LEGIT), 1) for said, truth in judged
        ]
        closed = exact_rate(settled, FRAUD)
        if closed.value is not None and closed.high is not None and found.high is not None:
            assert found.low <= closed.low + 1e-12
            assert closed.high <= found.high + 1e-12


def test_each_kind_of_truth_stands_by_itself() -> None:
    measured = measured_rates(
        [some(FRAUD, FRAUD, 45), some(LEGIT, FRAUD, 5), some(FRAUD, LEGIT, 2), some(LEGIT, LEGIT, 48)],
        [some(FRAUD, FRAUD, 8, 0.1), some(LEGIT, FRAUD, 2, 0.1)],
        [],
    )
    control = by_basis(measured.detection_rate, Basis.CONTROL_CASES)
    assert (control.rate.value, control.cases, control.is_usable) == (0.9, 50, True)
    declined = by_basis(measured.analyst_false_decline_rate, Basis.CONTROL_CASES)
    assert declined.rate.value == pytest.approx(0.04)
    second = by_basis(measured.detection_rate, Basis.SECOND_REVIEWS)
    assert (second.rate.value, second.cases, second.is_usable) == (0.8, 10, False)
    assert by_basis(measured.detection_rate, Basis.LATER_REPORTS).rate.value is None


def test_chargebacks_alone_only_bound_what_people_find() -> None:
    """They speak of what was approved: 20 missed frauds of 100 called fraud and 900 called legit."""
    reports = [some(LEGIT, FRAUD, 20, None), some(LEGIT, None, 880, None), some(FRAUD, None, 100, None)]
    measured = measured_rates([], [], reports)
    found = by_basis(measured.detection_rate, Basis.LATER_REPORTS)
    assert (found.rate.value, found.cases, found.rate.low) == (None, 20, 0.0)
    # At best all 100 were frauds.
    assert found.rate.high == pytest.approx(stats.beta.ppf(0.975, 101, 20))
    declined = by_basis(measured.analyst_false_decline_rate, Basis.LATER_REPORTS).rate
    assert (declined.value, declined.low, declined.high) == (None, 0.0, 1.0)


def test_a_stated_chance_on_one_side_alone_is_no_rate() -> None:
    reports = [some(LEGIT, FRAUD, 40, 0.7), some(FRAUD, None, 100, None)]
    assert by_basis(measured_rates([], [], reports).detection_rate, Basis.LATER_REPORTS).rate.value is None
    both = [*reports, some(FRAUD, FRAUD, 60, 0.7)]
    found = by_basis(measured_rates([], [], both).detection_rate, Basis.LATER_REPORTS).rate
    assert found.value == pytest.approx(0.6)


def test_rare_second_looks_weigh_for_those_that_were_not_drawn() -> None:
    seconds = [some(FRAUD, FRAUD, 10, 1.0), some(FRAUD, FRAUD, 6, 0.1), some(LEGIT, FRAUD, 4, 0.1)]
    found = weighted_rate(seconds, FRAUD)
    assert found.value == pytest.approx(70 / 110)
    waits = weighted_rate([*seconds, some(FRAUD, None, 3, 0.1)], FRAUD)
    assert waits.high is not None
    assert found.high is not None
    assert waits.high > found.high
    assert waits.low <= found.low


@pytest.mark.slow
def test_weighted_intervals_hold_the_rate_in_ninety_five_of_a_hundred_worlds() -> None:
    rng = np.random.default_rng(15)
    held = 0
    for _ in range(1_000):
        dear = rng.random(800) < 0.1
        says_fraud = rng.random(800) < np.where(dear, 0.95, 0.7)
        seen = rng.random(800) < np.where(dear, 1.0, 0.1)
        seconds = [
            replace(ONE, said=FRAUD if said else LEGIT, chance=chance, cases=int(count))
            for said in (True, False)
            for chance, inside in ((1.0, dear), (0.1, ~dear))
            if (count := (seen & inside & (says_fraud == said)).sum())
        ]
        found = weighted_rate(seconds, FRAUD)
        held += found.low <= 0.1 * 0.95 + 0.9 * 0.7 <= (found.high or 0.0)
    assert held >= 950
