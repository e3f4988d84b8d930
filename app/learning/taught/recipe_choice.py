"""Which recipe suits rows nobody has seen before: asked of inner folds of the development rows.

Each candidate learns from a few of the rows of two folds and is measured on rows it did not learn from. The
first, and cheapest, that is not clearly worse than the best is taken.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.learning.calibrating import fit_platt
from app.learning.comparison.candidates import evidence_of, masks_of
from app.learning.comparison.sample import Sample
from app.learning.first_policy import Plan
from app.learning.fitting import NothingLearned
from app.learning.preparation.labelled import Labelled
from app.learning.preparation.parts import Parts
from app.learning.taught.teaching import Teaching
from app.learning.training.recipe import Recipe
from app.scoring.arrays import Floats, Rows

#: Told before each fit: (fits done, fits in all, recipe).
Watch = Callable[[int, int, str], None]

#: Rows that a candidate is taught and measured on, at most: it need not be good yet, only told apart.
#: Legits, frauds.
MOST_TAUGHT, MOST_MEASURED = (10_000, 3_000), (20_000, 3_000)
#: Of the four: with the third and the last, most of what is learned lies before what is measured.
FOLDS_ASKED = (1, 3)
#: So many standard errors above the best is not clearly worse.
CLEARLY = 1.0
#: No truth is held less likely.
SMALLEST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one recipe was worth."""

    recipe: str
    #: Calibrated on the other fold; mean over the measured rows, weighted, in nats.
    nll: float
    #: Above the least, and the standard error of that by the same rows.
    above_best: float
    standard_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeChoice:
    """A recipe, and how it was chosen."""

    recipe: Recipe
    tried: tuple[Tried, ...]
    #: Different rows that the recipes were measured on.
    rows: int


def choose_recipe(data: Labelled, candidates: Sequence[Recipe], plan: Plan, *, watch: Watch) -> RecipeChoice:
    """Return the recipe for these rows; the same rows, candidates and plan give the same one.

    Only development rows are looked at. Raises ValueError without candidates, and what fitting raises.
    """
    sample, parts = data.sample(legit_weight=plan.legit_weight), data.parted(seed=plan.seed)
    folds = _asked(sample, parts, seed=plan.seed)
    losses: list[Floats] = []
    for recipe in candidates:
        evidence = []
        for number, fold in enumerate(folds):
            watch(len(losses) * len(folds) + number, len(candidates) * len(folds), recipe.name)
            evidence.append(_evidence(data, fold, replace(plan, recipe=recipe)))
        losses.append(_losses(folds, evidence))
    weights = np.concatenate([fold.sample.weights[fold.held_out] for fold in folds])
    tried = tuple(_tried(candidates, losses, weights))
    kept = (each.above_best <= CLEARLY * each.standard_error for each in tried)
    recipe = next(recipe for recipe, is_kept in zip(candidates, kept, strict=True) if is_kept)
    return RecipeChoice(recipe=recipe, tried=tried, rows=weights.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """A few rows of a fold; those of each class weigh as all of it do."""

    sample: Sample
    learned: Rows
    held_out: Rows
    #: Of the weights and masks.
    seed: int


def _asked(sample: Sample, parts: Parts, *, seed: int) -> tuple[_Asked, ...]:
    folds = []
    for number in FOLDS_ASKED:
        fold, generator = parts.folds[number], np.random.Generator(np.random.PCG64([seed, number]))
        weights = sample.weights.copy()
        learned, held_out = (
            _some(sample, rows, most, weights, generator)
            for rows, most in ((fold.learned, MOST_TAUGHT), (fold.held_out, MOST_MEASURED))
        )
        fewer = replace(sample, weights=weights)
        folds.append(_Asked(sample=fewer, learned=learned, held_out=held_out, seed=seed + 101 + number))
    return tuple(folds)


def _some(
    sample: Sample, rows: Rows, most: tuple[int, int], weights: Floats, generator: np.random.Generator
) -> Rows:
    """Return no more than so many legits and frauds of the rows, by chance; their weights grow for it."""
    taken = []
    for is_fraud, count in enumerate(most):
        of_class = rows[sample.is_fraud[rows] == bool(is_fraud)]
        kept = of_class if of_class.size <= count else generator.choice(of_class, count, replace=False)
        weights[kept] *= of_class.size / max(kept.size, 1)
        taken.append(kept)
    return np.sort(np.concatenate(taken))


def _evidence(data: Labelled, asked: _Asked, plan: Plan) -> Floats:
    teaching = Teaching(sample=asked.sample, encoding=data.encoding, plan=plan)
    fitted = teaching.fit(asked.learned, seed=asked.seed, watch=_nobody)
    return evidence_of(fitted, masks_of(fitted, seed=asked.seed), asked.sample.raw[asked.held_out])


def _nobody(group: int, epoch: int, loss: float) -> None:
    """Watch nothing: whole fits are told."""


def _losses(folds: Sequence[_Asked], evidence: Sequence[Floats]) -> Floats:
    """Return -ln P(truth) of each measured row, calibrated on the other fold; infinite if that cannot be."""
    losses = []
    for number, asked in enumerate(folds):
        other = folds[1 - number]
        try:
            platt = fit_platt(
                evidence[1 - number],
                other.sample.is_fraud[other.held_out],
                other.sample.weights[other.held_out],
            )
        except NothingLearned:
            return np.full(sum(each.held_out.size for each in folds), np.inf)
        probability = platt.probability(evidence[number])
        is_fraud = asked.sample.is_fraud[asked.held_out]
        losses.append(-np.log(np.maximum(np.where(is_fraud, probability, 1 - probability), SMALLEST)))
    return np.concatenate(losses)


def _tried(candidates: Sequence[Recipe], losses: Sequence[Floats], weights: Floats) -> Iterator[Tried]:
    means = [float(np.average(each, weights=weights)) for each in losses]
    best = int(np.argmin(means))
    for recipe, mean, each in zip(candidates, means, losses, strict=True):
        # Where nothing was learned by any, the first is as good as the others.
        above = 0.0 if mean == means[best] else mean - means[best]
        error = 0.0
        if np.isfinite(mean):
            apart = each - losses[best] - above
            error = float(np.sqrt(((weights * apart) ** 2).sum()) / weights.sum())
        yield Tried(recipe=recipe.name, nll=mean, above_best=above, standard_error=error)
