"""`tertium compare --schema`: own payments, every candidate on the same rows, columns and folds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.printing import bar, complain

if TYPE_CHECKING:
    from app.cli.training.training_source import TrainingSource
    from app.learning.first_policy import Plan
    from app.learning.training.recipe import Recipe

#: The table, beside the fits.
TABLE = "own-payments.json"


@dataclass(frozen=True, kw_only=True)
class OwnComparison:
    """What is asked for."""

    data: Path
    schema: Path
    #: None: the one that inner folds choose, as `tertium train` does.
    recipe: Path | None
    legit_weight: float | None
    base_rate: float | None
    seed: int
    work: Path
    jobs: int


def compare_own_payments(asked: OwnComparison) -> None:
    """Fit, print a line for each candidate and a figure for each difference, and keep the table.

    Raises `DatasetRefused`, `LibraryMissing`, `NothingLearned` or `RecipeRefused`.
    """
    from app.cli.training.labelled_files import WHOLE
    from app.cli.training.training_source import source_of

    source = source_of(asked.data, asked.schema, WHOLE, None, seed=asked.seed)
    if source.file.note:
        complain(source.file.note, style="yellow")
    plan = _plan(asked, source)
    table = _compared(asked, source, plan) | {
        "schema": source.labelled.encoding.schema.name,
        "file": source.file.name,
        "sha256": source.file.sha256,
        "legit_weight": plan.legit_weight,
        "base_rate": plan.base_rate,
    }
    path = asked.work / TABLE
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    for said in _lines(table):
        print(said)
    print(f"The table is in {path}.")


def _compared(asked: OwnComparison, source: "TrainingSource", plan: "Plan") -> dict[str, Any]:
    """Return the table of the comparison, fitted under a bar."""
    from app.learning.taught.own_comparison import own_candidates
    from app.workflows.models.comparison_stages import Comparison
    from app.workflows.models.fits import FitStore
    from app.workflows.models.own_comparison import compare_own

    data = source.labelled
    candidates = own_candidates(plan.recipe, data.encoding, legits_at_most=plan.legits_at_most)
    with bar() as progress:
        task = progress.add_task("comparing", total=None)

        def watch(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        comparison = Comparison(
            sample=data.sample(legit_weight=plan.legit_weight),
            seed=asked.seed,
            base_rate=plan.base_rate,
            store=FitStore(asked.work / "fits"),
            jobs=asked.jobs,
            watch=watch,
        )
        return compare_own(comparison, data.parted(seed=asked.seed), candidates)


def _plan(asked: OwnComparison, source: "TrainingSource") -> "Plan":
    from app.cli.training.own.recipe_choice import chosen_recipe
    from app.cli.training.recipes import read_recipe, shipped_recipes
    from app.learning.first_policy import Plan

    population = source.population(legit_weight=asked.legit_weight, base_rate=asked.base_rate)
    recipe: Recipe = read_recipe(asked.recipe) if asked.recipe else shipped_recipes().chosen()
    plan = Plan(
        version="",
        recipe=recipe,
        seed=asked.seed,
        legit_weight=population.legit_weight,
        base_rate=population.base_rate,
        miss_rate=0.15,
        confidence=0.95,
    )
    return plan if asked.recipe else chosen_recipe(source, plan)[0]


def _lines(table: dict[str, Any]) -> Iterator[str]:
    from app.cli.training.compare_figures import line

    yield (
        f"{table['file']} by the schema {table['schema']}: {table['rows']:,} rows,"
        f" {table['frauds']:,} frauds, each legit counted {table['legit_weight']:g} times;"
        " each scored by what had not learned from it"
    )
    for name, figures in table["models"].items():
        yield line(name, figures)
    for name, differences in table["minus"].items():
        for figure, interval in differences.items():
            for end, key in (("", "value"), ("_low", "low"), ("_high", "high")):
                yield f"figure {figure}_minus_{name}{end} {interval[key]:.6g}"
