"""`tertium evaluate`: what a model and its first policy are worth on any labelled file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from app.cli.printing import complain
from app.cli.training.labelled_files import LabelledFile, Window, read_for_model, utc
from app.cli.training.sample import default_data

if TYPE_CHECKING:
    from app.artifacts import Model
    from app.learning.copies.origins import Origins
    from app.learning.metrics.bootstrap import Interval


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
        bool, typer.Option(help="Count the rows the model was fitted on, too; every line says IN-SAMPLE.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
) -> None:
    """Print a model's figures at its shipped bounds, each with its 95 % interval.

    Rows the model was fitted on are left out: they are known by their fingerprints in the artifact.
    """
    from app.artifacts import ArtifactRefused, load_model, newest_model
    from app.datasets import DatasetRefused

    try:
        loaded = load_model(model or newest_model(models_dir), device="auto")
        file = read_for_model(data or default_data(), loaded, Window(since=utc(since), until=utc(until)))
        is_fraud, weight = file.is_fraud, _legit_weight(loaded, legit_weight)
        _refuse_unsure(file)
        fitted = _fitted(file, loaded)
        taken = np.flatnonzero(~fitted | with_fitted_rows)
        rows = _counted(file.origins, is_fraud, taken)
        _refuse_without_classes(is_fraud[rows], left_out=int(fitted.sum()), name=file.name)
    except (ArtifactRefused, DatasetRefused) as refused:
        complain(str(refused))
        raise typer.Exit(code=1) from refused
    told, counts = _figures(loaded, file, rows, is_fraud[rows], legit_weight=weight, seed=seed)
    mark = " IN-SAMPLE" if with_fitted_rows and fitted.any() else ""
    left_out = 0 if with_fitted_rows else int(fitted.sum())
    copies = (
        f", {taken.size - rows.size:,} frauds are copies of others and count once"
        if taken.size > rows.size
        else ""
    )
    print(
        f"model {loaded.version}: {is_fraud[rows].sum():,} frauds and {(~is_fraud[rows]).sum():,} legits of"
        f" {file.name}, each legit counted {weight:g} times; {left_out:,} rows it was fitted on are"
        f" left out{copies}{mark}"
    )
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


def _fitted(file: LabelledFile, model: "Model") -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which rows of the file the model was fitted on, or on a row of the same origin."""
    from app.learning.splits import row_hashes, short_hashes

    is_fitted = np.isin(short_hashes(row_hashes(file.features, file.amounts)), model.fitted_rows)
    return np.isin(file.origins.keys, file.origins.keys[is_fitted])


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
    file: LabelledFile,
    rows: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    is_fraud: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    *,
    legit_weight: float,
    seed: int,
) -> "tuple[dict[str, Interval], dict[str, int]]":
    from app.learning.evaluation import model_intervals, policy_counts, policy_intervals
    from app.learning.first_policy import labels_of

    vectors = model.schema.standardised(file.features[rows], file.amounts[rows])
    scores = model.scorer.score(vectors)
    weights = np.where(is_fraud, 1.0, legit_weight)
    generator = np.random.Generator(np.random.PCG64(seed))
    told = model_intervals(scores.margin, scores.probability, is_fraud, weights, generator=generator)
    labels = labels_of(scores, file.amounts[rows], model.policy)
    told |= policy_intervals(labels, is_fraud, weights, generator=generator)
    return told, policy_counts(labels, is_fraud)
