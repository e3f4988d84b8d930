"""Batched passes against the naive loop, and dropout against its closed form."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from app.scoring.network.masks import draw_masks, masks_sha256
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import DeviceUnavailable, Passes, choose_device
from app.scoring.scorer import Scorer
from tests.scoring.builders import a_network, a_scorer, vectors

Floats = NDArray[np.float64]


def naive_loop(network: Mlp, masks: NDArray[np.bool_], inputs: Floats) -> Floats:
    """T whole forwards, one per stored mask: the oracle."""
    kept = torch.from_numpy(masks / (1 - network.dropout))
    with torch.inference_mode():
        rows = torch.from_numpy(inputs)
        return torch.stack([network.head(network.trunk(rows) * mask)[:, 0] for mask in kept], dim=1).numpy()


@pytest.mark.parametrize("hidden", [(16, 8), (16, 8, 4)])
@pytest.mark.parametrize("batch", [1, 33])
def test_the_batched_passes_are_those_of_the_naive_loop(hidden: tuple[int, ...], batch: int) -> None:
    network = a_network(columns=5, hidden=hidden, dropout=0.3)
    masks = draw_masks(hidden=hidden[-1], dropout=0.3, seed=4)
    inputs = vectors(batch, columns=5)
    batched = Passes(network, masks, device="cpu").margins(inputs)
    assert batched.shape == (batch, 64)
    assert np.allclose(batched, naive_loop(network, masks, inputs), rtol=0, atol=1e-12)


def test_masks_that_keep_everything_give_the_plain_forward() -> None:
    network = a_network(columns=5, hidden=(8, 8), dropout=0.0)
    masks = draw_masks(hidden=8, dropout=0.0, seed=0)
    inputs = vectors(7, columns=5)
    plain = network(torch.from_numpy(inputs)).detach().numpy()
    margins = Passes(network, masks, device="cpu").margins(inputs)
    assert np.allclose(margins, plain[:, None], rtol=0, atol=1e-12)


def test_the_variance_over_many_masks_is_the_closed_form() -> None:
    """v = q / (1 - q) * sum w_i^2 h_i^2, and the mean is the plain forward (METHODS section 4)."""
    network, dropout = a_network(columns=5, hidden=(32, 32), dropout=0.25), 0.25
    masks = draw_masks(hidden=32, dropout=dropout, seed=9, passes=200_000)
    inputs = vectors(3, columns=5)
    margins = Passes(network, masks, device="cpu").margins(inputs)
    hidden = network.trunk(torch.from_numpy(inputs)).detach().numpy()
    weight = network.head.weight.detach().numpy()[0]
    variance = dropout / (1 - dropout) * (weight**2 * hidden**2).sum(axis=1)
    assert margins.var(axis=1) == pytest.approx(variance, rel=0.02)
    plain = network(torch.from_numpy(inputs)).detach().numpy()
    assert margins.mean(axis=1) == pytest.approx(plain, abs=4 * np.sqrt(variance.max() / 200_000))


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
    with pytest.raises(ValueError, match="expected masks"):
        Passes(a_network(columns=5, hidden=(8,)), draw_masks(hidden=9, dropout=0.2, seed=0), device="cpu")


def test_a_network_needs_a_hidden_layer() -> None:
    with pytest.raises(ValueError, match="at least one hidden layer"):
        Mlp(columns=3, hidden=())


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
