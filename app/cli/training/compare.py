"""`tertium compare`: the whole comparison, repeatable, in four stages that survive Ctrl-C."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID

from app.cli.printing import bar, complain
from app.cli.training.compare_figures import later_figures, line, report_figures, shipped_figures
from app.cli.training.own.comparison import OwnComparison, compare_own_payments
from app.cli.training.sample import BASE_RATE, LEGIT_WEIGHT, SAMPLE_SEED, default_data

if TYPE_CHECKING:
    from app.cli.training.recipes import Recipes
    from app.learning.comparison.figures import OutOfFold
    from app.learning.comparison.sample import Sample
    from app.workflows.models.comparison_stages import Comparison, Table

#: The comparison a model came of, beside its card.
COMPARISON = "comparison.json"
#: As many as there are seeds nobody chose by (`REPORT_SEEDS`).
MOST_PARTITIONS = 5


class Stage(StrEnum):
    """What `tertium compare` can do; without a stage it does all but the tuning, which is kept."""

    TUNE = "tune"
    SCREEN = "screen"
    CHOOSE = "choose"
    REPORT = "report"


def compare(  # noqa: PLR0913  # one parameter per option of the command
    stage: Annotated[
        Stage | None, typer.Argument(help="Only this stage. Default: screen, choose, report.")
    ] = None,
    *,
    data: Annotated[
        Path | None, typer.Option(help="Labelled file. Default: TERTIUM_DATA, or the sample.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="schema.toml of own payments: one comparison, without stages.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="With a schema: our recipe. Default: the one inner folds choose.")
    ] = None,
    legit_weight: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            help=f"Population rows one legit row stands for. Default: the schema's, else {LEGIT_WEIGHT:g}.",
        ),
    ] = None,
    base_rate: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            max=0.5,
            help=f"Share of frauds in the population. Default: the schema's or file's, else {BASE_RATE:g}.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the calibration part nobody chooses by.")
    ] = SAMPLE_SEED,
    work: Annotated[Path, typer.Option(help="Folder of the fits and results.")] = Path("runs/compare"),
    models_dir: Annotated[Path, typer.Option(help="Folder of the model versions.")] = Path("models"),
    recipes: Annotated[
        Path | None, typer.Option(help="Folder of recipes to compare. Default: those that come with Tertium.")
    ] = None,
    partitions: Annotated[
        int, typer.Option(min=2, max=MOST_PARTITIONS, help="Sets of folds the report rests on.")
    ] = MOST_PARTITIONS,
    jobs: Annotated[int, typer.Option(min=1, help="Fits at once.")] = os.cpu_count() or 1,
) -> None:
    """Compare our recipes with each other and with the models everybody knows."""
    from app.cli.training.recipes import Recipes, shipped_recipes
    from app.datasets import DatasetRefused
    from app.learning.fitting import NothingLearned
    from app.learning.teachers import LibraryMissing
    from app.learning.training.recipe import RecipeRefused
    from app.workflows.models.comparison_stages import Comparison
    from app.workflows.models.fits import FitStore

    try:
        if schema is not None:
            _refuse_stages(stage, recipes)
            asked = OwnComparison(
                data=data or default_data(),
                schema=schema,
                recipe=recipe,
                legit_weight=legit_weight,
                base_rate=base_rate,
                seed=seed,
                work=work,
                jobs=jobs,
            )
            compare_own_payments(asked)
            return
        with bar() as progress:
            task = progress.add_task("reading", total=None)
            comparison = Comparison(
                sample=_sample(data or default_data(), legit_weight or LEGIT_WEIGHT),
                seed=seed,
                base_rate=base_rate or BASE_RATE,
                store=FitStore(work / "fits"),
                jobs=jobs,
                watch=partial(_show, progress, task),
                partitions=partitions,
            )
            run = _Run(
                comparison=comparison,
                recipes=Recipes(recipes) if recipes else shipped_recipes(),
                work=work,
                models_dir=models_dir,
            )
            for each in [stage] if stage else (Stage.SCREEN, Stage.CHOOSE, Stage.REPORT):
                _STAGES[each](run)
    except (DatasetRefused, LibraryMissing, NothingLearned, RecipeRefused) as refused:
        complain(str(refused))
        raise typer.Exit(code=1) from refused


def _refuse_stages(stage: Stage | None, recipes: Path | None) -> None:
    """Raise `DatasetRefused` for what only the card data's comparison has."""
    from app.datasets import DatasetRefused

    if stage is not None or recipes is not None:
        raise DatasetRefused("own payments are compared at once, by one recipe: no stage, no --recipes")


def _show(progress: Progress, task: TaskID, done: int, total: int, name: str) -> None:
    progress.update(task, completed=done, total=total, description=name)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A comparison with the folders of its results and of the models."""

    comparison: "Comparison"
    recipes: "Recipes"
    work: Path
    models_dir: Path

    def keep(self, stage: Stage, table: "Table") -> None:
        """Write a stage's table, for people and for the model's report."""
        path = self._path(stage)
        path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        print(f"The table is in {path}.")

    def kept(self, stage: Stage) -> "Table | None":
        """Return an earlier stage's table, if it was made."""
        path = self._path(stage)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _path(self, stage: Stage) -> Path:
        return self.work / f"{stage}.json"


def _sample(path: Path, legit_weight: float) -> "Sample":
    """Read a labelled file. Raises `DatasetRefused`."""
    from app.datasets import DatasetRefused, read_labelled
    from app.learning.comparison.sample import Sample
    from app.learning.copies.told import missing_originals

    file, is_fraud = read_labelled(path)
    sample = Sample.of(
        file.features, file.amounts, is_fraud, legit_weight=legit_weight, seconds=file.time_seconds
    )
    if sample.origins.is_unsure:
        raise DatasetRefused(f"{file.name} {missing_originals(sample.origins, is_fraud)}")
    return sample


def _tune(run: _Run) -> None:
    from app.workflows.models.comparison_stages import tune

    table = tune(run.comparison)
    print(f"XGBoost's best of {len(table['trials'])}: AP {table['ap']:.4f} with {table['best']}")
    run.keep(Stage.TUNE, table)


def _screen(run: _Run) -> None:
    from app.workflows.models.comparison_stages import screen

    table = screen(run.comparison, run.recipes.screened(), run.recipes.xgboost())
    for candidate in table["candidates"]:
        print(line(candidate["name"], candidate["figures"]))
    run.keep(Stage.SCREEN, table)


def _choose(run: _Run) -> None:
    from app.workflows.models.comparison_stages import choose

    table = choose(run.comparison, run.recipes.finalists(), run.recipes.xgboost())
    for name, figures in table["candidates"].items():
        print(line(name, figures), table["calibrator_nll"][name])
    run.keep(Stage.CHOOSE, table)


def _report(run: _Run) -> None:
    """Report the committed choice, then write the report of the model that came of it."""
    from app.workflows.models.comparison_stages import later_period, report

    recipe, xgboost = run.recipes.chosen(), run.recipes.xgboost()
    table, scored = report(run.comparison, recipe, xgboost)
    table["candidates_tried"] = run.recipes.choice()["candidates_tried"]
    table["later_period"] = later_period(run.comparison, recipe, xgboost)
    told = [*report_figures(table), *later_figures(table["later_period"], recipe=recipe.name)]
    told += _report_of_shipped(run, table, scored)
    run.keep(Stage.REPORT, table)
    for name, value in told:
        print(f"figure {name} {value:.6g}")


_STAGES: dict[Stage, Callable[[_Run], None]] = {
    Stage.TUNE: _tune,
    Stage.SCREEN: _screen,
    Stage.CHOOSE: _choose,
    Stage.REPORT: _report,
}


def _report_of_shipped(run: _Run, table: "Table", scored: "Sequence[OutOfFold]") -> list[tuple[str, float]]:
    """Write the newest model's comparison and report into its folder, and return its figures."""
    from app.artifacts import ArtifactRefused, load_model, newest_model
    from app.learning.comparison.verdicts import verdicts
    from app.workflows.models.comparison_stages import shipped
    from app.workflows.models.report import write_report
    from app.workflows.models.report_material import material_of

    try:
        folder = newest_model(run.models_dir)
        model = load_model(folder, device="cpu")
        of_shipped = shipped(run.comparison, model)
    except ArtifactRefused as refused:
        print(f"No report of a shipped model: {refused}.")
        return []
    table["shipped"] = of_shipped
    screening = run.kept(Stage.SCREEN)
    if screening is not None:
        names = [recipe.name for recipe in run.recipes.finalists()]
        table["screening"] = screening
        table["verdicts"] = verdicts(screening, names, table["recipe"])
    if (chosen := run.kept(Stage.CHOOSE)) is not None:
        table["choice"] = chosen
    (folder / COMPARISON).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    material = material_of(
        run.comparison,
        model,
        run.recipes.bootstrap(),
        scored,
        tables=table,
        novelty=of_shipped["novelty"],
    )
    write_report(folder, material)
    print(f"The report of model {model.version} is in {folder}.")
    return list(shipped_figures(of_shipped))
