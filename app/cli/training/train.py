"""`tertium train`: from a labelled data file to a model folder, in one repeatable command."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.progress import Progress

from app.cli.printing import bar, complain
from app.cli.progress_lines import UNHEARD, ProgressLines, progress_lines
from app.cli.training.labelled_files import Window, utc
from app.cli.training.own.card_facts import data_facts, figures, told_weights
from app.cli.training.own.recipe_choice import choice_facts, chosen_recipe
from app.cli.training.sample import SHIPPED_SEED
from app.cli.training.stored.asked import stored_asked
from app.cli.training.stored.source import stored_source
from app.cli.training.training_source import TrainingSource, source_of
from app.cli.training.watching.memory import peak_gib
from app.datasets.refusal import shown_line
from app.learning.splits import Split
from app.triage.certificate import Kind

if TYPE_CHECKING:
    from app.learning.copies.origins import Origins
    from app.learning.first_policy import Plan
    from app.learning.taught.recipe_choice import RecipeChoice
    from app.learning.training.recipe import Recipe
    from app.scoring.arrays import Flags

# One for each of four folds.
FITS = 4


def train(  # noqa: PLR0913  # one parameter per option of the command
    data: Annotated[
        Path | None,
        typer.Argument(help="CSV or Parquet with labels. Default: TERTIUM_DATA, or the sample."),
    ] = None,
    *,
    schema: Annotated[
        Path | None, typer.Option(help="schema.toml of the file. Default: Time, V1..V28, Amount, Class.")
    ] = None,
    from_database: Annotated[
        bool, typer.Option("--from-database", help="Learn from the payments that the service stored.")
    ] = False,
    train_since: Annotated[
        datetime | None,
        typer.Option("--train-since", "--since", help="Payments before it are not learned from (UTC)."),
    ] = None,
    train_until: Annotated[
        datetime | None,
        typer.Option("--train-until", "--until", help="Payments from it on are not looked at (UTC)."),
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(help="With --from-database: what was known at this moment (UTC). Default: now."),
    ] = None,
    source_share: Annotated[
        str | None,
        typer.Option(
            help="With --from-database: a source and the share of frauds it reports, such as chargeback=0.95;"
            " approved payments it did not report in the label's delay then count as legit."
        ),
    ] = None,
    split: Annotated[
        Split | None,
        typer.Option(help="How rows are parted. Default: by time where the schema names one."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Recipe as a TOML file. Default: the best by inner folds; without a schema the kept one."
        ),
    ] = None,
    legit_weight: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            help="Population rows one legit row stands for. Default: the schema's.",
        ),
    ] = None,
    base_rate: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            max=0.5,
            help="Share of frauds in the population. Default: the schema's, else the file's.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of split, weights and dropout masks.")] = SHIPPED_SEED,
    models_dir: Annotated[Path, typer.Option(help="Folder of the model versions.")] = Path("models"),
    version: Annotated[
        str | None, typer.Option(help="Name of the version. Default: the date, a letter.")
    ] = None,
    miss_rate: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Frauds the model may approve, at most.")
    ] = 0.15,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of that guarantee.")] = 0.95,
    chosen_among: Annotated[
        int, typer.Option(min=1, help="Seeds whose bounds were compared before this one was taken.")
    ] = 1,
    certificate: Annotated[
        Kind, typer.Option(help="Whether its frauds teach those members that do not score them, or nobody.")
    ] = Kind.CROSS_FITTED,
    novelty_at_most: Annotated[
        float | None,
        typer.Option(min=99, max=100, help="Novelty (percentile) up to which the model decides."),
    ] = 99.99,
    device: Annotated[str, typer.Option(help="Where to train: auto, cpu or cuda.")] = "auto",
    progress_to: Annotated[
        Path | None, typer.Option(help="File or pipe told how far it is: one JSON object a line.")
    ] = None,
) -> None:
    """Train a model, set its first policy, and write both as a new version."""
    from app.artifacts import ArtifactRefused, next_version
    from app.datasets import DatasetRefused
    from app.learning.first_policy import Plan
    from app.learning.fitting import NothingLearned, RowsTooFarApart
    from app.learning.teachers import LibraryMissing
    from app.learning.training.recipe import RecipeRefused
    from app.scoring.network.passes import DeviceUnavailable, choose_device
    from app.triage.certificate import PromiseInfeasible

    try:
        window = Window(since=utc(train_since), until=utc(train_until))
        stored = stored_asked(
            data, window, from_database=from_database, known_at=known_at, source_share=source_share
        )
        holds_out = certificate is Kind.HELD_OUT
        source = (
            source_of(data, schema, window, split, seed=seed, holds_out=holds_out)
            if stored is None
            else stored_source(stored, schema, split, seed=seed, holds_out=holds_out)
        )
        population = source.population(legit_weight=legit_weight, base_rate=base_rate)
        plan = Plan(
            version=version or next_version(models_dir, datetime.now(tz=UTC).date()),
            recipe=_recipe(recipe),
            seed=seed,
            legit_weight=population.legit_weight,
            base_rate=population.base_rate,
            miss_rate=miss_rate,
            confidence=confidence,
            chosen_among=chosen_among,
            novelty_at_most=novelty_at_most,
            device=choose_device(device),
        )
        with progress_lines(progress_to) as lines:
            is_asked = (schema is not None or stored is not None) and recipe is None
            plan, choice = chosen_recipe(source, plan) if is_asked else (plan, None)
            folder, facts = train_model(source, models_dir, plan, choice=choice, lines=lines)
    except (
        ArtifactRefused,
        DatasetRefused,
        DeviceUnavailable,
        LibraryMissing,
        NothingLearned,
        PromiseInfeasible,
        RecipeRefused,
        RowsTooFarApart,
    ) as refused:
        complain(str(refused))
        raise typer.Exit(code=1) from refused
    _warn_of_rates(facts, legit_weight=plan.legit_weight, base_rate=plan.base_rate)
    _tell(folder, facts)


def _tell(folder: Path, facts: dict[str, Any]) -> None:
    for figure, value in figures(facts).items():
        print(f"figure {figure} {value:.6g}")
    print(f"Memory at most: {peak_gib():.2f} GiB")
    print(f"The model is in {folder}.")


def _recipe(path: Path | None) -> "Recipe":
    from app.cli.training.recipes import read_recipe, shipped_recipes

    return shipped_recipes().chosen() if path is None else read_recipe(path)


def _warn_of_rates(facts: dict[str, Any], *, legit_weight: float, base_rate: float) -> None:
    told_rate = facts["data"]["weighted_fraud_rate"]
    if 0.5 < told_rate / base_rate < 2:
        return
    complain(
        f"With --legit-weight {legit_weight:g} the file's fraud rate is {told_rate:.3%}, but --base-rate"
        f" says {base_rate:.3%}: one of the two is wrong",
        style="yellow",
    )


def train_model(
    source: "TrainingSource",
    models_dir: Path,
    plan: "Plan",
    *,
    choice: "RecipeChoice | None" = None,
    lines: ProgressLines = UNHEARD,
) -> tuple[Path, dict[str, Any]]:
    """Learn and write; return the version's folder and the facts of its card.

    Raises `DatasetRefused`, `NothingLearned`, `RowsTooFarApart`, `PromiseInfeasible`, `RecipeRefused`,
    `LibraryMissing` or `ArtifactRefused`, each with one sentence.
    """
    from app.artifacts import Package, calibration_part, save_model
    from app.cli.training.feed_reference import learned_feed
    from app.learning.learn import learn
    from app.learning.splits import row_hashes, short_hashes

    file, labelled = source.file, source.labelled
    source.refuse_too_few(plan)
    if file.note:
        complain(file.note, style="yellow")
    _tell_copies(file.origins, file.is_fraud)
    for leak in source.leaks:
        complain(shown_line(leak.sentence), style="yellow")
    with bar() as progress:
        learned = learn(labelled, plan, watch=_watcher(progress, plan.recipe, lines))
    facts = data_facts(source, plan) | told_weights(learned.facts, source) | choice_facts(choice)
    fitted = np.isin(short_hashes(row_hashes(file.features, file.amounts)), learned.fitted_rows)
    package = Package(
        version=plan.version,
        network=learned.network,
        masks=learned.masks,
        scorer=learned.scorer,
        legit_quantiles=learned.legit_quantiles,
        base_rate=plan.base_rate,
        fitted_rows=learned.fitted_rows,
        fitted_folds=learned.fitted_folds,
        policy=learned.policy,
        certificate=learned.certificate,
        policy_reason=learned.reason,
        calibration=calibration_part(
            learned.calibration.scores,
            learned.calibration.is_fraud,
            rows_sha256=learned.certificate.rows_sha256,
            folds=learned.calibration.folds,
        ),
        feed=learned_feed(labelled.encoding, file, fitted, legit_weight=plan.legit_weight),
        facts=facts,
    )
    return save_model(models_dir, package), facts


def _tell_copies(origins: "Origins", is_fraud: "Flags") -> None:
    from app.learning.copies.told import findings

    for finding in findings(origins, is_fraud):
        complain(finding.sentence, style="yellow")


def _watcher(progress: Progress, recipe: "Recipe", lines: ProgressLines) -> "partial[None]":
    epochs = [group.schedule.epochs for group in recipe.groups]
    task = progress.add_task("training", total=FITS * sum(epochs))
    return partial(_show, partial(progress.update, task), lines, epochs)


def _show(
    bar: Callable[..., None],
    lines: ProgressLines,
    epochs: list[int],
    fit: int,
    group: int,
    epoch: int,
    loss: float,
) -> None:
    done = (fit - 1) * sum(epochs) + sum(epochs[: group - 1]) + epoch
    doing = f"fit {fit} of {FITS}, group {group}, loss {loss:.4g}"
    bar(completed=done, description=doing)
    lines.tell(share=done / (FITS * sum(epochs)), doing=doing)
