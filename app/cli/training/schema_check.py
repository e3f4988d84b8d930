"""`tertium data check --schema S FILE`: what is wrong with own payments, leaks first, then warnings."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.learning.data_report.own_rows import OwnRows


def check_by_schema(path: Path, schema_path: Path, *, miss_rate: float, confidence: float, seed: int) -> bool:
    """Tell all about a file that its schema lets one see; return whether it can be learned from as it is.

    Raises `DatasetRefused` with all faults of the schema, or of the file by it.
    """
    from app.cli.training.schema_check_tables import SchemaTables
    from app.cli.training.watching.reading import read_with_bar
    from app.datasets import DatasetRefused, checked_labels
    from app.datasets.payment_files.schema_file import read_schema
    from app.learning.data_report.own_report import own_report
    from app.learning.data_report.own_rows import OwnRows

    schema = read_schema(schema_path)
    file = read_with_bar(path, schema)
    tables = SchemaTables()
    tables.file(file)
    if file.is_fraud is None:
        raise DatasetRefused(
            f"{file.name} can be scored and replayed; without a label nothing can be learned"
        )
    rows = OwnRows(
        schema=schema,
        columns=file.columns,
        entities=file.entities,
        seconds=file.seconds,
        amounts=file.amounts,
        is_fraud=checked_labels(file.name, file.is_fraud),
    )
    report = own_report(rows)
    tables.report(report)
    faults = [*_faults(file.name, rows, miss_rate=miss_rate, confidence=confidence, seed=seed)]
    faults += [f"{leak.feature} tells the label alone" for leak in report.leaks if not leak.is_meant]
    tables.verdict(file.name, faults)
    return not faults


def _faults(name: str, rows: "OwnRows", *, miss_rate: float, confidence: float, seed: int) -> list[str]:
    """Return what keeps the rows from being learned from with this promise."""
    from app.learning.preparation.own_payments import faults_of, labelled, usual_split

    data = labelled(rows, usual_split(rows.schema), seed=seed)
    return [f"{name} {fault}" for fault in faults_of(data, miss_rate=miss_rate, confidence=confidence)]
