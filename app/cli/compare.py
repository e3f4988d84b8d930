"""`tertium compare`: the whole comparison, repeatable, in four stages that survive Ctrl-C."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from app.cli.sample import BASE_RATE, LEGIT_WEIGHT, SAMPLE_SEED, default_data

if TYPE_CHECKING:
    from app.learning.comparison.sample import Sample
    from app.workflows.comparison_stages import Comparison, Table


class Stage(StrEnum):
    """What `tertium compare` can do; without a stage it does all, in this order."""

    TUNE = "tune"
    SCREEN = "screen"
    CHOOSE = "choose"
    REPORT = "report"


def compare(
    stage: Annotated[Stage | None, typer.Argument(help="Only this stage. Default: the report.")] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="Labelled file. Default: TERTIUM_DATA, or the sample.")]
    = None,
    legit_weight: Annotated[
        float, typer.Option(min=1e-6, help="Population rows one legit row of the file stands for.")
    ] = LEGIT_WEIGHT,
    base_rate: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="Share of frauds in the population.")
    ] = BASE_RATE,
    seed: Annotated[int, typer.Option(min=0, help="Of the calibration part nobody chooses by.")] = SAMPLE_SEED,
    work: Annotated[Path, typer.Option(help="Folder of the fits and results.")] = Path("runs/compare"),
    jobs: Annotated[int, typer.Option(min=1, help="Fits at once.")] = os.cpu_count() or 1,
) -> None:
    """Compare our recipes with each other and with the models everybody knows."""
    from app.datasets import DatasetRefused
    from app.learning.teachers import LibraryMissing
    from app.learning.training.recipe import RecipeRefused
    from app.workflows.comparing import FitStore
    from app.workflows.comparison_stages import Comparison

    try:
        with Progress(transient=True) as progress:
            task = progress.add_task("reading", total=None)
            comparison = Comparison(
                sample=_sample(data or default_data(), legit_weight),
                seed=seed,
                base_rate=base_rate,
                store=FitStore(work / "fits"),
                jobs=jobs,
                watch=partial(_show, progress, task),
            )
            _STAGES[stage or Stage.REPORT](_Run(comparison=comparison, work=work))
    except (DatasetRefused, LibraryMissing, RecipeRefused) as refused:
        Console(stderr=True).print(f"{refused}.", style="red", soft_wrap=True)
        raise typer.Exit(code=1) from refused


def _show(progress: Progress, task: TaskID, done: int, total: int, name: str) -> None:
    progress.update(task, completed=done, total=total, description=name)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A comparison with the folder of its results."""

    comparison: "Comparison"
    work: Path

    def keep(self, stage: Stage, table: "Table") -> None:
        """Write a stage's table for people and for the model's report."""
        path = self.work / f"{stage}.json"
        path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        print(f"The table is in {path}.")


def _sample(path: Path, legit_weight: float) -> "Sample":
    """Read a labelled file. Raises `DatasetRefused`."""
    from app.datasets import read_labelled
    from app.learning.comparison.sample import Sample

    file, is_fraud = read_labelled(path)
    return Sample.of(file.features, file.amounts, is_fraud, legit_weight=legit_weight)


def _tune(run: _Run) -> None:
    from app.workflows.comparison_stages import tune

    table = tune(run.comparison)
    print(f"XGBoost's best of {len(table['trials'])}: AP {table['ap']:.4f} with {table['best']}")
    run.keep(Stage.TUNE, table)


def _screen(run: _Run) -> None:
    from app.cli.recipes import screened_recipes, xgboost_settings
    from app.workflows.comparison_stages import screen

    table = screen(run.comparison, screened_recipes(), xgboost_settings())
    for candidate in table["candidates"]:
        print(_line(candidate["name"], candidate["figures"]))
    run.keep(Stage.SCREEN, table)


def _choose(run: _Run) -> None:
    from app.cli.recipes import finalists, xgboost_settings
    from app.workflows.comparison_stages import choose

    table = choose(run.comparison, finalists(), xgboost_settings())
    for name, figures in table["candidates"].items():
        print(_line(name, figures), table["calibrator_nll"][name])
    run.keep(Stage.CHOOSE, table)


def _report(run: _Run) -> None:
    from app.cli.recipes import chosen_recipe, xgboost_settings
    from app.workflows.comparison_stages import report

    table, _ = report(run.comparison, chosen_recipe(), xgboost_settings())
    run.keep(Stage.REPORT, table)
    for name, value in figures_of(table).items():
        print(f"figure {name} {value:.6g}")


_STAGES: dict[Stage, Callable[[_Run], None]] = {
    Stage.TUNE: _tune,
    Stage.SCREEN: _screen,
    Stage.CHOOSE: _choose,
    Stage.REPORT: _report,
}


def figures_of(table: "Table") -> dict[str, float]:
    """Return the report's figures by the names that issues and readers use."""
    ours = table["models"][table["recipe"]]
    told: dict[str, float] = {}
    for prefix, figures in (("", ours), ("xgboost_", table["models"]["xgboost"])):
        for name, over_seeds in figures.items():
            told |= {
                f"{prefix}{name}": over_seeds["mean"],
                f"{prefix}{name}_lowest": over_seeds["lowest"],
                f"{prefix}{name}_highest": over_seeds["highest"],
            }
    for name, interval in table["minus_xgboost"].items():
        told |= {f"{name}_minus_xgboost{end}": interval[key] for end, key in _ENDS}
    return told


_ENDS = (("", "value"), ("_low", "low"), ("_high", "high"))


def _line(name: str, figures: "Table") -> str:
    mean = {figure: value["mean"] for figure, value in figures.items()}
    reviews = " ".join(f"{mean[f'review_rate_at_miss_{rate}']:.2%}" for rate in (15, 10, 5))
    return (
        f"{name:24} AP {mean['ap']:.4f}  AUROC {mean['auroc']:.4f}  NLL {mean['nll']:.5f}"
        f"  AUGRC {mean['augrc']:.3g}  review at miss 15/10/5 % {reviews}"
    )
