"""What steps cost is counted in the window where that says enough, else read from the model's card."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from app.triage.certificate import Promise
from app.triage.simulation.replay import replay
from app.triage.tuning.promised_steps import promised_steps
from app.triage.tuning.staircase import staircase
from app.workflows.policies.promise_steps import CountedOn, priced
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world, empty_window
from tests.triage.tuning.known_truth import Population

PART = Population().drawn(np.random.default_rng(2), frauds=351, legits=4_000)
STEPS = promised_steps(a_policy(), PART, Promise(miss_rate=0.1))


def the_card(confidence: float) -> dict[str, object]:
    evidence = PART.scores.evidence_fraud
    steps = staircase(
        evidence[PART.is_fraud],
        evidence[~PART.is_fraud],
        decline_at_least=a_policy().decline_at_least,
        base_rate=PART.base_rate,
        confidence=confidence,
    )
    return {"staircase": [asdict(step) for step in steps]}


def test_the_window_is_asked_first() -> None:
    world = a_world(4)
    found = priced(STEPS, world.window, the_card(0.95))
    assert (found.counted_on, found.transactions) == (CountedOn.WINDOW, 400)
    for step in found.steps:
        assert step.review_rate == replay(world.bench, step.policy).outcome.review_rate


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_the_card_knows_a_bound_whatever_confidence_it_was_made_with(confidence: float) -> None:
    found = priced(STEPS, empty_window(), the_card(confidence))
    assert found.counted_on is CountedOn.CARD
    evidence = PART.scores.evidence_fraud
    for step in found.steps:
        between = (evidence > step.policy.approve_at_most) & (evidence < step.policy.decline_at_least)
        shares = [np.mean(between[PART.is_fraud]), np.mean(between[~PART.is_fraud])]
        expected = PART.base_rate * shares[0] + (1 - PART.base_rate) * shares[1]
        assert step.review_rate == pytest.approx(expected)


def test_an_old_card_says_nothing_and_neither_do_bounds_below_its_steps() -> None:
    assert all(step.review_rate is None for step in priced(STEPS, empty_window(), {}).steps)
    low = [replace(each, policy=replace(each.policy, approve_at_most=-99.0)) for each in STEPS]
    assert all(step.review_rate is None for step in priced(low, empty_window(), the_card(0.95)).steps)
