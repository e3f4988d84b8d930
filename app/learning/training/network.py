"""Fitting one group of networks: seeded, weighted, a fixed number of steps along a cosine."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, log, pi

import numpy as np
import torch
from torch import Tensor

from app.learning.training import losses
from app.learning.training.recipe import Group, Objective, RecipeRefused
from app.scoring.arrays import Floats
from app.scoring.network.embeddings import Joined
from app.scoring.network.mlp import Mlp

# Largest step of the gradient (norm over all members); rare, but an unlucky start needs it.
LARGEST_GRADIENT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """What a group learns from; rows along the first axis of each."""

    #: Standardised, shape (rows, columns).
    vectors: Floats
    #: P(truth is fraud) of labelled rows, or a teacher's logits.
    targets: Floats
    #: How much each row counts; mean one.
    weights: Floats
    #: Whether the targets are logits to be met rather than labels.
    are_logits: bool


#: Told after each epoch: (epoch from 1, mean loss).
Watch = Callable[[int, float], None]


def train_group(
    lessons: Lessons, embedding: Joined, group: Group, *, seed: int, device: str, watch: Watch
) -> Mlp:
    """Return the group's networks as one `Mlp`, in evaluation mode, float64, on the CPU.

    The same group, lessons, seed and thread count give the same weights; the caller's random state is
    left alone. There is no early stopping, so no row is needed to stop by.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = group.network
        network = Mlp(
            embedding=embedding,
            hidden=shape.hidden,
            dropout=shape.dropout,
            members=group.members,
            head=shape.head,
        )
        network.head.start_at(_log_odds(lessons))
        network = network.to(device=device, dtype=torch.float32).train()
        _fit(network, lessons, group, device=device, watch=watch)
    return network.cpu().double().eval().requires_grad_(requires_grad=False)


def _fit(network: Mlp, lessons: Lessons, group: Group, *, device: str, watch: Watch) -> None:
    inputs, targets, weights = (
        torch.tensor(each, dtype=torch.float32, device=device)
        for each in (lessons.vectors, lessons.targets, lessons.weights)
    )
    pools = _pools(len(inputs), group)
    schedule = group.schedule
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    batches = max(pools.shape[1] // schedule.batch_rows, 1)
    steps = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (1 + cos(pi * step / (schedule.epochs * batches))) / 2
    )
    for epoch in range(1, schedule.epochs + 1):
        order = torch.stack([pool[torch.randperm(len(pool))] for pool in pools])
        total = 0.0
        for start in range(0, batches * schedule.batch_rows, schedule.batch_rows):
            rows = order[:, start : start + schedule.batch_rows]
            loss = _loss(network, inputs[rows], targets[rows], weights[rows], group, lessons)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            steps.step()
            total += loss.detach().item()
        watch(epoch, total / batches / group.members)


def _pools(rows: int, group: Group) -> Tensor:
    """Return the rows each member learns from, shape (members, rows)."""
    if group.bootstrap:
        return torch.randint(rows, (group.members, rows))
    return torch.arange(rows).expand(group.members, -1)


def _loss(
    network: Mlp, inputs: Tensor, targets: Tensor, weights: Tensor, group: Group, lessons: Lessons
) -> Tensor:
    """Return the members' mean losses, added up, so that none learns more slowly for the others."""
    if lessons.are_logits:
        margin = network.head.margin(network(inputs))
        apart = torch.nn.functional.smooth_l1_loss(margin, targets, reduction="none")
        return (apart * weights).mean(dim=1).sum()
    objective = group.objective
    if objective.mixup:
        inputs, targets, weights = _mixed(inputs, targets, weights, objective.mixup)
    targets = losses.smoothed(targets, smoothing=objective.label_smoothing)
    logits = network(inputs)
    loss = (_per_row(network, logits, targets, objective) * weights).mean(dim=1).sum()
    if objective.auxiliary is None:
        return loss
    margins = network.head.margin(logits)
    return loss + objective.auxiliary_weight * _auxiliary(margins, targets, weights, objective.auxiliary)


def _per_row(network: Mlp, logits: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    margin = network.head.margin(logits)
    match objective.loss:
        case "likelihood":
            return network.head.negative_log_likelihood(logits, targets)
        case "focal":
            return losses.focal(margin, targets, gamma=objective.gamma)
        case "inverse_focal":
            return losses.inverse_focal(margin, targets, gamma=objective.gamma)
        case "logit_norm":
            return losses.logit_norm(margin, targets, temperature=objective.temperature)
    raise RecipeRefused(f"no loss is called {objective.loss!r}")


def _auxiliary(margins: Tensor, targets: Tensor, weights: Tensor, name: str) -> Tensor:
    known: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
        "soft_binned_ece": losses.soft_binned_ece,
        "avuc": losses.avuc,
    }
    if name not in known:
        raise RecipeRefused(f"no auxiliary loss is called {name!r}")
    return torch.stack([known[name](*member) for member in zip(margins, targets, weights, strict=True)]).sum()


def _mixed(inputs: Tensor, targets: Tensor, weights: Tensor, alpha: float) -> tuple[Tensor, Tensor, Tensor]:
    """Mix each row with its neighbour in the batch (MixUp, Zhang et al. 2018), weights too."""
    share = torch.distributions.Beta(alpha, alpha).sample((len(inputs), 1)).to(inputs)
    other_inputs, other_targets, other_weights = (each.roll(1, dims=1) for each in (inputs, targets, weights))
    mixed_weights = share * weights + (1 - share) * other_weights
    mixed = (share * weights * targets + (1 - share) * other_weights * other_targets) / mixed_weights
    return share[..., None] * inputs + (1 - share[..., None]) * other_inputs, mixed, mixed_weights


def _log_odds(lessons: Lessons) -> float:
    """Return where the head starts: the base rate's logit, about -6.4; of logits, their mean."""
    mean = float(np.average(lessons.targets, weights=lessons.weights))
    return mean if lessons.are_logits else log(mean / (1 - mean))
