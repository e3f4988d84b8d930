"""From raw training rows and a recipe to one network, an ensemble where the recipe says so."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import log

import numpy as np
import torch

from app.learning.fitting import fit_scaling
from app.learning.teachers import NAMED_TEACHERS
from app.learning.training.embedding import Seen, build_embedding
from app.learning.training.made_up import between_rows, far_off, oversampled
from app.learning.training.network import Lessons, train_group
from app.learning.training.recipe import Distillation, Group, Objective, Recipe, RecipeRefused
from app.scoring.arrays import Flags, Floats
from app.scoring.network.heads.margin import Margin
from app.scoring.network.mlp import Mlp
from app.scoring.network.side_by_side import side_by_side

#: Told after each epoch: (group from 1, epoch from 1, mean loss).
Watch = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingRows:
    """Labelled raw rows, the amount as log1p; rows along the first axis of each."""

    #: Shape (rows, columns).
    raw: Floats
    is_fraud: Flags
    #: How many population rows each row stands for.
    weights: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A trained network and the scaling of its inputs, each of shape (columns,)."""

    network: Mlp
    centre: Floats
    scale: Floats

    def standardised(self, raw: Floats) -> Floats:
        """Return the network's inputs for raw rows."""
        return (raw - self.centre) / self.scale

    @torch.inference_mode()
    def member_margins(self, vectors: Floats) -> Floats:
        """Return each member's margin without dropout, shape (rows, members), for standardised rows."""
        margins = self.network.head.margin(self.network(torch.from_numpy(vectors)))
        return np.asarray(margins.numpy().T)


def fit_recipe(rows: TrainingRows, recipe: Recipe, *, seed: int, device: str, watch: Watch) -> Fitted:
    """Train every group of the recipe and join them.

    Weighting each row by what it stands for makes the logits those of the population; where an
    objective weighs frauds more, the head's offset takes the logarithm back (Dal Pozzolo 2015).

    Raises `RecipeRefused`, or `LibraryMissing` where a teacher's library is absent.
    """
    centre, scale = fit_scaling(rows.raw, rows.weights)
    seen = Seen(vectors=(rows.raw - centre) / scale, is_fraud=rows.is_fraud)
    networks = []
    for number, group in enumerate(recipe.groups, start=1):
        own_seed = seed * 1000 + number
        embedding = build_embedding(seen, group.network, seed=own_seed)
        lessons = _lessons(rows, group, seed=own_seed, centre=centre, scale=scale)
        told = partial(watch, number)
        network = train_group(lessons, embedding, group, seed=own_seed, device=device, watch=told)
        _take_back_weight(network, fraud_weight(group.objective, rows.is_fraud))
        networks.append(network)
    return Fitted(network=side_by_side(networks), centre=centre, scale=scale)


def fraud_weight(objective: Objective, is_fraud: Flags) -> float:
    """Return how much more a fraud counts, from the class balance of Cui et al. 2019 where one is set.

    The weight of a class of n rows is (1 - beta) / (1 - beta^n); the ratio of the two is returned.
    """
    if objective.class_balance is None:
        return objective.fraud_weight
    beta, frauds = objective.class_balance, int(is_fraud.sum())
    return float((1 - beta ** (is_fraud.size - frauds)) / (1 - beta**frauds))


def _lessons(rows: TrainingRows, group: Group, *, seed: int, centre: Floats, scale: Floats) -> Lessons:
    if group.distillation is not None:
        raw, targets, weights = _taught(rows, group.distillation, seed=seed)
    else:
        raw, targets, weights = _labelled(rows, group.objective, seed=seed)
    return Lessons(
        vectors=(raw - centre) / scale,
        targets=targets,
        weights=weights / weights.mean(),
        are_logits=group.distillation is not None,
    )


def _taught(rows: TrainingRows, plan: Distillation, *, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the real rows and rows between them, with the teacher's logits; all count alike."""
    if plan.teacher not in NAMED_TEACHERS:
        raise RecipeRefused(f"no teacher is called {plan.teacher!r}")
    teacher = NAMED_TEACHERS[plan.teacher](rows.raw, rows.is_fraud, rows.weights, seed)
    made_up = between_rows(
        rows.raw,
        rows.is_fraud,
        rows=plan.made_up_per_row * len(rows.raw),
        fraud_weight=plan.fraud_weight,
        generator=np.random.Generator(np.random.PCG64(seed)),
    )
    raw = np.concatenate([rows.raw, made_up])
    return raw, teacher(raw), np.ones(len(raw))


def _labelled(rows: TrainingRows, objective: Objective, *, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the rows with their labels, and those that the objective makes up."""
    raw, is_fraud, weights = rows.raw, rows.is_fraud, rows.weights
    if objective.oversampling == "smote":
        raw, is_fraud = oversampled(raw, is_fraud, seed=seed)
        weights = np.where(is_fraud, 1.0, rows.weights[~rows.is_fraud].mean())
    elif objective.oversampling is not None:
        raise RecipeRefused(f"no oversampling is called {objective.oversampling!r}")
    weights = np.where(is_fraud, fraud_weight(objective, rows.is_fraud) * weights, weights)
    targets = is_fraud.astype(np.float64)
    if not objective.outlier_exposure:
        return raw, targets, weights
    generator = np.random.Generator(np.random.PCG64(seed))
    odd = far_off(raw, rows=round(objective.outlier_exposure * len(raw)), generator=generator)
    base_rate = np.full(len(odd), np.average(targets, weights=weights))
    return (
        np.concatenate([raw, odd]),
        np.concatenate([targets, base_rate]),
        np.concatenate([weights, np.full(len(odd), weights.mean())]),
    )


@torch.no_grad()
def _take_back_weight(network: Mlp, weight: float) -> None:
    if isinstance(network.head, Margin):
        network.head.offset.sub_(log(weight))
