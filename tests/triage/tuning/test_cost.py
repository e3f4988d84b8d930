"""Bounds by cost against what every outcome of every decision costs, by brute force."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from app.scoring.arrays import Floats
from app.scoring.calibration.calibrator import Calibrator
from app.scoring.calibration.curves import Platt
from app.scoring.calibration.steps import Isotonic
from app.triage.costs import USUAL_COSTS, Costs, cost_bounds
from app.triage.labels import Codes
from app.triage.policies.policy import Policy
from app.triage.simulation.replay import ReplayTable, replay
from app.triage.tuning.cost import AMOUNTS_FROM, banding_regret, propose_by_cost
from tests.triage.builders import a_policy, decided, some_scores
from tests.triage.simulation.builders import a_world
from tests.triage.tuning.oracles import cheapest_labels

IDENTITY = Platt(slope=1.0, offset=0.0)
STEPS = Isotonic(
    evidence=np.array([-9.0, -7.0, -4.5, -4.0, -1.0, 1.0, 2.0]),
    probability_at=np.array([0.0, 0.002, 0.002, 0.05, 0.3, 0.3, 0.9]),
)


def some_costs(generator: np.random.Generator) -> Costs:
    """Return costs of any business, the degenerate ones (nothing found, nothing lost) among them."""
    return Costs(
        review=float(generator.choice([0, generator.exponential(3)])),
        overhead=float(generator.choice([0, generator.exponential(20)])),
        friction=float(generator.choice([0, generator.exponential(10)])),
        detection_rate=float(generator.choice([0, 1, generator.random()], p=[0.1, 0.1, 0.8])),
        analyst_false_decline_rate=float(generator.choice([0, 1, generator.random()], p=[0.2, 0.1, 0.7])),
    )


def brute_force(probability: Floats, amounts: Floats, costs: Costs) -> Floats:
    """Return what approving, reviewing and declining cost, summed over truth x verdict; (3, cases)."""
    total = np.zeros((3, probability.size))
    for is_fraud in (True, False):
        truth = probability if is_fraud else 1 - probability
        paid_if_approved = amounts + costs.overhead if is_fraud else np.zeros(amounts.size)
        paid_if_declined = 0.0 if is_fraud else costs.friction
        declines = costs.detection_rate if is_fraud else costs.analyst_false_decline_rate
        verdict = declines * paid_if_declined + (1 - declines) * paid_if_approved
        total += truth * np.stack(
            [paid_if_approved, costs.review + verdict, np.full(amounts.size, paid_if_declined)]
        )
    return total


def paid(labels: Codes, options: Floats) -> Floats:
    return np.asarray(options[labels, np.arange(labels.size)])


def proposal_of(
    costs: Costs, calibrator: Calibrator = IDENTITY, amounts_from: tuple[float, ...] = AMOUNTS_FROM
) -> Policy:
    return propose_by_cost(a_policy(costs=costs), calibrator, amounts_from=amounts_from)


def banded(policy: Policy, calibrator: Calibrator = IDENTITY, size: int = 2000) -> tuple[ReplayTable, Codes]:
    """Return a window whose probability is the calibrated one, and what the policy says of it."""
    window = a_world(3, size=size).window
    scores = replace(window.scores, probability=calibrator.probability(window.scores.evidence_fraud))
    bench = ReplayTable.of(replace(window, scores=scores))
    return bench, replay(bench, policy).labels


def test_the_label_of_the_bounds_costs_least_in_100_000_random_cases() -> None:
    generator = np.random.default_rng(0)
    kinds = np.zeros(3, dtype=np.int64)
    for _ in range(1000):
        costs = some_costs(generator)
        probability, amounts = generator.random(100) ** 3, generator.exponential(88, 100)
        labels = cheapest_labels(probability, amounts, costs)
        options = brute_force(probability, amounts, costs)
        least = options.min(axis=0)
        assert paid(labels, options) == pytest.approx(least, rel=1e-9, abs=1e-9)
        is_clear = np.sort(options, axis=0)[1] > least + 1e-9
        assert (labels == options.argmin(axis=0))[is_clear].all()
        kinds += np.bincount(labels, minlength=3)
    assert kinds.min() > 1000


def test_a_hair_beside_a_bound_another_label_costs_less() -> None:
    amounts = np.geomspace(1, 5000, 500)
    low, high = cost_bounds(amounts, USUAL_COSTS)
    for probability, cheapest in ((low - 1e-6, 0), (low + 1e-6, 1), (high - 1e-6, 1), (high + 1e-6, 2)):
        options = brute_force(probability, amounts, USUAL_COSTS)
        assert (options.argmin(axis=0) == cheapest).all()


@pytest.mark.parametrize("seed", range(40))
def test_in_the_middle_of_a_band_its_bounds_decide_as_the_amount_itself_would(seed: int) -> None:
    generator = np.random.default_rng(seed)
    costs = some_costs(generator)
    policy = proposal_of(costs, amounts_from=(10.0, 100.0, 1000.0))
    evidence = np.round(generator.normal(-3, 4, 300), 6)
    for middle in (5.0, 1000**0.5, 100_000**0.5, 1000.0):
        amounts = np.full(evidence.size, middle)
        labels = decided(some_scores(evidence), policy, amounts).labels
        probability = IDENTITY.probability(evidence)
        options = brute_force(probability, amounts, costs)
        # Evidence within one step of a bound may go either way.
        assert paid(labels, options) == pytest.approx(options.min(axis=0), abs=1e-5 * (middle + 100))


def test_the_bounds_of_a_band_are_the_logits_of_the_method_notes() -> None:
    policy = proposal_of(USUAL_COSTS, amounts_from=(22.0, 122.0, 1000.0))
    last = policy.all_bands[-1]
    assert last.amount_from == 1000
    assert last.bounds.approve_at_most == pytest.approx(log(0.0038 / 0.9962), abs=0.02)
    assert last.bounds.decline_at_least == pytest.approx(log(0.058 / 0.942), abs=0.02)


@pytest.mark.parametrize("calibrator", [IDENTITY, Platt(slope=0.7, offset=-1.0), STEPS])
def test_the_regret_of_bands_is_what_they_cost_more_than_brute_force(calibrator: Calibrator) -> None:
    policy = proposal_of(USUAL_COSTS, calibrator)
    bench, labels = banded(policy, calibrator)
    amounts, days = bench.window.amounts, bench.window.observed.days or 0
    options = brute_force(bench.probability, amounts, USUAL_COSTS)
    exact = float(options.min(axis=0).sum())
    told = banding_regret(labels, bench.probability, amounts, USUAL_COSTS)
    assert told == pytest.approx(float(paid(labels, options).sum()) - exact, abs=1e-6)
    simulated = (replay(bench, policy).outcome.expected_cost_per_day or 0) * days
    assert told == pytest.approx(simulated - exact, abs=1e-6)
    assert 0 <= told < 0.03 * exact


def test_the_exact_rule_has_no_regret_and_one_band_more_than_eleven() -> None:
    bench, labels = banded(proposal_of(USUAL_COSTS))
    amounts, probability = bench.window.amounts, bench.probability
    exact = cheapest_labels(probability, amounts, USUAL_COSTS)
    assert banding_regret(exact, probability, amounts, USUAL_COSTS) == pytest.approx(0, abs=1e-9)
    _, coarse = banded(proposal_of(USUAL_COSTS, amounts_from=(5000.0,)))
    fine, rough = (banding_regret(each, probability, amounts, USUAL_COSTS) for each in (labels, coarse))
    assert 0 <= fine < rough


def test_gates_and_the_rest_of_the_policy_stay_as_they_were() -> None:
    base = a_policy(spread_at_most=2.0, novelty_at_most=99.0, expected_loss_at_most=50.0)
    policy = propose_by_cost(base, IDENTITY)
    assert len(policy.bands) == len(AMOUNTS_FROM)
    assert replace(policy, approve_at_most=-3.0, decline_at_least=2.0, bands=()) == base


def test_a_dearer_review_is_asked_for_less_often() -> None:
    base = a_policy()
    policies = [propose_by_cost(base, IDENTITY, review_surcharge=price) for price in (0.0, 1.0, 3.0, 100.0)]
    unknowns = [int((banded(policy)[1] == 1).sum()) for policy in policies]
    assert unknowns == sorted(unknowns, reverse=True)
    assert len(set(unknowns)) == 4
    assert unknowns[-1] == 0
    assert {policy.costs for policy in policies} == {base.costs}
