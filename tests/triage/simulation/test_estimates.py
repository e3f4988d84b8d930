"""What is known of a risk: exact where all is known, unbiased where people looked by chance."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.triage.binomial import clopper_pearson
from app.triage.labels import LABELS, Label
from app.triage.simulation.estimates import Estimate, Part, share, weighted_count_interval
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.simulation.window import FRAUD_TRUTH, NO_TRUTH
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world, all_known, audited, known

seeds = st.integers(0, 10_000)


@given(seeds, st.floats(-9, 0), st.floats(0, 5))
def test_where_all_is_known_the_figures_are_plain_counts(seed: int, approve: float, decline: float) -> None:
    world = all_known(a_world(seed))
    policy = a_policy(approve_at_most=approve, decline_at_least=decline)
    replayed = replay(world.bench, policy)
    risk, evidence = replayed.outcome.risk, world.window.scores.evidence_fraud
    frauds, legits = int(world.is_fraud.sum()), int((~world.is_fraud).sum())
    missed = int((world.is_fraud & (evidence <= approve)).sum())
    wronged = int((~world.is_fraud & (evidence >= decline)).sum())
    assert risk.frauds_approved.value == pytest.approx(missed)
    assert risk.legits_declined.value == pytest.approx(wronged)
    assert risk.amount_let_through.value == pytest.approx(
        world.window.amounts[world.is_fraud & (evidence <= approve)].sum()
    )
    assert (risk.known, risk.known_frauds, risk.known_frauds_approved) == (
        world.is_fraud.size,
        frauds,
        missed,
    )
    assert risk.not_known == ()
    low, high = clopper_pearson(missed, frauds, 0.975)
    assert risk.miss_rate == Estimate(value=missed / frauds, low=low, high=high)
    low, high = clopper_pearson(wronged, legits, 0.975)
    assert risk.false_decline_rate == Estimate(value=wronged / legits, low=low, high=high)


@pytest.mark.slow
def test_where_people_looked_by_chance_the_estimates_are_unbiased_and_cover_the_truth() -> None:
    """500 audits of the same 20,000 transactions; the policy asked about is not the one that decided."""
    deciding = a_policy(audit_share_approved=0.05, audit_share_declined=0.2, approve_at_most=-4.0)
    world = a_world(1, size=20_000, fraud_share=0.05, policy=deciding)
    policy = a_policy(approve_at_most=-3.0, decline_at_least=1.0)
    truth = replay(all_known(world).bench, policy).outcome.risk
    found = [replay(audited(world, seed).bench, policy).outcome.risk for seed in range(500)]
    for name in (
        "frauds_approved",
        "legits_declined",
        "miss_rate",
        "false_decline_rate",
        "amount_let_through",
    ):
        estimates = [getattr(risk, name) for risk in found]
        values = np.array([each.value for each in estimates])
        right = getattr(truth, name).value
        error = values.std() / np.sqrt(values.size)
        assert abs(values.mean() - right) < 4 * error + 0.01 * right, name
        covered = np.mean([each.low <= right <= each.high for each in estimates])
        assert covered >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / values.size), name


def test_a_zone_nobody_looked_at_is_not_known_and_never_zero() -> None:
    world = a_world(2)
    unknown = world.window.labels == LABELS.index(Label.UNKNOWN)
    risk = replay(known(world, unknown, 1.0).bench, a_policy()).outcome.risk
    assert risk.not_known == (Label.LEGIT, Label.FRAUD)
    assert risk.frauds_approved.value is risk.miss_rate.value is risk.amount_let_through.value is None
    # All that was approved may be fraud.
    approved = int((world.window.labels == LABELS.index(Label.LEGIT)).sum())
    assert risk.frauds_approved.high == approved
    assert risk.amount_let_through.high is None


def test_an_audit_that_finds_nothing_leaves_the_bound_of_its_size() -> None:
    """With no fraud among a audits the rate is at most about 3.7 / a at 97.5 %."""
    all_approved = a_policy(approve_at_most=99.0, decline_at_least=99.0)
    world = a_world(3, size=1000, fraud_share=0.0, policy=all_approved)
    audit = np.arange(1000) % 10 == 0
    risk = replay(known(world, audit, 0.1).bench, all_approved).outcome.risk
    assert risk.frauds_approved.value == 0
    assert risk.frauds_approved.high == pytest.approx(1000 * stats.chi2.ppf(0.975, 2) / 2 / 100, rel=1e-9)


def test_a_truth_whose_source_cannot_say_how_it_came_to_know_counts_in_no_rate() -> None:
    """Chargebacks come for frauds alone: with nothing else known they would make every approval a fraud."""
    world = a_world(4)
    frauds = world.is_fraud.copy()
    reported = known(world, frauds, np.nan)
    risk = replay(reported.bench, a_policy()).outcome.risk
    assert (risk.known, risk.frauds_approved.value) == (0, None)
    assert set(risk.not_known) == set(LABELS)


@given(seeds)
def test_what_a_window_lacks_changes_nothing(seed: int) -> None:
    """Rows in another order, and labels nobody asked for, leave every figure as it is."""
    world = audited(a_world(seed), seed)
    window = world.window
    order = np.random.default_rng(seed).permutation(window.size)
    shuffled = replace(
        window,
        scores=window.scores.selected(order),
        **{
            name: getattr(window, name)[order]
            for name in (
                "keys",
                "amounts",
                "standings",
                "labels",
                "propensities",
                "truths",
                "truth_propensities",
            )
        },
    )
    one, other = (replay(ReplayTable.of(each), a_policy()).outcome.risk for each in (window, shuffled))
    for name in ("frauds_approved", "miss_rate", "amount_let_through", "legits_declined"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value)
        assert getattr(one, name).high == pytest.approx(getattr(other, name).high)


@given(st.integers(0, 500), st.floats(0.5, 0.999))
def test_equal_weights_give_the_exact_poisson_interval(events: int, confidence: float) -> None:
    """Garwood (1936), by the chi-square quantiles of the textbooks."""
    low, high = weighted_count_interval(float(events), float(events), largest=1.0, confidence=confidence)
    tail = (1 - confidence) / 2
    assert low == pytest.approx(stats.chi2.ppf(tail, 2 * events) / 2 if events else 0.0)
    assert high == pytest.approx(stats.chi2.ppf(1 - tail, 2 * events + 2) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.5, 3.0, 20.0])
def test_the_weighted_interval_covers_the_truth(mean: float) -> None:
    """Ten strata with weights from 1 to 200, 4,000 drawings: at least the promised coverage."""
    generator = np.random.default_rng(5)
    weights = np.geomspace(1, 200, 10)
    rates = np.full(10, mean / 10)
    truth = float(weights @ rates)
    covered = 0
    for counts in generator.poisson(rates, size=(4000, 10)):
        low, high = weighted_count_interval(
            float(weights @ counts), float(weights**2 @ counts), largest=200.0, confidence=0.95
        )
        covered += low <= truth <= high
    assert covered / 4000 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 4000)


@settings(max_examples=50)
@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 50))
def test_a_share_lies_in_its_interval_and_what_is_unknown_widens_it(
    part: float, rest: float, unknown: float
) -> None:
    def a_part(total: float, unknown_rows: float) -> Part:
        return Part(
            sum=total, squares=total * 2, events=int(total), largest=2.0,
            unknown_rows=unknown_rows, is_known=True, is_complete=False,
        )  # fmt: skip

    narrow, wide = (
        share(a_part(part, 0), a_part(rest, 0)),
        share(a_part(part, unknown), a_part(rest, unknown)),
    )
    assert narrow.high is not None
    assert wide.high is not None
    assert wide.low <= narrow.low <= (narrow.value or 0.0) <= narrow.high <= wide.high or part + rest == 0


def test_no_fraud_known_is_no_miss_rate_of_zero() -> None:
    world = all_known(a_world(6, fraud_share=0.0))
    assert replay(world.bench, a_policy()).outcome.risk.miss_rate == Estimate(value=None, low=0.0, high=1.0)


def test_known_truths_are_not_counted_twice() -> None:
    world = all_known(a_world(7))
    some = replace(
        world.window,
        truths=np.where(world.window.keys % 2 == 0, world.window.truths, NO_TRUTH).astype(np.int8),
        truth_propensities=np.where(world.window.keys % 2 == 0, 0.5, np.nan),
    )  # fmt: skip
    risk = replay(ReplayTable.of(some), a_policy()).outcome.risk
    assert risk.known == int((world.window.keys % 2 == 0).sum())
    assert risk.known_frauds == int((some.truths == FRAUD_TRUTH).sum())
