"""Which cells a schema wants of a file, and by which rule each column is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from app.datasets.payment_files.cells import BooleanCells, Cells, NumberCells, WordCells
from app.datasets.payment_files.moments import MomentCells
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import ISO, Schema

#: What files write for true and false where a schema says nothing else.
TRUE, FALSE = frozenset({"true", "True", "TRUE", "1"}), frozenset({"false", "False", "FALSE", "0"})

#: A number so many times beyond its feature's range has lost its decimal point.
FAR = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedColumns:
    """The cells of every column a schema names, by the column's name in the file."""

    needed: Mapping[str, Cells]
    #: Read where it is there: an unlabelled file can be scored and replayed.
    label: BooleanCells | None

    def named(self, column: str) -> Cells | None:
        """Return the cells of a column; None where nobody reads it."""
        if self.label is not None and column == self.label.name:
            return self.label
        return self.needed.get(column)


def wanted_columns(schema: Schema) -> WantedColumns:
    """Return empty cells for a schema's columns; a column that is read twice is read once."""
    payment, label = schema.payment, schema.label
    needed: dict[str, Cells] = {}
    for column in schema.entities.values():
        needed[column] = WordCells(
            name=column, expected="what tells one from another", may_be_missing=True, is_entity=True
        )
    if payment.id:
        needed[payment.id] = WordCells(name=payment.id, expected="an id of its own", is_entity=True)
    if payment.amount:
        needed[payment.amount] = NumberCells(
            name=payment.amount,
            expected="an amount that is not negative",
            is_good=lambda values: (values >= 0) & np.isfinite(values),
            written=schema.file,
            is_amount=True,
        )
    if payment.time:
        needed[payment.time] = MomentCells(
            name=payment.time,
            expected=f"a moment ({payment.time_format})",
            time_format=payment.time_format,
            zone=schema.zone,
        )
    needed |= {each.in_file: feature_cells(each, schema) for each in schema.features}
    of_label = (
        BooleanCells(
            name=label.column,
            expected=f"{' or '.join(label.fraud)} (fraud), {' or '.join(label.legit)} (legit)",
            true=frozenset(label.fraud),
            false=frozenset(label.legit),
        )
        if label
        else None
    )
    return WantedColumns(needed=needed, label=of_label)


def feature_cells(feature: Feature, schema: Schema) -> Cells:
    """Return the empty cells of a feature."""
    nothing, may_be_missing = frozenset(feature.nothing), feature.may_be_missing
    if feature.kind is Kind.CATEGORY:
        return WordCells(
            name=feature.in_file, expected="a word", nothing=nothing, may_be_missing=may_be_missing
        )
    if feature.kind is Kind.BOOLEAN:
        true, false = frozenset(feature.true) or TRUE, frozenset(feature.false) or FALSE
        return BooleanCells(
            name=feature.in_file,
            expected=f"{' or '.join(sorted(true))} (true), {' or '.join(sorted(false))} (false)",
            nothing=nothing,
            may_be_missing=may_be_missing,
            true=true,
            false=false,
        )
    if feature.kind is Kind.TIME:
        return _moments(feature, nothing, may_be_missing=may_be_missing, zone=schema.zone)
    return NumberCells(
        name=feature.in_file,
        expected=f"{'a whole number' if feature.kind is Kind.COUNT else 'a number'} between"
        f" {feature.least:g} and {feature.most:g}",
        nothing=nothing,
        may_be_missing=may_be_missing,
        is_good=lambda values: (
            (values >= feature.least)
            & (values <= feature.most)
            & ((values == np.floor(values)) | (feature.kind is not Kind.COUNT))
        ),
        far=FAR * max(abs(feature.least), abs(feature.most)),
        written=schema.file,
    )


def _moments(
    feature: Feature, nothing: frozenset[str], *, may_be_missing: bool, zone: ZoneInfo
) -> MomentCells:
    written = feature.time_format or ISO
    return MomentCells(
        name=feature.in_file,
        expected=f"a moment ({written})",
        nothing=nothing,
        may_be_missing=may_be_missing,
        time_format=written,
        zone=zone,
    )
