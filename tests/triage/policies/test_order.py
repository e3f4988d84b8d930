"""A policy that approves no more keeps the other's promise: held against the decisions themselves."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from app.triage.costs import USUAL_COSTS
from app.triage.deciding import decide
from app.triage.labels import LABELS, STANDINGS, Label, Standing
from app.triage.policies.order import approves_no_more, declines_alike, differences
from app.triage.policies.policy import AmountBand, Bounds, Policy
from tests.triage.builders import a_policy, some_scores
from tests.triage.test_deciding import policies

STEPS = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])


def labels_of(policy: Policy) -> np.ndarray:
    """Decide a grid of all that a policy can look at."""
    evidence, legit, amounts, spread = (
        each.ravel()
        for each in np.meshgrid(
            np.arange(-10, 10.25, 0.5), STEPS * 4, [0.0, 10.0, 50.0, 100.0], [0.0, 30.0, 99.0]
        )
    )
    scores = some_scores(evidence, legit=legit, spread=spread, novelty=spread, information=spread / 100)
    standings = np.full(evidence.size, STANDINGS.index(Standing.SCORED), dtype=np.int8)
    return decide(scores, standings, amounts, policy).labels


@given(policies(), policies())
def test_it_approves_no_more_only_if_it_really_does(policy: Policy, other: Policy) -> None:
    if approves_no_more(policy, other):
        legit = LABELS.index(Label.LEGIT)
        assert not ((labels_of(policy) == legit) & (labels_of(other) != legit)).any()
    if declines_alike(policy, other):
        fraud = LABELS.index(Label.FRAUD)
        assert ((labels_of(policy) == fraud) == (labels_of(other) == fraud)).all()


@given(policies())
def test_a_policy_keeps_its_own_promises(policy: Policy) -> None:
    assert approves_no_more(policy, policy)
    assert declines_alike(policy, policy)
    assert differences(policy, policy) == ()


BASE = a_policy(spread_at_most=3.0, novelty_at_most=99.0)
LARGE = AmountBand(amount_from=100.0, bounds=Bounds(approve_at_most=-5.0, decline_at_least=2.0))


@pytest.mark.parametrize(
    ("changes", "keeps"),
    [
        ({"approve_at_most": -4.0}, True),
        ({"approve_at_most": -2.9}, False),
        ({"decline_at_least": 1.0}, True),
        ({"spread_at_most": 2.0}, True),
        ({"spread_at_most": None}, False),
        ({"novelty_at_most": 99.5}, False),
        ({"expected_loss_at_most": 50.0}, True),
        ({"bands": (LARGE,)}, True),
        ({"bands": (replace(LARGE, bounds=replace(LARGE.bounds, approve_at_most=-1.0)),)}, False),
        ({"model_version": "another"}, False),
        ({"audit_share_approved": 0.5}, True),
    ],
)
def test_what_loosens_and_what_does_not(changes: dict[str, object], keeps: bool) -> None:
    assert approves_no_more(replace(BASE, **changes), BASE) is keeps  # type: ignore[arg-type]


def test_a_lower_overhead_lets_more_exposure_through() -> None:
    limited = replace(BASE, expected_loss_at_most=50.0)
    cheaper = replace(limited, costs=replace(USUAL_COSTS, overhead=5.0))
    assert not approves_no_more(cheaper, limited)
    assert approves_no_more(limited, cheaper)


def test_the_differences_name_what_a_manager_changed() -> None:
    changed = replace(BASE, approve_at_most=-4.0, spread_at_most=None, bands=(LARGE,))
    told = {each.field: (each.before, each.after) for each in differences(BASE, changed)}
    assert told == {
        "approve_at_most": (-3.0, -4.0),
        "spread_at_most": (3.0, None),
        "bands.100.approve_at_most": (None, -5.0),
        "bands.100.decline_at_least": (None, 2.0),
    }


def test_bands_that_begin_close_to_each_other_are_told_apart() -> None:
    starts = (1_234_567.0, 1_234_568.25)
    changed = replace(BASE, bands=tuple(replace(LARGE, amount_from=start) for start in starts))
    told = {each.field for each in differences(BASE, changed)}
    assert {f"bands.{start}.approve_at_most" for start in ("1234567", "1234568.25")} <= told


def test_bands_that_begin_next_to_each_other_are_two_in_a_comparison() -> None:
    bounds = Bounds(approve_at_most=-5.0, decline_at_least=2.0)
    first = AmountBand(amount_from=0.3, bounds=bounds)
    second = AmountBand(amount_from=0.1 + 0.2, bounds=bounds)
    one, both = a_policy(bands=(first,)), a_policy(bands=(first, second))
    assert [each.field for each in differences(one, both)] == [
        "bands.0.30000000000000004.approve_at_most",
        "bands.0.30000000000000004.decline_at_least",
    ]
