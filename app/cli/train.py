"""`tertium train`: from a labelled data file to a model folder, in one repeatable command."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress, TaskID

if TYPE_CHECKING:
    from app.datasets import TransactionFile
    from app.learning.first_policy import Plan
    from app.learning.recipe import Learned

#: Where the sample lies next to a checkout, when TERTIUM_DATA says nothing else.
SAMPLE = Path("../shared/data/creditcard-sample.csv")

# Frauds among card payments in the whole Kaggle file without exact copies: 473 of 283,726.
BASE_RATE = 0.00167

SAMPLE_SHA256 = "ec3511e269f88d7c65cef4a8497a32616f9cca4f15a2169d5e8ad9b9b14c4dc2"
SOURCE = (
    "a sample of the ULB / Worldline credit card fraud data (Dal Pozzolo et al., IEEE SSCI 2015), Database"
    " Contents Licence 1.0; no row of it is part of this model"
)
SAMPLE_LIMITS = (
    "learned from two days of European card payments of September 2013, amounts in euros only",
    "V1..V28 are principal components of undisclosed features, so an explanation by them names no cause",
    "a payment service cannot compute V1..V28 for its own transactions",
    "a demonstration: train on your own transactions before deciding about anybody's money",
)
#: The default seed's split of the sample: on its first two parts the default recipe was chosen.
SAMPLE_SEED = 20130901
SAMPLE_CHOICES = (
    "clamp, learning rate, widths and dropout were compared by 3-fold cross-validation inside the training"
    " and validation parts of this split; its calibration part was used for none of it (a fault of the first"
    " recipe, an offset that started at zero, was found on another split of the same file)"
)
LIMITS = (
    "the certificate's promise holds while transactions resemble the calibration part",
    "its figures are those of one split; see `repeated` for how much they move between splits",
    "thresholds were chosen for this model alone and mean nothing on another model's scale",
)


def default_data() -> Path:
    """Return the file TERTIUM_DATA names, else the sample next to the checkout."""
    return Path(os.environ.get("TERTIUM_DATA") or SAMPLE)


def train(  # noqa: PLR0913  # one parameter per option of the command
    data: Annotated[
        Path | None,
        typer.Argument(help="Kaggle-format CSV or Parquet with Class. Default: TERTIUM_DATA, or the sample."),
    ] = None,
    *,
    legit_weight: Annotated[
        float, typer.Option(min=1e-6, help="Population rows one legit row of the file stands for.")
    ] = 5.41,
    base_rate: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="Share of frauds in the population.")
    ] = BASE_RATE,
    seed: Annotated[int, typer.Option(min=0, help="Of split, weights and dropout masks.")] = SAMPLE_SEED,
    models_dir: Annotated[Path, typer.Option(help="Folder of the model versions.")] = Path("models"),
    version: Annotated[
        str | None, typer.Option(help="Name of the version. Default: the date, a letter.")
    ] = None,
    miss_rate: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Frauds the machine may approve, at most.")
    ] = 0.15,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of that promise.")] = 0.95,
    novelty_at_most: Annotated[
        float | None, typer.Option(min=99, max=100, help="Novelty (percentile) the machine decides on.")
    ] = 99.99,
    repeats: Annotated[
        int, typer.Option(min=0, help="Further splits to train on, for figures that mean something.")
    ] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training part, at most.")] = 100,
) -> None:
    """Train a model, set its first policy, and write both as a new version."""
    from app.artifacts import ArtifactRefused, next_version
    from app.datasets import DatasetRefused
    from app.learning.first_policy import Plan
    from app.learning.fitting import NothingLearned
    from app.learning.training import Recipe
    from app.triage.certificate import PromiseInfeasible

    name = version or next_version(models_dir, datetime.now(tz=UTC).date())
    plan = Plan(
        version=name,
        recipe=Recipe(seed=seed, epochs=epochs),
        legit_weight=legit_weight,
        base_rate=base_rate,
        miss_rate=miss_rate,
        confidence=confidence,
        novelty_at_most=novelty_at_most,
    )
    try:
        folder, facts = train_model(data or default_data(), models_dir, plan, repeats=repeats)
    except (ArtifactRefused, DatasetRefused, NothingLearned, PromiseInfeasible) as refused:
        Console(stderr=True).print(f"{refused}.", style="red", soft_wrap=True)
        raise typer.Exit(code=1) from refused
    told_rate = facts["data"]["weighted_fraud_rate"]
    if not 0.5 < told_rate / base_rate < 2:
        Console(stderr=True).print(
            f"With --legit-weight {legit_weight:g} the file's fraud rate is {told_rate:.3%}, but --base-rate"
            f" says {base_rate:.3%}: one of the two is wrong.",
            style="yellow",
            soft_wrap=True,
        )
    for figure, value in figures(facts).items():
        print(f"figure {figure} {value:.6g}")
    print(f"The model is in {folder}.")


def train_model(
    data: Path, models_dir: Path, plan: "Plan", *, repeats: int = 0
) -> tuple[Path, dict[str, Any]]:
    """Read, learn, write; return the version's folder and the facts of its card.

    Raises `DatasetRefused`, `NothingLearned`, `PromiseInfeasible` or `ArtifactRefused`, each with one
    sentence.
    """
    from app.artifacts import Package, save_model
    from app.datasets import read_labelled

    file, classes = read_labelled(data)
    runs = _runs(file, classes, plan, repeats=repeats)
    learned = runs[0]
    facts = _facts(file, classes, plan) | learned.facts
    facts["repeated"] = _repeated([run.facts for run in runs])
    package = Package(
        version=plan.version,
        network=learned.trained.network,
        masks=learned.masks,
        scorer=learned.scorer,
        legit_quantiles=learned.legit_quantiles,
        base_rate=plan.base_rate,
        policy=learned.policy,
        certificate=learned.certificate,
        policy_reason=learned.reason,
        facts=facts,
    )
    return save_model(models_dir, package), facts


def _runs(
    file: "TransactionFile", classes: NDArray[np.bool_], plan: "Plan", *, repeats: int
) -> list["Learned"]:
    """Learn once by the plan, then on further splits by the seeds that follow."""
    from app.learning.recipe import Labelled, learn

    labelled = Labelled(names=file.names, features=file.features, amounts=file.amounts, is_fraud=classes)
    runs = []
    with Progress(transient=True) as progress:
        for seed in range(plan.recipe.seed, plan.recipe.seed + 1 + repeats):
            own = replace(plan, recipe=replace(plan.recipe, seed=seed))
            task = progress.add_task(f"seed {seed}", total=own.recipe.epochs)
            watch = partial(_show, progress, task)
            runs.append(learn(labelled, own, watch=watch))
            progress.update(task, completed=own.recipe.epochs)
    return runs


def _show(progress: Progress, task: TaskID, epoch: int, nll: float) -> None:
    progress.update(task, completed=epoch, description=f"validation NLL {nll:.5f}")


def _facts(file: "TransactionFile", classes: NDArray[np.bool_], plan: "Plan") -> dict[str, Any]:
    """Return what the card says of the data."""
    is_sample = file.sha256 == SAMPLE_SHA256
    is_default = is_sample and plan.recipe.seed == SAMPLE_SEED
    legits, frauds = int((~classes).sum()), int(classes.sum())
    return {
        "source": SOURCE if is_sample else "the file named under `data`",
        "data": {
            "file": file.name,
            "sha256": file.sha256,
            "frauds": frauds,
            "legits": legits,
            "legit_weight": plan.legit_weight,
            "weighted_fraud_rate": frauds / (frauds + legits * plan.legit_weight),
        },
        "choices": SAMPLE_CHOICES if is_default else "the default recipe, chosen on other data",
        "limits": [*(SAMPLE_LIMITS if is_sample else ()), *LIMITS],
    }


def _repeated(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return median, lowest and highest of each figure over splits that differ in their seed."""
    told = [figures(facts) for facts in runs]
    shared = [name for name in told[0] if all(name in figures_of_run for figures_of_run in told)]
    return {
        "what": f"{len(runs)} splits by consecutive seeds, the shipped one included; calibration parts",
        **{
            name: {
                "median": median(run[name] for run in told),
                "lowest": min(run[name] for run in told),
                "highest": max(run[name] for run in told),
            }
            for name in shared
        },
    }


def figures(facts: dict[str, Any]) -> dict[str, float]:
    """Return the calibration part's figures by name, for the command's last lines."""
    of_model = facts["metrics"]["calibration"]
    told = {name: of_model[name] for name in ("average_precision", "auroc", "nll", "brier_skill")}
    for promise, outcome in facts["policies"].items():
        if isinstance(outcome, dict) and "novelty" not in promise:
            share = promise.removeprefix("miss at most ").removesuffix("%")
            told[f"review_rate_at_{share}"] = outcome["calibration"]["review_rate"]
            told[f"miss_rate_at_{share}"] = outcome["calibration"]["miss_rate"]
    return told
