"""Batched passes against the naive loop, and dropout against its closed form."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.network.closed_form import free_passes
from app.scoring.network.masks import draw_masks, masks_sha256
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import DeviceUnavailable, Passes, choose_device
from app.scoring.scorer import Scorer
from tests.scoring.builders import a_network, a_scorer, an_embedding, vectors
from tests.scoring.network.members import members_apart

HEADS = ("margin", "one_vs_all", "constant_logit", "distance")


def naive_loop(network: Mlp, masks: NDArray[np.bool_], inputs: Floats) -> Floats:
    """T whole forwards, one per stored mask, each of one member alone: the oracle."""
    apart, kept = members_apart(network), torch.from_numpy(masks / (1 - network.dropout))
    told = []
    with torch.inference_mode():
        for number, mask in enumerate(kept):
            member = apart[number % network.members]
            told.append(member.head(member.trunk(torch.from_numpy(inputs)) * mask)[0])
    return torch.stack(told, dim=1).numpy()


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("members", [1, 4])
@pytest.mark.parametrize("hidden", [(8,), (16, 8), (16, 8, 4)])
@pytest.mark.parametrize("batch", [1, 33])
def test_the_batched_passes_are_those_of_the_naive_loop(
    hidden: tuple[int, ...], batch: int, members: int, head: str
) -> None:
    network = a_network(columns=5, hidden=hidden, dropout=0.3, members=members, head=head)
    masks = draw_masks(hidden=hidden[-1], dropout=0.3, seed=4)
    inputs = vectors(batch, columns=5)
    logits = Passes(network, masks, device="cpu").logits(inputs)
    assert logits.shape == (batch, 64, network.head.classes)
    assert np.allclose(logits, naive_loop(network, masks, inputs), rtol=0, atol=1e-12)


@pytest.mark.parametrize("head", HEADS)
def test_the_margins_are_fraud_less_legit(head: str) -> None:
    network = a_network(columns=5, members=4, head=head)
    passes = Passes(network, draw_masks(hidden=8, dropout=0.2, seed=4), device="cpu")
    inputs = vectors(9, columns=5)
    logits = passes.logits(inputs)
    told = logits[..., 0] if head == "margin" else logits[..., 0] - logits[..., 1]
    assert np.array_equal(passes.margins(inputs), told)
    assert np.array_equal(passes.margins_tensor(torch.from_numpy(inputs)).numpy(), told)


@pytest.mark.parametrize("head", HEADS)
def test_no_rows_give_no_margins(head: str) -> None:
    passes = Passes(a_network(members=4, head=head), draw_masks(hidden=8, dropout=0.2, seed=0), device="cpu")
    assert passes.margins(np.empty((0, 4))).shape == (0, 64)


@pytest.mark.parametrize("head", HEADS)
def test_batch_mates_move_a_margin_by_less_than_its_last_kept_digit(head: str) -> None:
    network = a_network(columns=5, members=4, head=head)
    passes = Passes(network, draw_masks(hidden=8, dropout=0.2, seed=0), device="cpu")
    inputs = vectors(257, columns=5)
    whole = passes.margins(inputs)
    for row in range(0, 257, 32):
        assert np.abs(passes.margins(inputs[row : row + 1])[0] - whole[row]).max() < 1e-11


def test_a_member_that_learned_nothing_is_no_hindrance() -> None:
    """A first layer of zeros alone, as strong weight decay may leave it."""
    network = a_network(columns=5, members=2)
    with torch.no_grad():
        network.weights[0][1] = 0
    masks = draw_masks(hidden=8, dropout=0.2, seed=0)
    inputs = vectors(3, columns=5)
    told = Passes(network, masks, device="cpu").logits(inputs)
    assert np.allclose(told, naive_loop(network, masks, inputs), rtol=0, atol=1e-12)


def test_the_network_given_stays_as_it_was() -> None:
    network = a_network(columns=5).float().train()
    Passes(network, draw_masks(hidden=8, dropout=0.2, seed=0), device="cpu")
    assert network.training
    assert network.weights[0].dtype == torch.float32
    assert network.weights[0].requires_grad


def test_masks_that_keep_everything_give_the_plain_forward() -> None:
    network = a_network(columns=5, hidden=(8, 8), dropout=0.0)
    masks = draw_masks(hidden=8, dropout=0.0, seed=0)
    inputs = vectors(7, columns=5)
    plain = network(torch.from_numpy(inputs)).detach().numpy()[0]
    margins = Passes(network, masks, device="cpu").margins(inputs)
    assert np.allclose(margins, plain, rtol=0, atol=1e-12)


@pytest.mark.parametrize("members", [1, 4])
def test_mean_and_variance_over_many_masks_are_the_closed_form(members: int) -> None:
    network = a_network(columns=5, hidden=(32, 32), dropout=0.25, members=members)
    masks = draw_masks(hidden=32, dropout=0.25, seed=9, passes=100_000)
    inputs = vectors(3, columns=5)
    margins = Passes(network, masks, device="cpu").margins(inputs)
    mean, variance = free_passes(network, inputs)
    assert margins.var(axis=1) == pytest.approx(variance, rel=0.02)
    assert margins.mean(axis=1) == pytest.approx(mean, abs=4 * np.sqrt(variance.max() / 100_000))


def test_the_closed_form_is_that_of_one_member_written_out() -> None:
    """v = q / (1 - q) * sum w_i^2 h_i^2, and the mean is the plain forward."""
    network = a_network(columns=5, hidden=(32, 32), dropout=0.25)
    inputs = vectors(6, columns=5)
    hidden = network.trunk(torch.from_numpy(inputs)).detach().numpy()[0]
    weight = network.state_dict()["head.weight"].numpy()[0, :, 0]
    mean, variance = free_passes(network, inputs)
    assert variance == pytest.approx(0.25 / 0.75 * (weight**2 * hidden**2).sum(axis=1), rel=1e-12)
    assert mean == pytest.approx(network(torch.from_numpy(inputs)).detach().numpy()[0, :, 0], abs=1e-12)


def test_the_closed_form_of_members_is_the_law_of_total_variance() -> None:
    network = a_network(columns=5, members=4)
    inputs = vectors(6, columns=5)
    means, variances = zip(*(free_passes(each, inputs) for each in members_apart(network)), strict=True)
    mean, variance = free_passes(network, inputs)
    assert mean == pytest.approx(np.mean(means, axis=0), abs=1e-12)
    assert variance == pytest.approx(np.mean(variances, axis=0) + np.var(means, axis=0), rel=1e-12)


def test_only_the_margin_head_has_a_closed_form() -> None:
    with pytest.raises(TypeError, match="not Distance"):
        free_passes(a_network(head="distance"), vectors(2, columns=4))


def test_beyond_the_limit_nothing_is_told_apart() -> None:
    passes = Passes(a_network(columns=5), draw_masks(hidden=8, dropout=0.2, seed=0), device="cpu")
    assert passes.limit == 30.0
    at_limit = np.full((1, 5), 30.0) * np.array([1, -1, 1, -1, 1])
    assert np.array_equal(passes.margins(at_limit), passes.margins(at_limit * 1e6))
    assert not np.array_equal(passes.margins(at_limit), passes.margins(at_limit * 0.9))


def test_masks_repeat_from_their_seed_and_differ_between_seeds() -> None:
    first, again, other = (draw_masks(hidden=64, dropout=0.2, seed=seed) for seed in (1, 1, 2))
    assert first.shape == (64, 64)
    assert masks_sha256(first) == masks_sha256(again) != masks_sha256(other)
    # Known since the first model: another numpy must draw the same.
    assert masks_sha256(first).startswith("7365bd2ec58bf98e")


def test_masks_of_another_shape_have_another_fingerprint() -> None:
    masks = draw_masks(hidden=64, dropout=0.2, seed=1)
    assert masks_sha256(masks) != masks_sha256(masks.reshape(32, 128))


def test_masks_keep_the_share_they_should() -> None:
    assert draw_masks(hidden=500, dropout=0.2, seed=0, passes=400).mean() == pytest.approx(0.8, abs=0.01)


def test_a_dropout_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="below one"):
        draw_masks(hidden=4, dropout=1.0, seed=0)


def test_masks_that_do_not_fit_the_network_are_refused() -> None:
    network = a_network(columns=5, hidden=(8,), members=4)
    with pytest.raises(ValueError, match="expected masks"):
        Passes(network, draw_masks(hidden=9, dropout=0.2, seed=0), device="cpu")
    with pytest.raises(ValueError, match="as many for each of 4 members"):
        Passes(network, draw_masks(hidden=8, dropout=0.2, seed=0, passes=62), device="cpu")
    with pytest.raises(ValueError, match="expected masks"):
        Passes(network, np.ones(8, dtype=np.bool_), device="cpu")


def test_a_network_needs_a_hidden_layer() -> None:
    with pytest.raises(ValueError, match="at least one hidden layer"):
        Mlp(embedding=an_embedding(columns=3), hidden=(), dropout=0.1)


def test_the_device_is_the_gpu_only_when_there_is_one() -> None:
    assert choose_device("cpu") == "cpu"
    if torch.cuda.is_available():
        assert choose_device("auto") == choose_device("cuda") == "cuda"
    else:
        assert choose_device("auto") == "cpu"
        with pytest.raises(DeviceUnavailable, match="torch sees none"):
            choose_device("cuda")
    with pytest.raises(ValueError, match="auto, cpu or cuda"):
        choose_device("tpu")


def test_a_network_in_training_mode_drops_units_and_in_evaluation_mode_none() -> None:
    network = a_network(columns=5, hidden=(64, 64), dropout=0.5)
    rows = torch.from_numpy(vectors(4, columns=5))
    assert torch.equal(network(rows), network(rows))
    network.train()
    assert not torch.equal(network(rows), network(rows))


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return a_scorer()


def test_a_row_scores_the_same_alone_and_in_any_batch(scorer: Scorer) -> None:
    rows = vectors(301, columns=len(scorer.schema.columns))
    whole = scorer.score(rows)
    for row in range(0, 301, 7):
        alone = scorer.score(rows[row : row + 1])
        for column in ("evidence_fraud", "spread", "interval_low", "probability", "entropy", "novelty"):
            assert getattr(alone, column)[0] == getattr(whole, column)[row], column
