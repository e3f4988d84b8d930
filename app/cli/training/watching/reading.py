"""Own payments read with a bar that shows how far the file is."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.printing import bar

if TYPE_CHECKING:
    from app.datasets.payment_files.file import PaymentFile
    from app.scoring.schema.schema import Schema


def read_with_bar(path: Path, schema: "Schema") -> "PaymentFile":
    """Return the checked payments of a file. Raises `DatasetRefused`."""
    from app.datasets.payment_files.file import read_payments

    with bar() as progress:
        task = progress.add_task("reading", total=1.0)
        return read_payments(path, schema, watch=lambda share: progress.update(task, completed=share))
