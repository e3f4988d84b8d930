"""`tertium data fetch`, `tertium data check FILE`: data to learn from, and what is to know of it before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn

from app.cli.printing import bar, stop
from app.cli.training.sample import BASE_RATE, SAMPLE_SEED, default_data

if TYPE_CHECKING:
    from app.cli.training.data_tables import Tables
    from app.datasets import Inspection
    from app.learning.copies.origins import Origins
    from app.learning.data_report.report import Transactions
    from app.workflows.models.downloads import DownloadedFile, PublicFile

data = typer.Typer(help="Data to learn from.", no_args_is_help=True)

# What `tertium train` promises unless told otherwise.
MISS_RATE, CONFIDENCE = 0.15, 0.95

CREDIT = (
    "Card transactions of ULB and Worldline, from OpenML (data set 1597), Database Contents Licence 1.0."
    " Cite A. Dal Pozzolo, O. Caelen, R. Johnson, G. Bontempi, Calibrating Probability with Undersampling"
    " for Unbalanced Classification, IEEE SSCI 2015."
)


@data.callback()
def group() -> None:
    """Data to learn from."""


@data.command("fetch")
def fetch(
    to: Annotated[Path, typer.Option(help="Folder of the file.")] = Path("data"),
    source: Annotated[
        str | None, typer.Option(hidden=True, help="A mirror of OpenML's data server.", metavar="URL")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(hidden=True, help="Fingerprint of the file, should OpenML's change.")
    ] = None,
) -> None:
    """Download the public credit card data (73 MB, 284,807 transactions) from OpenML."""
    from dataclasses import replace

    from app.datasets import DatasetRefused
    from app.workflows.models.downloads import CREDIT_CARDS

    file = replace(
        CREDIT_CARDS, source=source or CREDIT_CARDS.source, sha256=(sha256 or CREDIT_CARDS.sha256).lower()
    )
    try:
        fetched = _fetched(file, to)
    except DatasetRefused as refused:
        stop(str(refused))
    if fetched.is_new:
        print(f"Fetched {fetched.path} ({fetched.size:,} bytes).")
    else:
        print(f"{fetched.path} is there and intact ({fetched.size:,} bytes); nothing was downloaded.")
    print(f"sha256 {fetched.sha256}")
    print(CREDIT)
    print(f"Look at it with: tertium data check {fetched.path}")
    print(f"Learn from it with: tertium train {fetched.path} --legit-weight 1")


def _fetched(file: "PublicFile", folder: Path) -> "DownloadedFile":
    from app.workflows.models import downloads

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with bar(*columns) as progress:
        task = progress.add_task("", total=None)

        def watch(arrived: int, total: int | None) -> None:
            progress.update(task, completed=arrived, total=total)

        return downloads.fetch(file, folder, watch=watch)


@data.command("check")
def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="Kaggle-format CSV or Parquet with Class. Default: TERTIUM_DATA, or the sample."),
    ] = None,
    legit_weight: Annotated[
        float, typer.Option(min=1e-6, help="Population rows one legit row of the file stands for.")
    ] = 1.0,
    *,
    schema: Annotated[
        Path | None, typer.Option(help="What the columns of your own payments are (tertium schema infer).")
    ] = None,
    models_dir: Annotated[
        Path, typer.Option(help="Folder of the models: the newest says what is usual.")
    ] = Path("models"),
    accept_feed: Annotated[
        bool, typer.Option("--accept-feed", help="It is meant that the columns are of another kind.")
    ] = False,
) -> None:
    """Tell what a data file holds; exit code 1 when it could not be learned from, or not be replayed.

    Exit code 2 when its columns differ as a whole from what the newest model learned from. With a schema,
    exit code 1 also when a column tells the label alone.
    """
    from app.cli.training.data_tables import Tables
    from app.datasets import DatasetRefused, inspect
    from app.learning.data_report.cells import column_ranges
    from app.learning.data_report.report import data_report

    path = file or default_data()
    if schema is not None:
        if not check_own(path, schema):
            raise typer.Exit(1)
        return
    try:
        found = inspect(path)
    except DatasetRefused as refused:
        stop(str(refused))
    tables = Tables()
    tables.columns(found)
    rows = _transactions(found)
    if rows is not None:
        report = data_report(rows, legit_weight=legit_weight)
        tables.rows(report, base_rate=BASE_RATE)
        tables.origins(found, report.origins, rows.is_fraud)
    tables.ranges(column_ranges(found.columns))
    if rows is not None:
        tables.drift(report.drift)
    origins = None if rows is None else report.origins
    _tell_faults(tables, path, found, rows, origins, None if accept_feed else models_dir)


def check_own(path: Path, schema: Path) -> bool:
    """Tell all about a file of own payments; return whether it can be learned from as it is.

    Ends the command where it cannot be read.
    """
    from app.cli.training.schema_check import check_by_schema
    from app.datasets import DatasetRefused

    try:
        return check_by_schema(path, schema, miss_rate=MISS_RATE, confidence=CONFIDENCE, seed=SAMPLE_SEED)
    except DatasetRefused as refused:
        stop(".\n".join(refused.faults))


def _tell_faults(
    tables: "Tables",
    path: Path,
    found: "Inspection",
    rows: "Transactions | None",
    origins: "Origins | None",
    models_dir: Path | None,
) -> None:
    """Tell what could not be replayed or learned from, and end with the exit code that says so.

    The file's feed is compared with that of the newest model in the folder, where one is given.
    """
    replaying = () if found.faults else _replay_faults(path)
    tables.replayed(found.name, replaying)
    learning = tuple(dict.fromkeys((*found.faults, *_learning_faults(found, rows, origins))))
    tables.verdict(found.name, learning)
    if rows is not None and not found.faults and models_dir is not None:
        _refuse_another_feed(found.name, rows, models_dir, has_faults=bool(learning or replaying))
    if learning or replaying:
        raise typer.Exit(1)


def _replay_faults(path: Path) -> tuple[str, ...]:
    """Return what the service would refuse of rows that can be read, and whether their times can be."""
    from datetime import UTC, datetime

    from app.cli.replay.file_rows import checked_moments
    from app.cli.replay.rows import Plan
    from app.datasets import DatasetRefused
    from app.datasets.payment_files.file import read_payments
    from app.datasets.payment_files.schema_file import card_data_schema

    try:
        checked_moments(read_payments(path, card_data_schema()), Plan(), now=datetime.now(tz=UTC))
    except DatasetRefused as refused:
        return refused.faults
    return ()


def _refuse_another_feed(name: str, rows: "Transactions", models: Path, *, has_faults: bool) -> None:
    from app.cli.feed_check import ANOTHER_FEED, feed_problem, newest_reference, refusal

    known = newest_reference(models)
    if known is None or known[1].names != rows.names:
        return
    version, reference = known
    problem = feed_problem(rows.features, rows.amounts, rows.is_fraud, reference)
    if problem:
        stop(refusal(name, version, problem), code=1 if has_faults else ANOTHER_FEED)


def _transactions(found: "Inspection") -> "Transactions | None":
    """Return the rows for the report; None when a column or every row is missing."""
    import numpy as np

    from app.datasets import AMOUNT, CLASS, KAGGLE_NAMES, TIME
    from app.learning.data_report.report import Transactions

    columns = found.columns
    if any(name not in columns for name in (TIME, *KAGGLE_NAMES, AMOUNT)) or not columns[TIME].size:
        return None
    return Transactions(
        names=KAGGLE_NAMES,
        features=np.column_stack([columns[name] for name in KAGGLE_NAMES]),
        amounts=columns[AMOUNT],
        seconds=columns[TIME],
        is_fraud=columns[CLASS] == 1 if CLASS in columns else None,
    )


def _learning_faults(
    found: "Inspection", rows: "Transactions | None", origins: "Origins | None"
) -> tuple[str, ...]:
    """Return what keeps readable rows from being learned from with the defaults of `tertium train`."""
    import numpy as np

    from app.datasets import CLASS, DatasetRefused, checked_labels
    from app.learning.enough_rows import learning_faults

    # A class that cannot be read is a fault of its own, and says nothing of how many frauds there are.
    if rows is None or (rows.is_fraud is not None and not np.isin(found.columns[CLASS], (0, 1)).all()):
        return ()
    try:
        is_fraud = checked_labels(found.name, rows.is_fraud)
    except DatasetRefused as refused:
        return refused.faults
    # Rows that could not be read would count as copies, or as none.
    if found.faults or origins is None:
        return ()
    faults = learning_faults(origins, is_fraud, miss_rate=MISS_RATE, confidence=CONFIDENCE)
    return tuple(f"{found.name} {fault}" for fault in faults)
