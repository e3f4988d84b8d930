"""A team's own payments: our recipe beside the models everybody knows, on the same rows and folds."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.learning.comparison.candidates import Candidate
from app.learning.comparison.figures import differences
from app.learning.preparation.parts import Parts
from app.learning.taught.own_comparison import fold_tasks, held_out
from app.workflows.models.comparison_stages import Comparison
from app.workflows.models.fits import run_all


def compare_own(comparison: Comparison, parts: Parts, candidates: Sequence[Candidate]) -> dict[str, Any]:
    """Fit every candidate on every fold of the development rows, and tell the first beside each other one.

    Returns a table for JSON. Raises what a fit raises, and `NothingLearned`.
    """
    sample, folds, seed = comparison.sample, parts.folds, comparison.seed
    tasks = list(fold_tasks(candidates, folds, seed=seed))
    told = run_all(tasks, sample, store=comparison.store, jobs=comparison.jobs, watch=comparison.watch)
    scored = [
        held_out(candidate.name, sample, folds, told[number * len(folds) :][: len(folds)], seed=seed)
        for number, candidate in enumerate(candidates)
    ]
    ours, others = scored[0], scored[1:]
    return {
        "recipe": ours.name,
        "rows": int(ours.rows.size),
        "frauds": int(sample.is_fraud[ours.rows].sum()),
        "seed": seed,
        "models": {each.name: comparison.figures(each) for each in scored},
        "minus": {
            each.name: {
                name: asdict(interval)
                for name, interval in differences(
                    sample, ours, each, generator=comparison.generator()
                ).items()
            }
            for each in others
        },
    }
