"""`tertium fit-feed`: what a model's training rows look like as a whole, added to a version without it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from app.cli.printing import complain
from app.cli.training.labelled_files import WHOLE, LabelledFile, read_for_model
from app.cli.training.sample import default_data

if TYPE_CHECKING:
    from app.scoring.feed.reference import FeedReference
    from app.scoring.schema.encoding import Encoding

#: Rows of the generator that count as a right feed beside the training rows, and their seed.
GENERATED_ROWS, GENERATED_SEED = 20_000, 2013


def fit_feed(
    model: Annotated[Path, typer.Argument(help="Folder of the model version.")],
    data: Annotated[
        Path | None,
        typer.Argument(help="The file the model learned from. Default: TERTIUM_DATA, or the sample."),
    ] = None,
    *,
    generator: Annotated[
        Path | None, typer.Option(help="Folder of a generator whose rows count as a right feed, too.")
    ] = None,
) -> None:
    """Learn how a right feed looks from the rows a model was fitted on, and add it to the version."""
    from app.artifacts import ArtifactRefused
    from app.datasets import DatasetRefused
    from app.learning.feed_reference import FeedNotLearnable

    try:
        fingerprint, rows = add_learned_feed(model, data or default_data(), generator)
    except (ArtifactRefused, DatasetRefused, FeedNotLearnable) as refused:
        complain(str(refused))
        raise typer.Exit(code=2) from refused
    print(f"figure feed_rows {rows}")
    print(f"The feed reference in {model} has sha256 {fingerprint}.")


def add_learned_feed(folder: Path, data: Path, generator: Path | None) -> tuple[str, int]:
    """Read, fit, add; return the reference's fingerprint and the rows it was fitted on.

    Raises `ArtifactRefused`, `DatasetRefused` or `FeedNotLearnable`, each with one sentence.
    """
    from app.artifacts import add_feed, load_model
    from app.datasets import DatasetRefused, load_generator
    from app.learning.feed_reference import FeedNotLearnable
    from app.learning.splits import row_hashes, short_hashes

    model = load_model(folder, device="cpu")
    file = read_for_model(data, model, WHOLE)
    fitted = np.isin(short_hashes(row_hashes(file.features, file.amounts)), model.fitted_rows)
    if int(fitted.sum()) < model.fitted_rows.size:
        raise DatasetRefused(f"{data.name} is not the file that model {model.version} learned from")
    others = []
    if generator is not None:
        rng = np.random.Generator(np.random.PCG64(GENERATED_SEED))
        drawn = load_generator(generator).sample(GENERATED_ROWS, fraud_share=0.01, rng=rng)
        others = [(drawn.features, drawn.amounts)]
    weight = float(model.card["data"]["legit_weight"])
    reference = learned_feed(model.schema.encoding, file, fitted, legit_weight=weight, others=others)
    if reference is None:
        raise FeedNotLearnable(f"{data.name} holds too few rows to know a feed by")
    return add_feed(folder, reference), int(fitted.sum())


def learned_feed(
    encoding: "Encoding",
    file: LabelledFile,
    rows: NDArray[np.bool_],
    *,
    legit_weight: float,
    others: list[tuple[NDArray[np.float64], NDArray[np.float64]]] | None = None,
) -> "FeedReference | None":
    """Return the reference of these rows of a file, weighted as traffic.

    None where they, or the columns a feed is known by, are too few.
    """
    from app.learning.feed_reference import FEWEST_ROWS, fit_feed_reference
    from app.scoring.feed.columns import watched_columns, watched_names

    places = list(watched_columns(encoding))
    if int(rows.sum()) < FEWEST_ROWS or not places:
        return None
    return fit_feed_reference(
        watched_names(encoding),
        file.features[rows][:, places],
        file.amounts[rows],
        np.where(file.is_fraud[rows], 1.0, legit_weight)
        * (1.0 if file.weights is None else file.weights[rows]),
        others=others or (),
    )
