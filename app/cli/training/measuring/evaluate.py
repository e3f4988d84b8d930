"""`tertium evaluate`: what a model and its first policy are worth on any labelled file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from app.cli.printing import complain
from app.cli.training.labelled_files import LabelledFile, Window, read_for_model, utc
from app.cli.training.measuring.fitted_rows import FittedRows, fitted_rows
from app.cli.training.sample import default_data

if TYPE_CHECKING:
    from app.artifacts import Model
    from app.learning.copies.origins import Origins
    from app.learning.metrics.bootstrap import Interval
    from app.scoring.uncertainty import Scores


def evaluate(
    *,
    data: Annotated[
        Path | None, typer.Option(help="Labelled CSV or Parquet. Default: TERTIUM_DATA, or the sample.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Payments before it are left out (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Payments from it on are left out (UTC).")] = None,
    legit_weight: Annotated[
        float | None,
        typer.Option(min=1e-6, help="Population rows one legit row stands for. Default: the schema's."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="A version's folder. Default: the newest shipped.")
    ] = None,
    models_dir: Annotated[Path, typer.Option(help="Folder of the model versions.")] = Path("models"),
    with_fitted_rows: Annotated[
        bool,
        typer.Option(help="Score rows by members that were fitted on them, too; every line says IN-SAMPLE."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
) -> None:
    """Print a model's figures at its shipped bounds, each with its 95 % interval.

    Rows the model was fitted on are known by their fingerprints in the artifact. Those that some of its
    members never saw are scored by these alone, and every line says CROSS-FITTED; the others are left out.
    """
    from app.artifacts import ArtifactRefused, load_model, newest_model
    from app.datasets import DatasetRefused

    try:
        loaded = load_model(model or newest_model(models_dir), device="auto")
        file = read_for_model(data or default_data(), loaded, Window(since=utc(since), until=utc(until)))
        is_fraud, weight = file.is_fraud, _legit_weight(loaded, legit_weight)
        _refuse_unsure(file)
        fitted = fitted_rows(file, loaded)
        is_counted = ~fitted.is_fitted | fitted.has_fold | with_fitted_rows
        taken = np.flatnonzero(is_counted)
        rows = _counted(file.origins, is_fraud, taken)
        left_out = int((~is_counted).sum())
        _refuse_without_classes(is_fraud[rows], left_out=left_out, name=file.name)
    except (ArtifactRefused, DatasetRefused) as refused:
        complain(str(refused))
        raise typer.Exit(code=1) from refused
    scores = fitted.scores(loaded, file, rows, in_sample=with_fitted_rows)
    told, counts = _figures(
        loaded, scores, file.amounts[rows], is_fraud[rows], legit_weight=weight, seed=seed
    )
    mark = _mark(fitted, in_sample=with_fitted_rows)
    copies = (
        f", {taken.size - rows.size:,} frauds are copies of others and count once"
        if taken.size > rows.size
        else ""
    )
    crossed = (
        f"; {int(fitted.has_fold[rows].sum()):,} of them taught it, and are scored by members that"
        " never saw them"
        if fitted.has_fold.any() and not with_fitted_rows
        else ""
    )
    print(
        f"model {loaded.version}: {is_fraud[rows].sum():,} frauds and {(~is_fraud[rows]).sum():,} legits of"
        f" {file.name}, each legit counted {weight:g} times{crossed}; {left_out:,} rows it was fitted on are"
        f" left out{copies}{mark}"
    )
    _tell(told, counts, mark)


def _tell(told: "dict[str, Interval]", counts: dict[str, int], mark: str) -> None:
    for name, count in counts.items():
        print(f"figure {name} {count}{mark}")
    for name, interval in told.items():
        print(f"figure {name} {interval.value:.6g}{mark}")
        print(f"figure {name}_low {interval.low:.6g}{mark}")
        print(f"figure {name}_high {interval.high:.6g}{mark}")


def _legit_weight(model: "Model", asked: float | None) -> float:
    """Return what was asked for, else what the model's schema says."""
    label = model.schema.described.label
    return asked or (1.0 if label is None else label.legit_weight)


def _mark(fitted: FittedRows, *, in_sample: bool) -> str:
    """Return what every line says of rows that taught the model."""
    if in_sample and fitted.is_fitted.any():
        return " IN-SAMPLE"
    return " CROSS-FITTED" if fitted.has_fold.any() else ""


def _refuse_unsure(file: LabelledFile) -> None:
    """Raise `DatasetRefused` where the origins of frauds cannot be told."""
    from app.datasets import DatasetRefused
    from app.learning.copies.told import missing_originals

    if file.origins.is_unsure:
        raise DatasetRefused(f"{file.name} {missing_originals(file.origins, file.is_fraud)}")


def _counted(
    origins: "Origins",
    is_fraud: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    rows: "np.ndarray[tuple[int], np.dtype[np.intp]]",
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return the rows without frauds that come from one before them: they are no further evidence."""
    from app.learning.enough_rows import without_copied_frauds

    kept = np.intersect1d(rows, origins.kept)
    return kept[without_copied_frauds(origins.keys[kept], is_fraud[kept])]


def _refuse_without_classes(
    is_fraud: "np.ndarray[tuple[int], np.dtype[np.bool_]]", *, left_out: int, name: str
) -> None:
    from app.datasets import DatasetRefused

    if is_fraud.any() and not is_fraud.all():
        return
    why = f", {left_out:,} rows it was fitted on being left out" if left_out else ""
    raise DatasetRefused(f"{name} has not both frauds and legits to evaluate the model on{why}")


def _figures(
    model: "Model",
    scores: "Scores",
    amounts: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    is_fraud: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    *,
    legit_weight: float,
    seed: int,
) -> "tuple[dict[str, Interval], dict[str, int]]":
    from app.learning.evaluation import model_intervals, policy_counts, policy_intervals
    from app.learning.first_policy import labels_of

    weights = np.where(is_fraud, 1.0, legit_weight)
    generator = np.random.Generator(np.random.PCG64(seed))
    told = model_intervals(scores.margin, scores.probability, is_fraud, weights, generator=generator)
    labels = labels_of(scores, amounts, model.policy)
    told |= policy_intervals(labels, is_fraud, weights, generator=generator)
    return told, policy_counts(labels, is_fraud)
