"""Fitting the network's weights: seeded, weighted, stopped when the validation part stops improving."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from app.scoring.network.mlp import Mlp

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is trained; everything but the data."""

    seed: int
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.2
    learning_rate: float = 3e-4
    weight_decay: float = 1e-4
    batch_rows: int = 512
    #: Passes over the training part at most.
    epochs: int = 100
    #: Epochs without a better validation loss after which training stops.
    patience: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Labelled rows with their weight in the population; rows along the first axis of each."""

    #: Standardised, shape (transactions, columns).
    vectors: Floats
    is_fraud: Flags
    #: How many population rows each row stands for.
    weights: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A network in evaluation mode, float64, with the epoch whose weights it carries."""

    network: Mlp
    epoch: int
    validation_nll: float


#: Told after each epoch: (epoch from 1, weighted validation NLL in nats).
Watch = Callable[[int, float], None]


def train_network(training: Part, validation: Part, recipe: Recipe, *, watch: Watch) -> Trained:
    """Return the network at the epoch with the lowest weighted validation NLL.

    Weighting each row by what it stands for (legit rows 5.41 on a sample that holds one legit in
    5.41) makes the logits those of the population, so no prior correction follows. The same recipe,
    data and thread count give the same weights; the caller's random state is left alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = Mlp(columns=training.vectors.shape[1], hidden=recipe.hidden, dropout=recipe.dropout)
        _start_at_base_rate(network, training)
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        inputs, targets, weights = _tensors(training)
        held_out = _tensors(validation)
        best, best_epoch, best_state = float("inf"), 0, _copied(network)
        for epoch in range(1, recipe.epochs + 1):
            _one_epoch(network, optimizer, inputs, targets, weights, recipe.batch_rows)
            nll = _weighted_nll(network, *held_out)
            watch(epoch, nll)
            if nll < best:
                best, best_epoch, best_state = nll, epoch, _copied(network)
            elif epoch - best_epoch >= recipe.patience:
                break
    network.load_state_dict(best_state)
    network.eval().double().requires_grad_(requires_grad=False)
    return Trained(network=network, epoch=best_epoch, validation_nll=best)


def _start_at_base_rate(network: Mlp, training: Part) -> None:
    """Let the head's offset start at the logit of the fraud rate, about -6.4.

    From zero, the hidden units learn to say "legit" and fall silent on fraud: with ReLU more than half
    of the frauds then share one logit, the offset itself, and have no order and no spread.
    """
    rate = float(np.average(training.is_fraud, weights=training.weights))
    torch.nn.init.constant_(network.head.bias, log(rate / (1 - rate)))


def _tensors(part: Part) -> tuple[Tensor, Tensor, Tensor]:
    return (
        torch.tensor(part.vectors, dtype=torch.float32),
        torch.tensor(part.is_fraud, dtype=torch.float32),
        torch.tensor(part.weights / part.weights.mean(), dtype=torch.float32),
    )


def _copied(network: Mlp) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def _one_epoch(
    network: Mlp,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    weights: Tensor,
    batch_rows: int,
) -> None:
    network.train()
    for rows in torch.split(torch.randperm(len(inputs)), batch_rows):
        loss = binary_cross_entropy_with_logits(network(inputs[rows]), targets[rows], weight=weights[rows])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()


@torch.inference_mode()
def _weighted_nll(network: Mlp, inputs: Tensor, targets: Tensor, weights: Tensor) -> float:
    network.eval()
    return float(binary_cross_entropy_with_logits(network(inputs), targets, weight=weights))
