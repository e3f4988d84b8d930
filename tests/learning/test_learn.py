"""From labelled rows to a model with a first policy."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from app.learning.learn import Learned, learn
from app.learning.preparation.parts import stratified_parts_of
from app.learning.splits import short_hashes
from app.learning.taught.teaching import Teaching
from app.scoring.network.masks import masks_sha256
from app.scoring.out_of_fold import out_of_fold_scores
from app.triage.certificate import Kind, PromiseInfeasible
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
    assert of_calibration["frauds"] == 300


def test_the_certificate_rests_on_every_fraud(learned: Learned) -> None:
    assert learned.certificate.kind is Kind.CROSS_FITTED
    assert learned.certificate.frauds == 300
    assert learned.certificate.rows_sha256 == learned.facts["parts"]["calibration"]["rows_sha256"]
    below = learned.facts["policies"]["miss at most 15%"]["calibration"]["miss_rate"] * 300
    assert learned.certificate.order == pytest.approx(below + 1)


def test_a_certificate_held_out_rests_on_frauds_that_teach_nobody() -> None:
    data = made_up_transactions()
    parts = stratified_parts_of(data.is_fraud, data.origins, seed=1, holds_out=True)
    held_out = learn(replace(data, parts=parts), a_plan(), watch=nobody_watches)
    assert held_out.certificate.kind is Kind.HELD_OUT
    assert held_out.certificate.frauds == 75
    assert held_out.fitted_rows.size == 2250
    told = {name: part["rows_sha256"] for name, part in held_out.facts["parts"].items()}
    assert held_out.certificate.rows_sha256 == told["calibration"] != told["development"]


def test_who_scores_a_row_never_saw_it() -> None:
    data = made_up_transactions(rows=600, frauds=200)
    other = replace(data, is_fraud=data.is_fraud.copy())
    row, plan = 0, a_plan(epochs=1)
    other.is_fraud[row] = False
    parts = data.parted(seed=plan.seed)
    learned, changed = (
        learn(replace(each, parts=parts), plan, watch=nobody_watches) for each in (data, other)
    )
    fold = next(number for number, each in enumerate(parts.folds) if row in each.held_out)
    members = plan.recipe.members
    for number in range(len(parts.folds)):
        own = slice(number * members, (number + 1) * members)
        one, two = (each.network.weights[1][own] for each in (learned, changed))
        assert torch.equal(one, two) == (number == fold)
    hashes = short_hashes(data.sample(legit_weight=1.0).hashes[[row]])
    assert learned.fitted_folds[np.searchsorted(learned.fitted_rows, hashes)[0]] == fold


def test_rows_are_scored_by_their_group_as_by_its_networks_alone() -> None:
    data, plan = made_up_transactions(rows=600, frauds=200), a_plan(epochs=2)
    parts, sample = data.parted(seed=plan.seed), data.sample(legit_weight=plan.legit_weight)
    learned = learn(data, plan, watch=nobody_watches)
    teaching = Teaching(sample=sample, encoding=data.encoding, plan=plan)
    group = 2
    fitted = teaching.fit(parts.folds[group].learned, seed=plan.seed + 1 + group, watch=lambda *_: None)
    rows = parts.folds[group].held_out
    alone = fitted.member_margins(fitted.standardised(sample.raw[rows])).mean(axis=1)
    vectors = learned.scorer.schema.standardised(data.features[rows], data.amounts[rows])
    folds = np.full(rows.size, group, dtype=np.uint8)
    scores = out_of_fold_scores(learned.scorer, vectors, folds, groups=len(parts.folds))
    # The masks drop a fifth of the units, the networks alone none: the same but for their noise.
    assert np.corrcoef(scores.margin, alone)[0, 1] > 0.99
    members = learned.network(torch.from_numpy(vectors)).squeeze(-1).detach().numpy()
    own = slice(group * plan.recipe.members, (group + 1) * plan.recipe.members)
    assert members[own].mean(axis=0) == pytest.approx(alone, abs=1e-9)


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
