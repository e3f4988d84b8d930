"""From labelled rows to a model with a first policy."""

import numpy as np
import pytest
import torch

from app.learning.learn import Learned, learn
from app.scoring.network.masks import masks_sha256
from app.triage.certificate import PromiseInfeasible
from tests.learning.builders import a_plan, made_up_transactions, nobody_watches


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(made_up_transactions(), a_plan(), watch=nobody_watches)


def test_what_can_be_learned_is_learned(learned: Learned) -> None:
    of_calibration = learned.facts["metrics"]["calibration"]
    assert of_calibration["auroc"]["value"] > 0.98
    assert of_calibration["brier_skill"]["value"] > 0.5
    auroc = of_calibration["auroc"]
    assert auroc["low"] <= auroc["value"] <= auroc["high"]
    assert of_calibration["frauds"] == 75


def test_the_certificate_is_of_the_calibration_part_alone(learned: Learned) -> None:
    assert learned.certificate.frauds == 75
    assert learned.certificate.rows_sha256 == learned.facts["parts"]["calibration"]["rows_sha256"]
    hashes = {part["rows_sha256"] for part in learned.facts["parts"].values()}
    assert len(hashes) == 2
    below = learned.facts["policies"]["miss at most 15%"]["calibration"]["miss_rate"] * 75
    assert learned.certificate.order == pytest.approx(below + 1)


def test_the_same_plan_and_data_give_the_same_model(learned: Learned) -> None:
    again = learn(made_up_transactions(), a_plan(), watch=nobody_watches)
    vectors = np.random.default_rng(0).normal(size=(50, 4))
    one, other = learned.scorer.score(vectors), again.scorer.score(vectors)
    assert np.array_equal(one.evidence_fraud, other.evidence_fraud)
    assert masks_sha256(learned.masks) == masks_sha256(again.masks)
    assert again.policy == learned.policy
    assert again.facts == learned.facts


def test_training_leaves_the_random_state_of_others_alone() -> None:
    state = torch.random.get_rng_state()
    learn(made_up_transactions(rows=400, frauds=120), a_plan(epochs=1), watch=nobody_watches)
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_promise_that_needs_more_frauds_says_how_many() -> None:
    few = made_up_transactions(rows=600, frauds=60)
    with pytest.raises(PromiseInfeasible, match="299 known frauds are needed"):
        learn(few, a_plan(miss_rate=0.01, epochs=1), watch=nobody_watches)


def test_a_value_far_off_is_not_approved_unseen(learned: Learned) -> None:
    assert learned.facts["far_off"]["approved_by_the_policy"] == 0


def test_frauds_keep_an_order_of_their_own(learned: Learned) -> None:
    """They once shared one logit: ReLU units fell silent on fraud when the offset started at zero."""
    data = made_up_transactions()
    vectors = learned.scorer.schema.standardised(data.features, data.amounts)[data.is_fraud]
    scores = learned.scorer.score(vectors)
    assert len(np.unique(scores.evidence_fraud)) > 0.95 * len(vectors)
    assert (scores.spread > 0).all()
