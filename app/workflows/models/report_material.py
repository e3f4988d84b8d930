"""Collects the content of a model's report from the model and from the comparison it was chosen in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import Model, folds_of
from app.learning.comparison.figures import OutOfFold
from app.learning.comparison.sample import FOLDS, Sample
from app.learning.first_policy import labels_of
from app.learning.metrics.certified import zero_error_coverage
from app.learning.report.material import Boundary, Material, ZeroError
from app.learning.splits import short_hashes
from app.learning.training.fitting import fit_recipe
from app.learning.training.recipe import Recipe
from app.scoring.arrays import Floats, Rows
from app.scoring.out_of_fold import out_of_fold_scores
from app.scoring.uncertainty import Scores
from app.workflows.models.comparison_stages import Comparison, bounding_rows

# Points along each side of the boundary's grid, and how far it reaches (standard deviations).
GRID, REACH = 61, 8.0
INTERVAL = (0.05, 0.5, 0.95)


def material_of(
    comparison: Comparison,
    model: Model,
    bootstrap: Recipe,
    scored: Sequence[OutOfFold],
    *,
    tables: Mapping[str, Any],
    novelty: Mapping[str, float],
) -> Material:
    """Return the report's material; `scored` holds the reported candidates, ours first."""
    sample = comparison.sample
    rows = bounding_rows(comparison, model)
    vectors = (sample.raw[rows] - model.schema.centre) / model.schema.scale
    scores = _scores(model, vectors, sample.hashes[rows])
    by_name = {each.name: each for each in scored}
    return Material(
        version=model.version,
        card=model.card,
        policy=model.policy,
        certificate=model.certificate,
        base_rate=model.base_rate,
        names=model.schema.columns,
        vectors=vectors,
        amounts=sample.amounts[rows],
        is_fraud=sample.is_fraud[rows],
        weights=sample.weights[rows],
        scores=scores,
        labels=labels_of(scores, sample.amounts[rows], model.policy),
        calibrator=model.scorer.calibrator,
        splits=ZeroError(
            recipe=_zero_error(sample, scored[0]), logistic=_zero_error(sample, by_name["logistic"])
        ),
        boundary=_boundary(comparison, model, bootstrap, comparison.development),
        comparison=tables,
        novelty={_in_words(name): value for name, value in novelty.items()},
        seed=comparison.seed,
    )


def _scores(model: Model, vectors: Floats, hashes: NDArray[np.bytes_]) -> Scores:
    """Return the scores of the rows that bounds rest on, by members that never saw them."""
    if not model.groups:
        return model.scorer.score(vectors)
    folds = folds_of(model, short_hashes(hashes))
    return out_of_fold_scores(model.scorer, vectors, folds, groups=model.groups)


def _in_words(name: str) -> str:
    """Return `novelty_auroc_injected` as "injected, by novelty"."""
    score, _, odd = name.partition("_auroc_")
    return f"{odd}, by {score}".replace("_", " ")


def _zero_error(sample: Sample, scored: OutOfFold) -> Floats:
    """Return the zero-error coverage on every reported fold: each seed has four of them."""
    told = []
    for seed, evidence in zip(scored.seeds, scored.evidence, strict=True):
        whole = np.full(sample.is_fraud.size, np.nan)
        whole[scored.rows] = evidence
        told += [
            zero_error_coverage(whole[fold], sample.is_fraud[fold], sample.weights[fold])
            for fold in sample.folds(scored.rows, seed=seed)
        ]
    if len(told) != FOLDS * len(scored.seeds):
        raise AssertionError("one figure per fold")
    return np.array(told)


def _boundary(comparison: Comparison, model: Model, bootstrap: Recipe, development: Rows) -> Boundary:
    """Return the bootstrap networks' evidence over the two columns that pull frauds hardest."""
    sample = comparison.sample
    strongest = _strongest(model, sample, development)
    fitted = fit_recipe(
        sample.training(development), bootstrap, seed=comparison.seed, device="cpu", watch=_nobody
    )
    along = np.linspace(-REACH, REACH, GRID)
    across, upwards = np.meshgrid(along, along)
    vectors = np.tile(model.scorer.legit_median, (GRID * GRID, 1))
    vectors[:, strongest] = np.column_stack([across.ravel(), upwards.ravel()])
    evidence = fitted.member_margins(vectors)
    low, median, high = (each.reshape(GRID, GRID) for each in np.quantile(evidence, INTERVAL, axis=1))
    x_name, y_name = (model.schema.columns[column] for column in strongest)
    return Boundary(
        axes=(x_name, y_name),
        x=along,
        y=along,
        low=low,
        median=median,
        high=high,
        networks=evidence.shape[1],
    )


def _strongest(model: Model, sample: Sample, development: Rows) -> list[int]:
    """Return the two columns with the largest mean attribution over some development frauds."""
    frauds = development[sample.is_fraud[development]][:50]
    vectors = (sample.raw[frauds] - model.schema.centre) / model.schema.scale
    pulls = np.array([np.abs(model.scorer.explain(vector).evidence) for vector in vectors])
    strongest: list[int] = np.argsort(-pulls.mean(axis=0))[:2].tolist()
    return strongest


def _nobody(group: int, epoch: int, loss: float) -> None:
    """Watch nothing: the bootstrap is a minute."""
