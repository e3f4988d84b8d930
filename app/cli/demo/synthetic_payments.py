"""`tertium fit-synthetic-payments`: fits the generator of synthetic payments that the demo posts."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.printing import complain
from app.cli.training.sample import SOURCE, default_data


def fit_synthetic_payments(
    data: Annotated[
        Path | None,
        typer.Argument(help="Kaggle-format CSV or Parquet with Class. Default: TERTIUM_DATA, or the sample."),
    ] = None,
    *,
    into: Annotated[Path, typer.Option(help="Folder of the generator.")] = Path("models/demo"),
    seed: Annotated[int, typer.Option(min=0, help="Seed of the fit's starting values.")] = 2013,
) -> None:
    """Fit the generator of synthetic payments, and write its parameters without any row of the data."""
    from app.datasets import DatasetRefused
    from app.learning.generator_fitting import TooFewRows

    try:
        told = fit_and_save(data or default_data(), into, seed=seed)
    except (DatasetRefused, TooFewRows) as refused:
        complain(str(refused))
        raise typer.Exit(code=2) from refused
    for figure, value in told.items():
        print(f"figure {figure} {value}")
    print(f"The generator is in {into}.")


def fit_and_save(data: Path, into: Path, *, seed: int) -> dict[str, int]:
    """Read, fit, write; return the figures worth telling.

    Raises `DatasetRefused` or `TooFewRows`, each with one sentence.
    """
    from app.datasets import DatasetRefused, read_transactions, save_generator
    from app.learning.generator_fitting import fit_generator

    file = read_transactions(data)
    if file.classes is None:
        raise DatasetRefused(f"{data.name} has no column Class, and the two classes are fitted apart")
    generator = fit_generator(file.names, file.features, file.amounts, file.classes, seed=seed)
    components = {
        "legit_components": int(generator.legit.weights.size),
        "fraud_components": int(generator.fraud.weights.size),
        "least_rows_legit": round(float(generator.legit.weights.min()) * int((~file.classes).sum())),
        "least_rows_fraud": round(float(generator.fraud.weights.min()) * int(file.classes.sum())),
    }
    origin = {
        "source": SOURCE.replace("this model", "this generator"),
        "fitted_to": {
            "file": data.name,
            "sha256": file.sha256,
            "frauds": int(file.classes.sum()),
            "legits": int((~file.classes).sum()),
        },
        "seed": seed,
        **components,
    }
    save_generator(into, generator, origin)
    return components
