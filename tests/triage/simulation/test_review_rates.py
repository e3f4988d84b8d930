"""What policies leave to people is what the replay of each counts."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.triage.policies.policy import AmountBand, Bounds
from app.triage.simulation.replay import replay
from app.triage.simulation.review_rates import review_rates
from app.triage.tuning.evidence import shifted
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world


@given(
    seed=st.integers(0, 2**32 - 1),
    shifts=st.lists(st.floats(-9, 9), min_size=1, max_size=5),
    has_bands=st.booleans(),
    spread=st.none() | st.floats(0, 4),
    loss=st.none() | st.floats(0, 100),
)
def test_each_rate_is_that_of_the_replay(
    seed: int, shifts: list[float], has_bands: bool, spread: float | None, loss: float | None
) -> None:
    world = a_world(seed, size=150)
    # Whole numbers, so that evidence often lies on a bound.
    scores = replace(world.window.scores, evidence_fraud=np.round(world.window.scores.evidence_fraud))
    window = replace(world.window, scores=scores)
    bands = (
        AmountBand(amount_from=90.0, bounds=Bounds(approve_at_most=-6.0, decline_at_least=1.0)),
    ) * has_bands
    base = a_policy(
        approve_at_most=-4.0,
        decline_at_least=2.0,
        spread_at_most=spread,
        expected_loss_at_most=loss,
        bands=bands,
    )
    policies = [shifted(base, float(np.round(shift))) for shift in shifts]
    bench = replace(world, window=window).bench
    assert list(review_rates(window, policies)) == [
        replay(bench, policy).outcome.review_rate for policy in policies
    ]


def test_of_no_policy_there_is_no_rate() -> None:
    assert review_rates(a_world(1).window, []) == ()
