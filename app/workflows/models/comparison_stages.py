"""The stages of the comparison: tune, screen, choose, report; each gives a table for JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from app.artifacts import ArtifactRefused, Model
from app.learning.calibrating import choose_calibrator
from app.learning.comparison.candidates import Candidate, KnownModel, RecipeCandidate, known_models
from app.learning.comparison.figures import (
    CONFIDENCE,
    MISS_RATES,
    OutOfFold,
    differences,
    figures,
    intervals,
    out_of_fold,
)
from app.learning.comparison.odd_rows import novelty_figures
from app.learning.comparison.passes_check import check_passes
from app.learning.comparison.sample import CHOICE_SEEDS, REPORT_SEEDS, Sample
from app.learning.comparison.tasks import LaterTask
from app.learning.comparison.tuning import INNER_SEED, training_part, trials
from app.learning.evaluation import OF_EVIDENCE
from app.learning.metrics.ranking import average_precision
from app.learning.splits import short_hashes
from app.learning.teachers import boosted
from app.learning.training.recipe import Recipe
from app.scoring.arrays import Rows
from app.triage.tuning.neyman_pearson import largest_order
from app.workflows.models.fits import FitStore, Watch, evidence_of_all, run_all

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What all stages share."""

    sample: Sample
    #: Seeds the calibration part, the tuning and the bootstrap.
    seed: int
    base_rate: float
    store: FitStore
    jobs: int
    watch: Watch
    #: Into how many sets of folds the rows are parted for the report.
    partitions: int = len(REPORT_SEEDS)

    @property
    def development(self) -> Rows:
        """The rows that may be chosen by; the calibration part is left out."""
        return self.sample.parts(seed=self.seed)[0]

    def evidence(self, candidates: Sequence[Candidate], rows: Rows, seeds: Sequence[int]) -> list[OutOfFold]:
        """Return every candidate's out-of-fold evidence, fitted where the store has none."""
        told = evidence_of_all(
            candidates, self.sample, rows, seeds, store=self.store, jobs=self.jobs, watch=self.watch
        )
        return [out_of_fold(name, self.sample, rows, seeds, evidence) for name, evidence in told.items()]

    def figures(self, scored: OutOfFold) -> Table:
        """Return a candidate's figures over its seeds."""
        told = figures(self.sample, scored, base_rate=self.base_rate)
        return {name: asdict(value) for name, value in told.items()}

    def generator(self) -> np.random.Generator:
        """Return a fresh generator; every table draws the same rows."""
        return np.random.Generator(np.random.PCG64(self.seed))


def tune(comparison: Comparison) -> Table:
    """Try XGBoost's settings on the inner folds of one training part; return the best by AP."""
    rows = training_part(comparison.sample, comparison.development)
    settings = trials(seed=comparison.seed)
    candidates = [
        KnownModel(f"xgboost_{number:02}", partial(boosted, settings=each), str(sorted(each.items())))
        for number, each in enumerate(settings)
    ]
    scored = comparison.evidence(candidates, rows, [INNER_SEED])
    truth = (comparison.sample.is_fraud[rows], comparison.sample.weights[rows])
    ranking = [average_precision(each.evidence[0], *truth) for each in scored]
    best = int(np.argmax(ranking))
    return {
        "trials": [{"settings": each, "ap": ap} for each, ap in zip(settings, ranking, strict=True)],
        "best": settings[best],
        "ap": ranking[best],
    }


def screen(comparison: Comparison, recipes: Sequence[Recipe], xgboost: Mapping[str, float]) -> Table:
    """Fit every recipe once, a single network, four folds, one seed, on the development rows."""
    candidates: list[Candidate] = [*map(RecipeCandidate, recipes), *known_models(xgboost)]
    scored = comparison.evidence(candidates, comparison.development, CHOICE_SEEDS[:1])
    about = {recipe.name: recipe.about for recipe in recipes}
    return {
        "rows": int(comparison.development.size),
        "seed": CHOICE_SEEDS[0],
        "candidates": [
            {
                "name": each.name,
                "about": about.get(each.name, "as known"),
                "figures": comparison.figures(each),
            }
            for each in scored
        ],
    }


def choose(comparison: Comparison, recipes: Sequence[Recipe], xgboost: Mapping[str, float]) -> Table:
    """Compare the finalists on the development rows over the choice's seeds, and their calibrators."""
    if len(recipes) > 4:
        raise ValueError(f"at most four finalists, not {len(recipes)}")
    candidates: list[Candidate] = [*map(RecipeCandidate, recipes), known_models(xgboost)[0]]
    rows = comparison.development
    scored = comparison.evidence(candidates, rows, CHOICE_SEEDS)
    truth = (comparison.sample.is_fraud[rows], comparison.sample.weights[rows])
    calibrators = {
        each.name: dict(
            choose_calibrator(each.evidence[0], *truth, folds=4, generator=comparison.generator()).nll
        )
        for each in scored
    }
    return {
        "rows": int(rows.size),
        "seeds": list(CHOICE_SEEDS),
        "candidates": {each.name: comparison.figures(each) for each in scored},
        "calibrator_nll": calibrators,
    }


def report(
    comparison: Comparison, recipe: Recipe, xgboost: Mapping[str, float]
) -> tuple[Table, list[OutOfFold]]:
    """Report the chosen recipe beside the known models, on all rows and seeds nobody chose by."""
    candidates: list[Candidate] = [RecipeCandidate(recipe), *known_models(xgboost)]
    rows, seeds = np.arange(comparison.sample.is_fraud.size), REPORT_SEEDS[: comparison.partitions]
    scored = comparison.evidence(candidates, rows, seeds)
    ours, theirs = scored[0], scored[1]
    apart = differences(comparison.sample, ours, theirs, generator=comparison.generator())
    table = {
        "recipe": recipe.name,
        "rows": int(rows.size),
        "frauds": int(comparison.sample.is_fraud.sum()),
        "seeds": list(seeds),
        "models": {each.name: comparison.figures(each) for each in scored},
        "intervals": {
            each.name: intervals(comparison.sample, each, generator=comparison.generator())
            for each in scored[:2]
        },
        "minus_xgboost": {name: asdict(interval) for name, interval in apart.items()},
    }
    return table, scored


def later_period(comparison: Comparison, recipe: Recipe, xgboost: Mapping[str, float]) -> Table:
    """Compare on the split by time: fitted on the first three quarters, judged on the last."""
    sample, (_, later) = comparison.sample, comparison.sample.by_time()
    candidates: list[Candidate] = [RecipeCandidate(recipe), *known_models(xgboost)]
    tasks = [LaterTask(candidate, comparison.seed) for candidate in candidates]
    evidence = run_all(tasks, sample, store=comparison.store, jobs=comparison.jobs, watch=comparison.watch)
    truth = (sample.is_fraud[later], sample.weights[later])
    return {
        "frauds": int(truth[0].sum()),
        "rows": int(later.size),
        "models": {
            candidate.name: {name: metric(each, *truth) for name, metric in OF_EVIDENCE.items()}
            for candidate, each in zip(candidates, evidence, strict=True)
        },
    }


def shipped(comparison: Comparison, model: Model) -> Table:
    """Tell what the shipped model promises on the rows its bounds rest on, and how it knows odd rows.

    Raises `ArtifactRefused` when the model was not fitted on this sample as this seed parts it.
    """
    sample, rows = comparison.sample, bounding_rows(comparison, model)
    legits = rows[~sample.is_fraud[rows]]
    vectors = (sample.raw[legits] - model.schema.centre) / model.schema.scale
    later = np.isin(legits, sample.by_time()[1])
    generator = comparison.generator()
    return {
        "version": model.version,
        "policies": model.card["policies"],
        "metrics": model.card["metrics"]["calibration"],
        "without_choice": _without_choice(model),
        "novelty": novelty_figures(model.scorer, vectors, later=later, generator=generator),
        "passes": asdict(
            check_passes(model.scorer.passes, vectors[:: len(vectors) // 100], generator=generator)
        ),
    }


def _without_choice(model: Model) -> dict[str, float]:
    """Return the review rate of each promise's plain order, by the promise in percent.

    What would be asked of people were the model the only one looked at: a model chosen among several pays
    for the choice with a lower order (`Certificate.chosen_among`).
    """
    frauds = model.card["metrics"]["calibration"]["frauds"]
    review_rate = {step["order"]: step["review_rate"] for step in model.card["staircase"]}
    told = {}
    for miss_rate in MISS_RATES:
        order = largest_order(frauds=frauds, miss_rate=miss_rate, confidence=CONFIDENCE)
        if order in review_rate:
            told[f"{100 * miss_rate:.0f}"] = review_rate[order]
    return told


def bounding_rows(comparison: Comparison, model: Model) -> Rows:
    """Return the rows that a model's bounds rest on: all of them cross-fitted, else the calibration part.

    Raises `ArtifactRefused` when the model was not fitted on this sample as this seed parts it.
    """
    sample = comparison.sample
    development, calibration = sample.parts(seed=comparison.seed)
    fitted, bounding = (sample.origins.kept,) * 2 if model.groups else (development, calibration)
    if not np.array_equal(np.sort(short_hashes(sample.hashes[fitted])), model.fitted_rows):
        raise ArtifactRefused(
            f"model {model.version} was not fitted on this file as seed {comparison.seed} parts it"
        )
    return bounding
