"""Scarce hours go to the cases that save most, and are worth what the next case would have saved."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.scoring.arrays import Floats
from app.scoring.calibration.curves import Platt
from app.triage.costs import USUAL_COSTS, Costs
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.staffing import Staffing
from app.triage.tuning.capacity import CENT, CapacityProposal, propose_by_capacity
from app.triage.tuning.cost import banding_regret, propose_by_cost
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world
from tests.triage.tuning.oracles import cheapest_labels, review_most_valuable, savings_of_review

IDENTITY = Platt(slope=1.0, offset=0.0)
# In cents and per mille, as people set them.
money = st.integers(0, 5000).map(lambda cents: cents / 100)
shares = st.integers(0, 1000).map(lambda of_1000: of_1000 / 1000)
all_costs = st.builds(
    Costs,
    review=money,
    overhead=money,
    friction=money,
    detection_rate=shares,
    analyst_false_decline_rate=shares,
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Return probabilities and amounts of up to 30 payments, often alike."""
    size = draw(st.integers(0, 30))
    some = st.sampled_from([0.0, 0.01, 0.1, 0.2, 0.3, 0.5, 1.0]) | shares
    probability = draw(arrays(np.float64, size, elements=some))
    amounts = draw(arrays(np.float64, size, elements=st.sampled_from([1.0, 20.0, 500.0]) | money))
    return probability, amounts


def desk(reviews_per_day: float) -> Staffing:
    """Return one analyst who is open all day and judges so many cases."""
    return Staffing(analysts=1, minutes_per_review=1440 / reviews_per_day, opens_hour=0, closes_hour=0)


def a_bench(seed: int, size: int = 400) -> ReplayTable:
    window = a_world(seed, size=size).window
    scores = replace(window.scores, probability=IDENTITY.probability(window.scores.evidence_fraud))
    return ReplayTable.of(replace(window, scores=scores))


def proposed(bench: ReplayTable, reviews_per_day: float, **changes: float) -> tuple[Policy, CapacityProposal]:
    policy = a_policy(staffing=desk(reviews_per_day), **changes)
    return policy, propose_by_capacity(bench, policy, IDENTITY)


@given(cases(), all_costs, st.integers(0, 35))
def test_the_reviewed_are_the_most_saving_ones_and_never_more_than_there_are_slots(
    drawn: tuple[Floats, Floats], costs: Costs, slots: int
) -> None:
    probability, amounts = drawn
    chosen, _ = review_most_valuable(probability, amounts, costs, slots)
    savings = savings_of_review(probability, amounts, costs)
    assert int(chosen.sum()) == min(slots, int((savings > 0).sum()))
    assert (savings[chosen] > 0).all()
    if chosen.any():
        assert savings[chosen].min() >= savings[~chosen].max(initial=-np.inf)


@given(cases(), all_costs, st.integers(0, 35))
def test_the_shadow_price_is_what_one_more_slot_would_save(
    drawn: tuple[Floats, Floats], costs: Costs, slots: int
) -> None:
    probability, amounts = drawn
    savings = savings_of_review(probability, amounts, costs)

    def saved(slots: int) -> float:
        return float(savings[review_most_valuable(probability, amounts, costs, slots)[0]].sum())

    _, price = review_most_valuable(probability, amounts, costs, slots)
    assert price == pytest.approx(saved(slots + 1) - saved(slots), abs=1e-6)
    assert (price == 0) == (slots >= int((savings > 0).sum()))


@given(cases(), all_costs)
def test_with_a_slot_for_all_it_is_the_cost_rule(drawn: tuple[Floats, Floats], costs: Costs) -> None:
    probability, amounts = drawn
    chosen, price = review_most_valuable(probability, amounts, costs, amounts.size)
    savings = savings_of_review(probability, amounts, costs)
    is_clear = np.abs(savings) > 1e-9
    reviewed = cheapest_labels(probability, amounts, costs) == 1
    assert (chosen == reviewed)[is_clear].all()
    assert price == 0


@given(cases(), all_costs, st.integers(0, 35))
def test_scarce_slots_are_the_cost_rule_with_the_review_dearer_by_the_price(
    drawn: tuple[Floats, Floats], costs: Costs, slots: int
) -> None:
    probability, amounts = drawn
    chosen, price = review_most_valuable(probability, amounts, costs, slots)
    dearer = replace(costs, review=costs.review + price)
    is_clear = np.abs(savings_of_review(probability, amounts, dearer)) > 1e-9
    reviewed = cheapest_labels(probability, amounts, dearer) == 1
    assert (chosen == reviewed)[is_clear].all()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 5),
    st.floats(1, 30),
    st.floats(0, 0.05),
    st.sampled_from([0.0, 0.5, 3.0]),
    st.sampled_from([None, 1.0, 3.0]),
)
def test_the_proposal_never_takes_more_than_the_hours(
    seed: int, capacity: float, audits: float, near_width: float, spread_at_most: float | None
) -> None:
    bench = a_bench(seed)
    policy = a_policy(
        staffing=desk(capacity),
        audit_share_approved=audits,
        near_width=near_width,
        spread_at_most=spread_at_most,
    )
    try:
        found = propose_by_capacity(bench, policy, IDENTITY)
    except PolicyImpossible:
        priceless = propose_by_cost(policy, IDENTITY, review_surcharge=1e9)
        assert (replay(bench, priceless).outcome.reviews_per_day or 0) > capacity
    else:
        outcome = replay(bench, found.policy).outcome
        assert outcome.analyst_hours_per_day is not None
        assert found.reviews_per_day == outcome.reviews_per_day
        assert found.reviews_per_day <= policy.staffing.reviews_per_day
        assert outcome.analyst_hours_per_day <= policy.staffing.analyst_hours_per_day + 1e-9
        assert found.price_per_analyst_hour == pytest.approx(found.price_per_review * capacity / 24)


@pytest.mark.parametrize("capacity", [4, 6, 8, 10])
def test_a_cent_below_its_price_the_hours_do_not_do(capacity: float) -> None:
    bench = a_bench(7)
    policy, found = proposed(bench, capacity)
    assert found.price_per_review > 0
    cheaper = propose_by_cost(policy, IDENTITY, review_surcharge=found.price_per_review - CENT)
    assert (replay(bench, cheaper).outcome.reviews_per_day or 0) > capacity


def test_where_everything_fits_the_hours_are_worth_nothing_and_the_policy_is_that_of_cost() -> None:
    policy, found = proposed(a_bench(7), 300)
    assert (found.price_per_review, found.price_per_analyst_hour) == (0, 0)
    assert found.policy == propose_by_cost(policy, IDENTITY)


def test_more_hours_are_worth_less_each_and_cost_less_in_all() -> None:
    bench = a_bench(7, size=3000)
    found = [proposed(bench, capacity)[1] for capacity in (10, 20, 40, 80)]
    prices = [each.price_per_review for each in found]
    assert prices == sorted(prices, reverse=True)
    labels = [replay(bench, each.policy).labels for each in found]
    regrets = [banding_regret(each, bench.probability, bench.window.amounts, USUAL_COSTS) for each in labels]
    assert regrets == sorted(regrets, reverse=True)


def test_the_price_of_a_window_is_the_saving_of_its_next_case_but_for_the_bands() -> None:
    bench = a_bench(7, size=3000)
    policy, found = proposed(
        bench, 40, audit_share_approved=0.0, audit_share_near=0.0, audit_share_declined=0.0
    )
    _, price = review_most_valuable(
        bench.probability, bench.window.amounts, policy.costs, int(40 * (bench.window.observed.days or 0))
    )
    assert found.price_per_review == pytest.approx(price, rel=0.15)


def test_gates_and_audits_that_alone_take_more_than_the_hours_are_refused() -> None:
    with pytest.raises(PolicyImpossible, match="gates and audits alone leave people") as refused:
        proposed(a_bench(7), 20, spread_at_most=1.0)
    assert refused.value.field == "staffing.analysts"


def test_an_empty_desk_gets_no_cases() -> None:
    nobody = Staffing(analysts=0, minutes_per_review=3.0, opens_hour=7, closes_hour=21)
    policy = a_policy(
        staffing=nobody, audit_share_approved=0.0, audit_share_near=0.0, audit_share_declined=0.0
    )
    assert propose_by_capacity(a_bench(7), policy, IDENTITY).reviews_per_day == 0
