"""What lists decide, held against a plain reading of the rule, payment by payment."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.deciding import decide, label_propensities
from app.triage.labels import LISTINGS, STANDINGS, Codes, Label, Listed, Reason, Standing
from app.triage.policies.bounds import bounds_at
from app.triage.policies.choices import AboveDecline, ListsInForce, WrongFeed
from app.triage.policies.policy import Policy
from app.triage.simulation.curves import miss_rate_by_coverage
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.simulation.review_rates import review_rates
from tests.triage.builders import a_policy, in_words, some_scores
from tests.triage.simulation.builders import a_world, all_known

POLICIES = st.builds(
    a_policy,
    approve_at_most=st.sampled_from([-4.0, -3.0, 3.0]),
    novelty_at_most=st.sampled_from([None, 40.0]),
    expected_loss_at_most=st.sampled_from([None, 1.0]),
    wrong_feed=st.sampled_from(WrongFeed),
    lists=st.sampled_from(ListsInForce),
    allow_amount_at_most=st.sampled_from([None, 50.0]),
    allow_above_decline=st.sampled_from(AboveDecline),
)
PAYMENTS = st.lists(
    st.tuples(
        st.sampled_from([-5.0, -3.0, 0.0, 2.0, 4.0]),
        st.sampled_from(STANDINGS),
        st.sampled_from([10.0, 50.0, 50.01]),
        st.sampled_from(LISTINGS),
    ),
    min_size=1,
    max_size=9,
)


def codes(listed: list[Listed | None]) -> Codes:
    return np.array([LISTINGS.index(each) for each in listed], dtype=np.int8)


def as_read(
    evidence: float,
    standing: Standing,
    amount: float,
    listed: Listed | None,
    policy: Policy,
    otherwise: tuple[Label, Reason],
) -> tuple[Label, Reason]:
    """Return what the rule says in words; `otherwise`: what is decided without lists."""
    if listed is Listed.BLOCK and policy.lists is not ListsInForce.NONE:
        return Label.FRAUD, Reason.BLOCKED
    if listed is not Listed.ALLOW or policy.lists is not ListsInForce.BOTH:
        return otherwise
    if standing not in {Standing.SCORED, Standing.UNUSUAL_FEED} or otherwise[1] is Reason.UNUSUAL_FEED:
        return otherwise
    if policy.allow_amount_at_most is not None and amount > policy.allow_amount_at_most:
        return otherwise
    is_declined = evidence >= bounds_at(policy, amount).decline_at_least
    if is_declined and policy.allow_above_decline is AboveDecline.DECLINE:
        return otherwise
    return Label.LEGIT, Reason.ALLOWED


@given(POLICIES, PAYMENTS)
def test_lists_decide_as_the_rule_reads(
    policy: Policy, payments: list[tuple[float, Standing, float, Listed | None]]
) -> None:
    scores = some_scores([each[0] for each in payments])
    standings = np.array([STANDINGS.index(each[1]) for each in payments], dtype=np.int8)
    amounts = np.array([each[2] for each in payments])
    without = in_words(decide(scores, standings, amounts, policy))
    decided = in_words(decide(scores, standings, amounts, policy, codes([each[3] for each in payments])))
    assert decided == [
        as_read(*payment, policy, otherwise) for payment, otherwise in zip(payments, without, strict=True)
    ]


def test_who_is_blocked_needs_no_score() -> None:
    scores = some_scores([nan, nan])
    standings = np.full(2, STANDINGS.index(Standing.MODEL_UNAVAILABLE), dtype=np.int8)
    listed = codes([Listed.BLOCK, Listed.ALLOW])
    decided = in_words(decide(scores, standings, np.zeros(2), a_policy(), listed))
    assert decided == [(Label.FRAUD, Reason.BLOCKED), (Label.UNKNOWN, Reason.MODEL_UNAVAILABLE)]


def test_listings_of_other_payments_are_refused() -> None:
    with pytest.raises(ValueError, match="one listing per score"):
        decide(some_scores([1.0]), codes([None]), np.zeros(1), a_policy(), codes([None, None]))


def test_what_a_list_decided_is_audited_like_any_other_decision() -> None:
    scores, amounts = some_scores([0.0, 0.0]), np.full(2, 10.0)
    policy = a_policy(audit_share_approved=0.25, audit_share_declined=0.5)
    listed = codes([Listed.ALLOW, Listed.BLOCK])
    decisions = decide(scores, codes([None, None]), amounts, policy, listed)
    assert label_propensities(decisions, scores, amounts, policy).tolist() == [0.25, 0.5]


@given(st.integers(0, 1000))
def test_pictures_and_steps_of_the_lab_say_what_its_replay_says(seed: int) -> None:
    world = all_known(a_world(seed, size=120))
    listed = np.random.default_rng(seed).integers(0, 3, 120).astype(np.int8)
    world = replace(world, window=replace(world.window, listed=listed))
    bench, policy = ReplayTable.of(world.window), a_policy()
    outcome = replay(bench, policy).outcome
    (here,) = [each for each in miss_rate_by_coverage(bench, policy) if each.shift == 0]
    assert here.coverage == pytest.approx(outcome.coverage)
    assert here.miss_rate == outcome.risk.miss_rate
    assert review_rates(world.window, [policy]) == pytest.approx((outcome.review_rate,))
