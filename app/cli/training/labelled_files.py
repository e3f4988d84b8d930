"""A labelled file as a model learns from it or is measured on it, whatever its schema."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from app.artifacts import Model
    from app.datasets.payment_files.file import PaymentFile
    from app.learning.copies.origins import Origins
    from app.learning.data_report.leaks import Leak
    from app.learning.preparation.labelled import Labelled
    from app.learning.splits import Split
    from app.scoring.schema.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledFile:
    """What commands say of a file, and its rows as a network reads them."""

    name: str
    sha256: str
    #: Which columns nobody reads; empty when there are none.
    note: str
    #: Encoded, without the amount; shape (rows, columns).
    features: NDArray[np.float64]
    amounts: NDArray[np.float64]
    is_fraud: NDArray[np.bool_]
    #: Which rows are of one origin.
    origins: "Origins"
    #: Of how many payments each speaks beside the legits' weight; None: of one.
    weights: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The payments that may be looked at; None: no end on this side."""

    since: datetime | None = None
    until: datetime | None = None

    def rows(self, seconds: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the places of the payments inside, ascending. The end itself is outside."""
        inside = np.ones(seconds.size, dtype=np.bool_)
        if self.since is not None:
            inside &= seconds >= self.since.timestamp()
        if self.until is not None:
            inside &= seconds < self.until.timestamp()
        return np.flatnonzero(inside)


WHOLE = Window()


def utc(moment: datetime | None) -> datetime | None:
    """Return a moment of the command line, which has no zone, as one in UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def read_own(
    path: Path, schema: "Schema", window: Window, split: "Split | None", *, seed: int, holds_out: bool
) -> tuple[LabelledFile, "Labelled", "tuple[Leak, ...]"]:
    """Read a labelled file by its schema, encode it, part it, and name its leaks. Raises `DatasetRefused`."""
    from app.learning.data_report.leaks import leaks
    from app.learning.preparation.own_payments import labelled, usual_split

    file, own = _own_payments(path, schema, window)
    data = labelled(own, split or usual_split(schema), seed=seed, holds_out=holds_out)
    found = leaks(schema, own.columns, own.amounts, own.is_fraud)
    return _labelled_file(file, data), data, found


def read_for_model(path: Path, model: "Model", window: Window) -> LabelledFile:
    """Read a labelled file as a model reads payments. Raises `DatasetRefused`."""
    from app.learning.preparation.own_payments import encoded

    file, own = _own_payments(path, model.schema.described, window)
    return _labelled_file(file, encoded(own, model.schema.encoding))


def _own_payments(path: Path, schema: "Schema", window: Window) -> "tuple[PaymentFile, Any]":
    from app.cli.training.watching.reading import read_with_bar
    from app.datasets import DatasetRefused, checked_labels
    from app.learning.preparation.history import history_columns
    from app.learning.preparation.own_payments import OwnPayments
    from app.scoring.schema.schema import APART_ONLY

    if schema.label is None:
        raise DatasetRefused(
            f"the schema {schema.name} names no label, and without labels nothing can be learned"
        )
    file = read_with_bar(path, schema)
    is_apart_only = schema.payment.time_format in APART_ONLY
    if window != WHOLE and (is_apart_only or np.isnan(file.seconds).any()):
        raise DatasetRefused("a window in time needs a schema that says when payments occurred")
    rows = window.rows(file.seconds)
    if file.is_fraud is None:
        raise DatasetRefused(f"{file.name} has no column {schema.label.column}, which says what was fraud")
    is_fraud = checked_labels(file.name, file.is_fraud[rows])
    # Payments before the window are history of those inside it, payments after it of none.
    known = int(rows[-1]) + 1
    entities = {name: column.taken(np.arange(known)) for name, column in file.entities.items()}
    history = history_columns(
        schema, entities, file.seconds[:known], file.amounts[:known], file.is_fraud[:known]
    )
    own = OwnPayments(
        schema=schema,
        columns={name: column.taken(rows) for name, column in {**file.columns, **history}.items()},
        seconds=file.seconds[rows],
        amounts=file.amounts[rows],
        is_fraud=is_fraud,
    )
    return file, own


def _labelled_file(file: "PaymentFile", data: "Labelled") -> LabelledFile:
    return LabelledFile(
        name=file.name,
        sha256=file.sha256,
        note=file.note,
        features=data.features,
        amounts=data.amounts,
        is_fraud=data.is_fraud,
        origins=data.origins,
    )
